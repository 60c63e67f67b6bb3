"""A raw HTTP/1.1 client: sends the bytes it is given, and reads answers strictly.

    with Connection(address) as connection:
        connection.send(request("GET", "/v1/evaluate?user_id=u1&aoi=A1&amount=1"))
        response = connection.response()          # exactly one; what follows stays for the next call
        rest = connection.read_until_close()      # and connection.was_reset says how it ended

Every wait is bounded: TimeoutError says that the server kept us waiting.
"""

import json
import pathlib
import re
import socket
import time

STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) ([1-5][0-9][0-9]) ([\x20-\x7e]*)")
HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|)[ \t]*")
TIMEOUT_S = 10.0


class MalformedResponse(Exception):
    """What came is no HTTP/1.1 response."""


class ConnectionEnded(Exception):
    """The server closed before the response was complete."""


class Response:
    def __init__(self, version, status, reason, headers, body):
        self.version, self.status, self.reason, self.headers, self.body = version, status, reason, headers, body

    def header(self, name):
        """The value, None when absent; a header that comes twice is an error."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, (name, values)
        return values[0] if values else None

    def json(self):
        return strict_json(self.body)

    @property
    def closes(self):
        return "close" in (self.header("Connection") or "").lower()

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


def strict_json(text):
    """Refuses a name written twice, NaN and its like."""

    def unique(pairs):
        assert len(dict(pairs)) == len(pairs), f"a name comes twice: {pairs}"
        return dict(pairs)

    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text.decode("utf-8") if isinstance(text, bytes) else text, object_pairs_hook=unique,
                      parse_constant=refuse)


def _parse_head(head):
    lines = head.split(b"\r\n")
    status_line = STATUS_LINE.fullmatch(lines[0])
    if not status_line:
        raise MalformedResponse(lines[0][:200])
    headers = []
    for line in lines[1:]:
        header = HEADER_LINE.fullmatch(line)
        if not header:
            raise MalformedResponse(line[:200])
        headers.append((header[1].decode(), header[2].decode()))
    return status_line[1].decode(), int(status_line[2]), status_line[3].decode(), headers


def _body_length(status, headers, is_head):
    """None: until the connection closes."""
    if is_head or status < 200 or status in (204, 304):
        return 0
    names = [name.lower() for name, _ in headers]
    if "transfer-encoding" in names:
        raise MalformedResponse("a coded body, which the gateway never sends")
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    if len(lengths) > 1 or any(not re.fullmatch("[0-9]+", length) for length in lengths):
        raise MalformedResponse(f"Content-Length {lengths}")
    return int(lengths[0]) if lengths else None


def take_response(buffer, is_head=False, at_end=False):
    """(response, bytes used), or None while it is incomplete."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    version, status, reason, headers = _parse_head(bytes(buffer[:end]))
    length = _body_length(status, headers, is_head)
    begin = end + 4
    if length is None:
        if not at_end:
            return None
        length = len(buffer) - begin
    if len(buffer) - begin < length:
        return None
    return Response(version, status, reason, headers, bytes(buffer[begin:begin + length])), begin + length


def parse_responses(data):
    """All responses that the bytes hold; anything else among them is an error."""
    responses, rest = [], bytearray(data)
    while rest:
        taken = take_response(rest, at_end=True)
        if taken is None:
            raise MalformedResponse(f"incomplete: {bytes(rest[:200])!r}")
        responses.append(taken[0])
        del rest[:taken[1]]
    return responses


def request(method, target, headers=(), body=None, version="HTTP/1.1", host="gateway"):
    """The bytes of a request. `headers` are (name, value) pairs; a body gets its Content-Length unless they have one."""
    lines = [f"{method} {target} {version}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and "content-length" not in [name.lower() for name, _ in headers]:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode("latin-1") + (body or b"")


class Connection:
    def __init__(self, address, timeout_s=TIMEOUT_S, receive_buffer_bytes=None):
        self.timeout_s = timeout_s
        self.was_reset = False
        self._buffer = bytearray()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout_s)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.settimeout(self.timeout_s)
        self.socket.sendall(data)

    def send_all_it_takes(self, data):
        """Sends, and does not mind when the server stops listening half way. True if all of it went."""
        try:
            self.send(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def ask(self, data, is_head=False):
        self.send(data)
        return self.response(is_head)

    def response(self, is_head=False, timeout_s=None):
        """Exactly one response, an interim one (1xx) included."""
        deadline = time.monotonic() + (timeout_s or self.timeout_s)
        at_end = False
        while True:
            taken = take_response(self._buffer, is_head, at_end)
            if taken:
                del self._buffer[:taken[1]]
                return taken[0]
            if at_end:
                raise ConnectionEnded(f"after {bytes(self._buffer[:200])!r}")
            at_end = not self._receive(deadline)

    def is_taken(self):
        """Whether the server, on this machine too, has read all that was sent."""
        ours, theirs = self.socket.getsockname()[1], self.socket.getpeername()[1]
        queued = {}
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            local, peer, _, queues = line.split()[1:5]
            unsent, unread = queues.split(":")
            queued[int(local.split(":")[1], 16), int(peer.split(":")[1], 16)] = (int(unsent, 16), int(unread, 16))
        return queued[ours, theirs][0] == 0 and queued[theirs, ours][1] == 0

    def read_until_close(self, timeout_s=None):
        """All that comes until the server closes, or resets."""
        deadline = time.monotonic() + (timeout_s or self.timeout_s)
        try:
            while self._receive(deadline):
                pass
        except ConnectionResetError:
            self.was_reset = True
        data, self._buffer = bytes(self._buffer), bytearray()
        return data

    def closes_within(self, timeout_s):
        """Whether the server closes, sending nothing more."""
        try:
            return self.read_until_close(timeout_s) == b""
        except TimeoutError:
            return False

    def _receive(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"after {bytes(self._buffer[:200])!r}")
        self.socket.settimeout(left)
        data = self.socket.recv(1 << 18)
        self._buffer += data
        return bool(data)


def ask_once(address, data, is_head=False):
    """One request on a connection of its own."""
    with Connection(address) as connection:
        return connection.ask(data, is_head)


def ask_and_read_to_the_end(address, data, timeout_s=TIMEOUT_S):
    """Sends all that the server takes; the responses until it closes. A server that stays open is a TimeoutError."""
    with Connection(address, timeout_s) as connection:
        connection.send_all_it_takes(data)
        return parse_responses(connection.read_until_close())


def wait_until(condition, timeout_s=TIMEOUT_S, every_s=0.01, what=None):
    """The condition's value as soon as it is true; an assertion error after timeout_s."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what or condition}"
        time.sleep(every_s)
