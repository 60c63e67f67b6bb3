"""Looks at Redis while the fleet uses it: what it sent and received, its CPU, and when a root was swapped.

    with Observer(redis) as observer:
        before = observer.sample()
        ...
        spent = observer.sample() - before      # a Sample of differences
        observer.peaks(before)                  # of the samples since then, taken every 100 ms

What the observer's own questions cost is taken off the bytes and commands; their CPU time is not (0.2 ms each).
"""

import dataclasses
import socket
import threading
import time

import resp

PERIOD_S = 0.1
SECTIONS = ("server", "clients", "memory", "stats", "cpu")


@dataclasses.dataclass(frozen=True)
class Sample:
    """Counters of Redis, on its own clock; `sent` and `received` are Redis'."""

    at_s: float
    sent: int
    received: int
    commands: int
    connects: int
    cpu_s: float
    connections: int = 0  # there are; not a counter
    memory: int = 0  # likewise

    def __sub__(self, before):
        return Sample(self.at_s - before.at_s, self.sent - before.sent, self.received - before.received,
                      self.commands - before.commands, self.connects - before.connects, self.cpu_s - before.cpu_s,
                      self.connections, self.memory)


@dataclasses.dataclass(frozen=True)
class Peaks:
    sent_per_s: float
    commands_per_s: float
    cpu_share: float
    memory: int  # bytes above what Redis held before


class _Questions:
    """A connection that knows what it cost Redis so far."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, resp.TIMEOUT_S)
        self._stream = resp.Stream(self.socket)
        self.sent = self.received = self.commands = 0  # as Redis sees it: what it sent to us, received from us

    def call(self, *arguments):
        question = resp.encode(*arguments)
        self.socket.settimeout(resp.TIMEOUT_S)
        self.socket.sendall(question)
        self.received += len(question)
        value, raw = self._stream.value()
        self.sent += len(raw)
        self.commands += 1
        if isinstance(value, resp.Fault):
            raise value
        return value

    def sample(self):
        sent_before, commands_before = self.sent, self.commands  # INFO counts neither its own answer nor itself
        text = self.call("INFO", *SECTIONS).decode()
        info = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        return Sample(at_s=int(info["server_time_usec"]) / 1e6,
                      sent=int(info["total_net_output_bytes"]) - sent_before,
                      received=int(info["total_net_input_bytes"]) - self.received,
                      commands=int(info["total_commands_processed"]) - commands_before,
                      connects=int(info["total_connections_received"]),
                      cpu_s=float(info["used_cpu_user"]) + float(info["used_cpu_sys"]),
                      connections=int(info["connected_clients"]), memory=int(info["used_memory"]))


class Witness:
    """Hears of each swap of the root: the script that swaps it announces it in the same moment."""

    def __init__(self, address, channel):
        self.swapped_us = 0  # CLOCK_MONOTONIC, as the fleet has it; the last one
        self._socket = socket.create_connection(address, resp.TIMEOUT_S)
        self._stream = resp.Stream(self._socket)
        self._socket.sendall(resp.encode("SUBSCRIBE", channel))
        self._stream.value()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        try:
            while True:
                self._stream.value(timeout_s=None)
                self.swapped_us = time.monotonic_ns() // 1000
        except (OSError, ValueError, resp.ConnectionEnded):
            pass  # Redis has gone, or we have

    def close(self):
        self._socket.close()


class Observer:
    def __init__(self, redis):
        self.redis = redis
        self.samples = []
        self._lock = threading.Lock()  # of the connection and the samples
        self._is_ending = threading.Event()
        self._questions = _Questions(redis.address)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_ending.set()
        self._thread.join()
        self._questions.socket.close()

    def _run(self):
        while not self._is_ending.wait(PERIOD_S):
            try:
                self.sample()
            except (OSError, resp.Fault, resp.ConnectionEnded):
                pass  # it is being restarted: reconnect() comes

    def sample(self):
        with self._lock:
            self.samples.append(self._questions.sample())
            return self.samples[-1]

    def subscribers(self, channel):
        with self._lock:
            return self._questions.call("PUBSUB", "NUMSUB", channel)[1]

    def reconnect(self):
        """After Redis' restart: its counters began anew, and so do the samples. Returns the beginning: zeros."""
        with self._lock:
            self._questions.socket.close()
            self._questions = _Questions(self.redis.address)
            self.samples.clear()
            now = self._questions.sample()
            self.samples.append(dataclasses.replace(now, sent=0, received=0, commands=0, connects=0, cpu_s=0.0))
            return self.samples[0]

    def peaks(self, since):
        """The busiest tenths of a second since that sample."""
        with self._lock:
            samples = [sample for sample in self.samples if sample.at_s >= since.at_s]
        steps, last = [], samples[0]
        for sample in samples[1:]:
            if sample.at_s - last.at_s > 0.8 * PERIOD_S:
                steps.append(sample - last)
                last = sample
        rates = (max((getattr(step, name) / step.at_s for step in steps), default=0.0)
                 for name in ("sent", "commands", "cpu_s"))
        return Peaks(*rates, max(sample.memory for sample in samples) - since.memory)
