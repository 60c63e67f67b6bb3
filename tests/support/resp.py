"""Redis' protocol (RESP2): a client, and the parsing that a server needs.

    with Client(("127.0.0.1", 6379)) as client:
        client.call("SET", "key", b"value")
        first, second = client.pipeline([("GET", "key"), ("GET", "other")])

Bulk strings are bytes, status replies str, nil is None. An error reply is a Fault: raised by call, a value in pipeline.
"""

import socket
import time

TIMEOUT_S = 5.0


class Fault(Exception):
    """An error reply; its text begins with the code, as in "NOAUTH Authentication required."."""

    @property
    def code(self):
        return str(self).split(" ", 1)[0]


class ConnectionEnded(Exception):
    """The other side closed in the middle."""


def encode(*arguments):
    """A command's bytes."""
    parts = [argument if isinstance(argument, bytes) else str(argument).encode() for argument in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def take(buffer, at=0):
    """(value, where it ends) of the value that begins there; None while it is incomplete."""
    end = buffer.find(b"\r\n", at)
    if end < 0:
        return None
    kind, line, begin = buffer[at:at + 1], bytes(buffer[at + 1:end]), end + 2
    if kind == b"+":
        return line.decode(), begin
    if kind == b"-":
        return Fault(line.decode("utf-8", "replace")), begin
    if kind == b":":
        return int(line), begin
    if kind == b"$":
        length = int(line)
        if length < 0:
            return None if length < -1 else (None, begin)
        return (bytes(buffer[begin:begin + length]), begin + length + 2) if len(buffer) >= begin + length + 2 else None
    assert kind == b"*", f"not RESP2: {bytes(buffer[at:at + 60])!r}"
    items = []
    for _ in range(max(0, int(line))):
        taken = take(buffer, begin)
        if taken is None:
            return None
        items.append(taken[0])
        begin = taken[1]
    return (items if line != b"-1" else None), begin


class Stream:
    """Values from a socket, with the bytes that they came in."""

    def __init__(self, sock):
        self.socket = sock
        self._buffer = bytearray()

    def value(self, timeout_s=TIMEOUT_S):
        """(value, its bytes); ConnectionEnded when the stream ends before or within it."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            taken = take(self._buffer)
            if taken:
                raw = bytes(self._buffer[:taken[1]])
                del self._buffer[:taken[1]]
                return taken[0], raw
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"after {bytes(self._buffer[:200])!r}")
            self.socket.settimeout(left)
            data = self.socket.recv(1 << 20)  # all there is: what is incomplete is parsed anew with each
            if not data:
                raise ConnectionEnded(bytes(self._buffer[:200]))
            self._buffer += data

    def rest(self):
        """What was read beyond the values taken."""
        rest, self._buffer = bytes(self._buffer), bytearray()
        return rest


class Client:
    def __init__(self, address, user=None, password=None, database=0, timeout_s=TIMEOUT_S):
        self.timeout_s = timeout_s
        self.socket = socket.create_connection(address, timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = Stream(self.socket)
        if password is not None:
            self.call("AUTH", *([user] if user else []), password)
        if database:
            self.call("SELECT", database)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def call(self, *arguments):
        (value,) = self.pipeline([arguments])
        if isinstance(value, Fault):
            raise value
        return value

    def pipeline(self, commands):
        self.socket.settimeout(self.timeout_s)
        self.socket.sendall(b"".join(encode(*command) for command in commands))
        return [self.message() for _ in commands]

    def message(self, timeout_s=None):
        """The next value that comes: a reply, or what a subscription brings."""
        return self._stream.value(timeout_s or self.timeout_s)[0]
