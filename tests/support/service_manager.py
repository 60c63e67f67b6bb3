"""What systemd is to a Type=notify service: a datagram socket that it is told at, and its environment.

    with ServiceManager(watchdog_ms=200) as manager, Gateway(launcher=manager.launcher) as gateway:
        manager.wait("READY=1")
        manager.messages            # all so far, in order: (time, {"READY": "1"})
"""

import contextlib
import pathlib
import shutil
import socket
import tempfile
import threading
import time


class ServiceManager:
    def __init__(self, watchdog_ms=0, reads=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="promogate-manager-"))
        self.messages = []
        path = str(self.folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True) if reads else None
        variables = [f"NOTIFY_SOCKET={path}"]
        if watchdog_ms:
            variables.append(f"WATCHDOG_USEC={watchdog_ms * 1000}")
        # The shell becomes the gateway, so its number is the one that systemd would write.
        self.launcher = ("env", *variables, "sh", "-c", 'WATCHDOG_PID=$$; export WATCHDOG_PID; exec "$@"', "sh")

    def __enter__(self):
        if self._reader:
            self._reader.start()
        return self

    def __exit__(self, *_):
        if self._reader:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.sendto(b"", str(self.folder / "notify"))
            self._reader.join(10)
        self._socket.close()
        shutil.rmtree(self.folder)

    def _read(self):
        while data := self._socket.recv(65536):
            message = dict(line.split("=", 1) for line in data.decode().splitlines())
            with self._news:
                self.messages.append((time.monotonic(), message))
                self._news.notify_all()

    def wait(self, wanted, since=0, timeout_s=20.0):
        """The place of the first message from `since` on that has the line, or the STATUS that ends so."""
        name, value = wanted.split("=", 1)
        deadline = time.monotonic() + timeout_s
        with self._news:
            while True:
                for at, (_, message) in enumerate(self.messages[since:], since):
                    told = message.get(name)
                    if told == value or name == "STATUS" and told is not None and told.endswith(value):
                        return at
                left = deadline - time.monotonic()
                assert left > 0, f"no {wanted} but {self.messages[since:]}"
                self._news.wait(left)

    def fill(self):
        """Of one that does not read: until nobody can tell it more without waiting."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    filler.sendto(b"STATUS=filled", str(self.folder / "notify"))

    def lines(self, since=0, without=("STATUS", "WATCHDOG", "MONOTONIC_USEC")):
        """The states told from `since` on, like ["READY=1"]."""
        return [f"{name}={value}" for _, message in self.messages[since:] for name, value in message.items()
                if name not in without]

    def pings(self, begin, end):
        return sum("WATCHDOG" in message for at, message in list(self.messages) if begin <= at < end)


def threads_of(pid):
    return sorted((task / "comm").read_text().strip() for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def monotonic_us():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
