"""Starts the real gateway on a configuration and a policy set of its own, and talks to it.

    with Gateway(limits={"max_connections": 20}) as gateway:
        decision = gateway.get(user_id="u1", aoi="A1", amount=100).json()

It runs in a fresh folder: promogate.conf, policies/. Ports are free ones, read from the event `listening`. Leaving the
block sends SIGTERM and asserts the exit code 0 and that no sanitizer wrote a report.
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from urllib.parse import urlencode

import sanitizers
import wire
from policies import POLICIES, SETTINGS

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug")
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 30.0
SET_EVENTS = ("snapshot_active", "snapshot_refused", "snapshot_confirmed")  # the last: the set in force is back
JSON = (("Content-Type", "application/json"),)

CONFIG = {
    "listen": "127.0.0.1:0",
    "workers": 2,
    "source": "file:policies",
    "settle_ms": 50,
    "admin": {"listen": "127.0.0.1:0"},
    "drain": {"grace_ms": 0},
    "breaker": {"ramp_step_ms": 100},  # switching back takes 0.6 s instead of 6
    "interfaces": [{"name": "checkout", "degrade": "auto", "fallback": "safe"},
                   {"name": "browse", "degrade": "auto", "fallback": "none"},
                   {"name": "switched", "degrade": "on", "fallback": "safe"}],
    "fallbacks": [{"name": "safe", "offers": [{"coupon": "C-SAFE", "off": 300}, {"coupon": "C-MORE", "off": 500}]},
                  {"name": "none", "offers": []}],
}


def configuration(**changes):
    """CONFIG with the settings changed; groups are merged."""
    config = dict(CONFIG)
    for name, value in changes.items():
        config[name] = {**config.get(name, {}), **value} if isinstance(value, dict) else value
    return config


def libconfig(value, depth=0):
    """The text of a value as libconfig reads it; at depth 0 a whole file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}L" if abs(value) >= 1 << 31 else str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "( " + ", ".join(libconfig(item, depth + 1) for item in value) + " )"
    members = "".join(f"{name} = {libconfig(item, depth + 1)};\n" for name, item in value.items())
    return members if depth == 0 else "{ " + members.replace("\n", " ") + "}"


