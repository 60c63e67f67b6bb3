"""A real Prometheus that scrapes gateways every second by our rules, on loopback and in a folder of its own.

    with PrometheusServer({"127.0.0.1:8081"}) as server:
        server.wait_scrapes(4)
        server.query("sum(up)")                 [({labels}, value), ...]
"""

import json
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request

import wire
from redis_server import free_port

PROGRAM = "prometheus"
START_S = 20.0
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs: [{{job_name: promogate, static_configs: [{{targets: {targets}}}]}}]
"""


class PrometheusServer:
    def __init__(self, targets, rules):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="promogate-prometheus-"))
        self._port = free_port()
        config = self._folder / "prometheus.yml"
        config.write_text(CONFIG.format(rules=json.dumps(str(rules)), targets=json.dumps(sorted(targets))))
        self._command = [PROGRAM, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self._port}",
                         f"--storage.tsdb.path={self._folder / 'data'}", "--log.level=error"]

    def __enter__(self):
        with open(self._folder / "stderr", "wb") as stderr:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stderr=stderr)
        try:
            wire.wait_until(self._is_ready, START_S, 0.1, "a ready Prometheus")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
            return answer.read()

    def _is_ready(self):
        assert self._process.poll() is None, (self._folder / "stderr").read_text()
        try:
            return bool(self._ask("/-/ready"))
        except OSError:
            return False

    def query(self, expression):
        answer = json.loads(self._ask("/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]

    def wait_scrapes(self, times):
        counted = f"min(count_over_time(up[5m])) >= {times}"
        wire.wait_until(lambda: self.query(counted), START_S, 0.2, f"{times} scrapes")
