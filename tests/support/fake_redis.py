"""Stands between a client and a real Redis: counts, and misbehaves when a test says so.

    with FakeRedis(redis.address) as fake:          # a proxy; without an address it answers PONG, OK and nil by itself
        Gateway(source=fake.url("main"), …)
        fake.misbehave("truncate")                  # every command from now on; MODES has the names
        fake.misbehave("nil", only={"MGET"})        # or these commands only
        fake.misbehave(lambda call, reply: b"+HI\\r\\n")
        fake.behave()
        fake.traffic()                              # bytes of RESP both ways, without subscribers and the switches' polls
    fake.switch_traffic()                       # the connections that ask for the degrade switches

A mode is a function (call, reply) that gives the bytes to send instead of the reply; `call` is the Call at hand, whose
connection it may drip to, stall, close or reset.
"""

import contextlib
import socket
import struct
import threading
import time

import resp
from redis_server import HOST

DRIP_EVERY_S = 0.1
STALL_S = 30.0
OPEN_S = 10.0


class Call:
    """One command on one connection."""

    def __init__(self, connection, arguments):
        self.connection, self.arguments = connection, arguments
        self.name = arguments[0].decode("latin-1").upper()


class CloseNow(Exception):
    """A mode ends the connection."""


def _stall(call, reply=b""):
    """Says nothing more, until the connection's end or the fake's."""
    call.connection.fake.stopped.wait(STALL_S)
    raise CloseNow


def _drip(call, reply):
    for i in range(len(reply)):
        call.connection.send(reply[i:i + 1])
        if call.connection.fake.stopped.wait(DRIP_EVERY_S):
            raise CloseNow
    return b""


