"""One round of load on one server: what its callers got, and what that cost it and Redis."""

import json
import os
import pathlib
import subprocess

from gateway import BUILD

CONNECTIONS = 16
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    """User and system time of all threads, the ended ones too."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Redis:
    """Counters of a Redis, and what asking for them adds to the next look."""

    def __init__(self, redis):
        text = redis.call("INFO", "stats")
        counters = dict(line.split(":", 1) for line in text.decode().splitlines() if ":" in line)
        self._bytes, self._commands = int(counters["total_net_output_bytes"]), int(counters["total_commands_processed"])
        self._own_bytes = len(b"$%d\r\n" % len(text)) + len(text) + 2

    def since(self, before):
        """(bytes sent, commands processed), less those of our own look."""
        return self._bytes - before._bytes - before._own_bytes, self._commands - before._commands - 1


def ask(address, targets_file, seconds):
    """bench_load's report of a closed loop of that many seconds."""
    done = subprocess.run([BUILD / "bench_load", f"{address[0]}:{address[1]}", "--get", targets_file, "--connections",
                           str(CONNECTIONS), "--requests", "100000000", "--seconds", str(seconds)],
                          stdout=subprocess.PIPE, text=True)
    report = json.loads(done.stdout or "{}")
    if not report.get("requests"):
        raise RuntimeError(f"nothing was answered on {address}: {report}")
    return report


def load_round(server, redis, targets_file, seconds):
    """`server` has address and pid."""
    redis_before, cpu_before = Redis(redis), (cpu_s(server.pid), cpu_s(redis.process.pid))
    report = ask(server.address, targets_file, seconds)
    cpu_after, (redis_bytes, redis_commands) = (cpu_s(server.pid), cpu_s(redis.process.pid)), \
        Redis(redis).since(redis_before)
    requests, elapsed_s = report["requests"], report["seconds"]
    server_s, redis_s = (after - before for after, before in zip(cpu_after, cpu_before))
    return {
        "requests_per_second": requests / elapsed_s,
        "p50_ms": report["p50_us"] / 1e3,
        "p99_ms": report["p99_us"] / 1e3,
        "failed": report["errors"] + report["degraded"],
        "redis_bytes_per_request": redis_bytes / requests,
        "redis_bytes_per_second": redis_bytes / elapsed_s,
        "redis_commands_per_request": redis_commands / requests,
        "server_us_per_request": server_s / requests * 1e6,
        "redis_us_per_request": redis_s / requests * 1e6,
        "server_cores": server_s / elapsed_s,
        "redis_cores": redis_s / elapsed_s,
    }
