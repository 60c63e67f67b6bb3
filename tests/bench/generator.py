"""The load generators as processes on the cores of the load: bench_load's closed loop, bench_open's open loop.

    report = closed_loop(gateway, files.targets, connections=3, seconds=2)
    with OpenLoop(gateway, files.aois, [(300, 1), (10000, 5), (300, 15)]) as loop:
        ...                                  the schedule runs
        report = loop.stop()                 or loop.wait(), for the schedule's end

A report is the program's JSON object; bench_open's header tells what stands in it.
"""

import json
import signal
import subprocess
import urllib.parse

from gateway import BUILD

# Of an open loop, by Little's law: 10 000 requests a second that wait 40 ms at most (breaker.queue_max_ms) are 400 on
# the way. With fewer the pool would be what is measured.
CONNECTIONS = 512
INTERFACES = "checkout=60,cart=20,browse=20"
QUERY = "&" + urllib.parse.urlencode({"city": "上海", "tier": "gold"})
REQUESTS_MAX = 100_000_000
WARM_UP_REQUESTS = 100    # and what an overload before has left on the way
USERS = 200_000
PATIENCE_S = 30           # past the schedule's end, for the program's own


def closed_loop(gateway, targets_file, connections, seconds):
    """bench_load's report."""
    host, port = gateway.address
    command = [BUILD / "bench_load", f"{host}:{port}", "--get", targets_file, "--connections", str(connections),
               "--warm-up", str(WARM_UP_REQUESTS), "--requests", str(REQUESTS_MAX), "--seconds", str(seconds),
               "--cpu-of", str(gateway.process.pid)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=2 * seconds + PATIENCE_S)
    report = json.loads(done.stdout or "{}")
    if not report.get("requests"):
        raise RuntimeError(f"nothing was answered on {host}:{port}: {report}")
    return report


class OpenLoop:
    def __init__(self, gateway, aois_file, phases, connections=CONNECTIONS):
        """`phases` are pairs (requests a second, seconds)."""
        self._seconds = sum(seconds for _, seconds in phases)
        schedule = ",".join(f"{rate:.0f}:{seconds:g}" for rate, seconds in phases)
        host, port = gateway.address
        self._process = subprocess.Popen(
            [BUILD / "bench_open", f"{host}:{port}", "--rate", schedule, "--aois", aois_file, "--interface",
             INTERFACES, "--query", QUERY, "--users", str(USERS), "--connections", str(connections)],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def stop(self):
        """Ends the schedule now."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        out, _ = self._process.communicate(timeout=self._seconds + PATIENCE_S)
        if not out:
            raise RuntimeError(f"bench_open: exit code {self._process.returncode}")
        return json.loads(out)