def _truncate(call, reply):
    call.connection.send(reply[:max(1, len(reply) // 2)])
    raise CloseNow


def _close(call, reply):
    raise CloseNow


def _reset(call, reply):
    call.connection.send(reply[:len(reply) // 2])
    call.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise CloseNow


def _half(call, reply):
    call.connection.send(reply[:len(reply) // 2])
    _stall(call)


def _flood(call, reply):
    """Promises 64 MiB and delivers as much of it as the client takes."""
    call.connection.send(b"$67108864\r\n")
    for _ in range(1024):
        call.connection.send(bytes(65536))
    raise CloseNow


def _flip(call, reply):
    """The last byte of a bulk string is another one: an array's last item, or the string itself."""
    end = len(reply) - 3
    is_bulk = reply[:1] in b"$*" and reply.endswith(b"\r\n") and len(reply) > 8
    return reply[:end] + bytes([reply[end] ^ 1]) + reply[end + 1:] if is_bulk else reply


def _nil(call, reply):
    return b"*%d\r\n" % (len(call.arguments) - 1) + b"$-1\r\n" * (len(call.arguments) - 1) if call.name == "MGET" \
        else b"$-1\r\n"


def _empty(call, reply):
    return b"*%d\r\n" % (len(call.arguments) - 1) + b"$0\r\n\r\n" * (len(call.arguments) - 1) if call.name == "MGET" \
        else b"$0\r\n\r\n"


def _text(text):
    return lambda call, reply: text


MODES = {
    "drip": _drip, "truncate": _truncate, "close": _close, "reset": _reset, "silent": _stall, "half": _half,
    "extra reply": lambda call, reply: reply + b"+OK\r\n", "flood": _flood, "flipped bit": _flip, "nil": _nil,
    "empty": _empty,
    "huge bulk": _text(b"$1073741824\r\n" + b"x" * 4096), "impossible bulk": _text(b"$99999999999999999999\r\n"),
    "negative bulk": _text(b"$-7\r\n"), "huge array": _text(b"*2147483647\r\n"),
    "deep nesting": _text(b"*1\r\n" * 100 + b":1\r\n"), "wide nesting": _text(b"*1000\r\n" * 50 + b":1\r\n"),
    "integer": _text(b":1\r\n"), "status": _text(b"+OK\r\n"), "list": _text(b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
    "RESP3": _text(b"%1\r\n+server\r\n+redis\r\n"), "HTTP": _text(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "binary": _text(bytes(range(256)) * 4), "endless line": _text(b"+" + b"x" * 300000),
    "-LOADING": _text(b"-LOADING Redis is loading the dataset in memory\r\n"),
    "-READONLY": _text(b"-READONLY You can't write against a read only replica.\r\n"),
    "-MOVED": _text(b"-MOVED 3999 127.0.0.1:1\r\n"), "-MOVED to nowhere": _text(b"-MOVED\r\n"),
    "-ASK": _text(b"-ASK 3999 127.0.0.1:1\r\n"),
    "-NOAUTH": _text(b"-NOAUTH Authentication required.\r\n"),
    "-WRONGTYPE": _text(b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
    "-MASTERDOWN": _text(b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n"),
    "-CLUSTERDOWN": _text(b"-CLUSTERDOWN The cluster is down\r\n"), "-BUSY": _text(b"-BUSY Redis is busy running a script.\r\n"),
    "long error": _text(b"-ERR " + b"e" * 20000 + b"\r\n"),
}


def moved_in_a_circle(fake):
    """Each node says that it is the other one; there is only one."""
    return _text(b"-MOVED 3999 %s:%d\r\n" % (HOST.encode(), fake.port))


class Connection:
    """A client's, with a connection of its own to the real server."""

    def __init__(self, fake, accepted):
        self.fake, self.socket = fake, accepted
        self.calls = []  # (name, seconds since the fake's start)
        self.name = ""   # CLIENT SETNAME, the last one
        self.asks_for_switches = False
        self.is_subscriber = False
        self.bytes_in = self.bytes_out = 0
        self._upstream = None
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.bytes_out += len(data)  # first: who has read them finds them counted
        self.socket.sendall(data)

    def run(self):
        stream = resp.Stream(self.socket)
        try:
            while not self.is_subscriber:
                arguments, raw = stream.value(None)
                self.bytes_in += len(raw)
                self._serve(Call(self, arguments), raw)
            self._relay(stream.rest())
        except (OSError, CloseNow, resp.ConnectionEnded, AssertionError, ValueError):
            pass
        finally:
            self.close()

    def _serve(self, call, raw):
        self.calls.append((call.name, time.monotonic()))
        if call.name == "CLIENT" and call.arguments[1].upper() == b"SETNAME":
            self.name = call.arguments[2].decode()
        self.asks_for_switches |= call.name == "GET" and call.arguments[1].endswith(b":degrade")
        mode = self.fake.mode_for(call)
        reply = self._ask(call, raw)
        self.send(mode(call, reply) if mode else reply)
        self.is_subscriber = call.name == "SUBSCRIBE" and mode is None

    def _ask(self, call, raw):
        if self.fake.upstream is None:
            return b"+PONG\r\n" if call.name == "PING" else _nil(call, b"") if call.name in ("GET", "MGET") else b"+OK\r\n"
        if self._upstream is None:
            self._upstream = resp.Stream(socket.create_connection(self.fake.upstream, OPEN_S))
        self._upstream.socket.sendall(raw)
        return self._upstream.value()[1]

    def _relay(self, rest):
        """A subscriber's: bytes as they come, both ways."""
        self._upstream.socket.settimeout(None)
        self._upstream.socket.sendall(rest)
        threading.Thread(target=self._relay_up, daemon=True).start()
        self.send(self._upstream.rest())
        while data := self._upstream.socket.recv(1 << 16):
            if not self.fake.is_muted:
                self.send(data)

    def _relay_up(self):
        with contextlib.suppress(OSError):
            self.socket.settimeout(None)
            while data := self.socket.recv(1 << 16):
                self._upstream.socket.sendall(data)
        self.close()

    def close(self):
        for sock in (self.socket, self._upstream and self._upstream.socket):
            if sock:
                with contextlib.suppress(OSError):
                    if sock is not self.socket:
                        sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
                sock.close()


class Traffic:
    def __init__(self, connections):
        self.bytes_in = sum(connection.bytes_in for connection in connections)
        self.bytes_out = sum(connection.bytes_out for connection in connections)
        self.commands = [name for connection in connections for name, _ in connection.calls]
        self.connections = len(connections)

    @property
    def bytes(self):
        return self.bytes_in + self.bytes_out


class FakeRedis:
    def __init__(self, upstream=None, port=0):
        """`upstream`: (host, port) of the real one; it may change, or die, at any time."""
        self.upstream = upstream
        self.is_muted = False  # what is published reaches no subscriber
        self.stopped = threading.Event()
        self.connections = []
        self._mode, self._only = None, None
        self._listener = socket.create_server((HOST, port), backlog=128)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_all()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = Connection(self, self._listener.accept()[0])
                self.connections.append(connection)
                threading.Thread(target=connection.run, daemon=True).start()

    def url(self, namespace="main", **parameters):
        more = "".join(f"&{name}={value}" for name, value in parameters.items())
        return f"redis://{HOST}:{self.port}/0?namespace={namespace}{more}"

    # behaviour

    def misbehave(self, mode, only=None):
        """A name of MODES, or a function; `only`: names of commands, all others are served."""
        self._only = only
        self._mode = MODES[mode] if isinstance(mode, str) else mode

    def behave(self):
        self._mode = None

    def mode_for(self, call):
        return self._mode if self._only is None or call.name in self._only else None

    def drop_all(self):
        """Ends every connection."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    # what was seen

    def traffic(self):
        return self._traffic(of_switches=False)

    def switch_traffic(self):
        return self._traffic(of_switches=True)

    def _traffic(self, of_switches):
        return Traffic([connection for connection in list(self.connections)
                        if not connection.is_subscriber and connection.asks_for_switches == of_switches])

    def names(self):
        """All client names, in the order of the connections."""
        return [connection.name for connection in list(self.connections)]


class Pipe:
    """A TCP relay that can hold what passes: a replica behind it lags.

        with Pipe(master.address) as pipe, RedisServer(replica_of=pipe.address) as replica:
            pipe.hold()         # what the master sends from now on waits
            pipe.release()
    """

    def __init__(self, target):
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._sockets = []
        self._listener = socket.create_server((HOST, 0))
        self.address = self._listener.getsockname()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release()
        for sock in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def hold(self):
        self._flows.clear()

    def release(self):
        self._flows.set()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(self._target, OPEN_S)
                server.settimeout(None)
                self._sockets += [client, server]
                for source, sink, is_held in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._relay, args=(source, sink, is_held), daemon=True).start()

    def _relay(self, source, sink, is_held):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if is_held:
                    self._flows.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
