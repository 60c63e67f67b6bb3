"""A DNS server for a few names, on port 53 of a loopback address of its own: what a pod's /etc/resolv.conf points to.

    with NameServer({"redis.promo.svc.cluster.local": "127.0.0.1"}) as names:
        names.address                # 127.88.3.9
        names.asked                  # every name that it was asked for
"""

import os
import random
import socket
import struct
import threading

A, INTERNET = 1, 1
NO_SUCH_NAME = 3
ATTEMPTS = 20
LOOK_S = 0.1


class NameServer:
    def __init__(self, addresses):
        self._addresses = addresses
        self.asked = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(LOOK_S)
        self._is_over = threading.Event()
        self.address = self._bind()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _bind(self):
        for attempt in range(ATTEMPTS):
            address = f"127.{random.randint(64, 254)}.{os.getpid() % 255}.{random.randint(1, 254)}"
            try:
                self._socket.bind((address, 53))
                return address
            except OSError:
                if attempt + 1 == ATTEMPTS:
                    raise

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._is_over.is_set():
            try:
                question, peer = self._socket.recvfrom(512)
            except TimeoutError:
                continue
            self._socket.sendto(self._answer(question), peer)

    def _answer(self, message):
        name, end = _name_at(message, 12)
        (kind,) = struct.unpack_from("!H", message, end)
        self.asked.add(name)
        address = self._addresses.get(name)
        records = [socket.inet_aton(address)] if address and kind == A else []
        flags = 0x8580 | (0 if address else NO_SUCH_NAME)
        head = message[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
        answers = [b"\xc0\x0c" + struct.pack("!HHIH", A, INTERNET, 5, 4) + record for record in records]
        return head + message[12:end + 4] + b"".join(answers)


def _name_at(message, at):
    """(the name in lower case, where it ends)"""
    parts = []
    while message[at]:
        parts.append(message[at + 1:at + 1 + message[at]].decode("ascii").lower())
        at += 1 + message[at]
    return ".".join(parts), at + 1