def raise_file_limit():
    """A client of 1000 connections needs more files than the usual soft limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Gateway:
    def __init__(self, policies=POLICIES, settings=SETTINGS, wait_ready=True, prepare=None, launcher=(), **config):
        """`config` changes CONFIG; `prepare` is called with the folder before the start, to add files to it; `launcher`
        is a command that becomes the gateway, whose command line stands behind it."""
        self._policies, self._settings, self._wait_ready, self._config = policies, settings, wait_ready, config
        self._prepare = prepare or (lambda folder: None)
        self._launcher = launcher
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="promogate-test-"))
        self.events = []
        self.process = None
        self._is_terminated = self._has_ended = False
        self._news = threading.Condition()
        self._sanitizers = sanitizers.Reports()

    # life

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, error, *_):
        if error is None:
            self.stop()
        else:
            self.kill()

    def start(self):
        self.write_config(**self._config)
        self.write_policies(self._policies, self._settings)
        self._prepare(self.folder)
        with open(self.folder / "stderr", "wb") as stderr:
            self.process = subprocess.Popen(
                [*self._launcher, BUILD / "promogate", "-c", self.folder / "promogate.conf"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, env=self._sanitizers.environment())
        self._reader = threading.Thread(target=self._read_events, daemon=True)
        self._reader.start()
        listening = self.wait_event("listening", START_TIMEOUT_S)
        self.address = self._address_of(listening["listen"])
        self.admin_address = self._address_of(listening["admin"])
        if self._wait_ready:
            self.wait_ready()

    def stop(self, timeout_s=STOP_TIMEOUT_S):
        """SIGTERM, unless terminate() sent it; asserts a clean end. Once it has ended this does nothing."""
        if not self._is_terminated:
            self.terminate()
        if not self._has_ended:
            self.wait_exit(timeout_s)

    def terminate(self):
        """SIGTERM: the drain begins. A second one ends it at once."""
        self._is_terminated = True
        self.process.send_signal(signal.SIGTERM)

    def wait_exit(self, timeout_s=STOP_TIMEOUT_S):
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the gateway did not stop within {timeout_s} s") from None
        finally:
            self._reader.join(timeout_s)
        report = self._sanitizers.text() + self.stderr()
        self._has_ended = True
        self._clean()
        assert code == 0, f"exit code {code}\n{report}"
        assert not self._sanitizers.found, report

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._has_ended = True
        self._sanitizers.text()
        self._clean()

    def _clean(self):
        if self.process:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stderr(self):
        file = self.folder / "stderr"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    # configuration and policies

    def write_config(self, **changes):
        self.write_config_text(libconfig(configuration(**changes)))

    def write_config_text(self, text):
        """Renamed over: a reader never sees half a file."""
        fresh = self.folder / "fresh.conf"
        fresh.write_text(text, "utf-8")
        fresh.rename(self.folder / "promogate.conf")

    def reload(self, **changes):
        """Replaces the configuration (CONFIG with these changes); the event that says what became of it."""
        seen = len(self.events)
        self.write_config(**changes)
        return self.wait_event(("config_active", "config_refused"), since=seen)

    def write_policies(self, policies, settings=None):
        """Swaps a link, so that the set changes at once and as a whole."""
        fresh = pathlib.Path(tempfile.mkdtemp(prefix="set-", dir=self.folder))
        documents = {**policies, **({"settings.json": settings} if settings is not None else {})}
        for name, document in documents.items():
            (fresh / name).write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        link = self.folder / "policies.new"
        link.symlink_to(fresh.name)
        link.rename(self.folder / "policies")

    def publish(self, policies, settings=SETTINGS):
        """Writes a set; the event that says what became of it."""
        seen = len(self.events)
        self.write_policies(policies, settings)
        return self.wait_event(SET_EVENTS, since=seen)

    # events

    def _read_events(self):
        for line in self.process.stdout:
            event = wire.strict_json(line)
            with self._news:
                self.events.append(event)
                self._news.notify_all()
        with self._news:
            self.events.append({"event": "end of output"})
            self._news.notify_all()

    def wait_event(self, names, timeout_s=10.0, since=0):
        """The first event of that name, or one of those names, from number `since` on."""
        names = (names,) if isinstance(names, str) else names
        deadline = time.monotonic() + timeout_s
        with self._news:
            while True:
                for event in self.events[since:]:
                    if event["event"] in names:
                        return event
                left = deadline - time.monotonic()
                ended = bool(self.events) and self.events[-1]["event"] == "end of output"
                assert left > 0 and not ended, f"no {names} but {self.events[since:]}\n{self.stderr()}"
                self._news.wait(left)

    def wait_ready(self, timeout_s=START_TIMEOUT_S):
        wire.wait_until(lambda: self.admin("/readyz").status == 200, timeout_s, what="readyz 200")

    # requests, each on a connection of its own

    def connect(self, **options):
        return wire.Connection(self.address, **options)

    def ask(self, data, is_head=False):
        return wire.ask_once(self.address, data, is_head)

    def get(self, **parameters):
        return self.ask(get_request(**parameters))

    def post(self, document, headers=JSON):
        return self.ask(post_request(document, headers))

    def batch(self, document):
        return self.ask(post_request(document, path="/v1/evaluate/batch"))

    def admin(self, target, method="GET", headers=()):
        return wire.ask_once(self.admin_address, wire.request(method, target, headers), method == "HEAD")

    @staticmethod
    def _address_of(text):
        host, port = text.rsplit(":", 1)
        return host.replace("0.0.0.0", "127.0.0.1"), int(port)


def get_request(headers=(), **parameters):
    """GET /v1/evaluate; without parameters those of a plain context. A list is a parameter several times."""
    parameters = parameters or {"user_id": "u1", "aoi": "310115-0001", "amount": 6200}
    return wire.request("GET", "/v1/evaluate?" + urlencode(parameters, doseq=True), headers)


def post_request(document, headers=JSON, path="/v1/evaluate"):
    """`document` is bytes as they are, or a value to write as JSON."""
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return wire.request("POST", path, headers, body)
