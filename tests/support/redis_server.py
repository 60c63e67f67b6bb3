"""Starts real Redis servers, each on a free port and in a folder of its own; nothing is saved unless a test says so.

    with RedisServer() as redis:
        redis.call("SET", "a", 1)
        redis.kill()                    # SIGKILL; pause() and resume() are SIGSTOP and SIGCONT
        redis.start()                   # the same port; empty, or what save() wrote
        redis.url("main")               # redis://127.0.0.1:PORT/0?namespace=main

Sentinel and Cluster stand in redis_topology.py, a server that misbehaves in fake_redis.py, promoctl's publish in
releases.py, the protocol in resp.py.
"""

import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import resp
import wire

PROGRAM = "redis-server"
START_TIMEOUT_S = 20.0
ATTEMPTS = 3  # another program may take the free port before the server does
HOST = "127.0.0.1"

_given = set()  # ports of this session, so that a dead server's port is not given to another one


def free_port():
    """Of TCP, on loopback, given once a session."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


class RedisServer:
    """`config` are lines of redis.conf; `acl_file` and `replica_of` (a RedisServer, or (host, port)) as it has them."""

    arguments = ()  # behind the file's name on the command line

    def __init__(self, *config, acl_file=None, replica_of=None, port=None, password=None):
        self.port = port or free_port()
        self.password = password
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="promogate-redis-"))
        self.process = None
        self._is_paused = False
        self._config = list(config)
        if password:
            self._config.append(f"requirepass {password}")
        if acl_file:
            self._config.append(f"aclfile {acl_file}")
        if replica_of:
            host, replicated_port = replica_of if isinstance(replica_of, tuple) else replica_of.address
            self._config.append(f"replicaof {host} {replicated_port}")

    # life

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Returns once it answers PING; a server that loads its data does not yet."""
        assert not self.is_running, "it runs"
        for attempt in range(ATTEMPTS):
            self._spawn()
            try:
                wire.wait_until(self._answers, START_TIMEOUT_S, what="PING")
                return self
            except ChildProcessError:
                if attempt + 1 == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _lines(self):
        return ["bind " + HOST, f"port {self.port}", f"dir {self.folder}", 'save ""', "appendonly no",
                "protected-mode no", "repl-diskless-sync-delay 0", "repl-ping-replica-period 1",
                "enable-debug-command yes", *self._config]

    def _write_config(self, file):
        file.write_text("\n".join(self._lines()) + "\n")

    def _spawn(self):
        file = self.folder / "redis.conf"
        if not file.exists():  # Sentinels write to theirs
            self._write_config(file)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([PROGRAM, file, *self.arguments], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)

    def _answers(self):
        if self.process.poll() is not None:
            raise ChildProcessError(f"exit code {self.process.returncode}\n{self.log()[-2000:]}")
        try:
            with self.client(timeout_s=1.0) as client:
                return client.call("PING") == "PONG"
        except resp.Fault as fault:
            return fault.code in ("NOAUTH", "NOPERM", "MASTERDOWN")
        except (OSError, resp.ConnectionEnded):
            return False

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM: it leaves in order, and saves nothing."""
        self.resume()
        if self.is_running:
            self.process.terminate()
            self.process.wait(START_TIMEOUT_S)

    def kill(self):
        """SIGKILL."""
        if self.is_running:
            self.process.kill()
            self.process.wait()
        self._is_paused = False

    def pause(self):
        """SIGSTOP: the kernel still accepts connections, nobody answers."""
        self.process.send_signal(signal.SIGSTOP)
        self._is_paused = True

    def resume(self):
        if self._is_paused and self.is_running:
            self.process.send_signal(signal.SIGCONT)
        self._is_paused = False

    def save(self):
        """The next start finds the data as they are now."""
        self.call("SAVE")

    def forget(self):
        """The next start finds nothing."""
        (self.folder / "dump.rdb").unlink(missing_ok=True)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # use

    @property
    def address(self):
        return HOST, self.port

    def url(self, namespace="main", user="", password=None, database=0, **parameters):
        """`password` defaults to that of requirepass; further `parameters` follow the namespace."""
        password = self.password if password is None else password
        login = f"{user}:{password}@" if password else ""
        more = "".join(f"&{name}={value}" for name, value in parameters.items())
        return f"redis://{login}{HOST}:{self.port}/{database}?namespace={namespace}{more}"

    def client(self, **options):
        options.setdefault("password", self.password)
        return resp.Client(self.address, **options)

    def call(self, *arguments):
        """One command on a connection of its own."""
        with self.client() as client:
            return client.call(*arguments)

    def drop_clients(self):
        """Their connections; replicas keep theirs."""
        for kind in ("NORMAL", "PUBSUB"):
            self.call("CLIENT", "KILL", "TYPE", kind)

    def info(self, section):
        """INFO as a dict of texts."""
        text = self.call("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    def log(self):
        file = self.folder / "log"
        return file.read_text("utf-8", "replace") if file.exists() else ""
