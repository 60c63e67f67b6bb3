"""The baseline server (baseline.c), and the one value that it reads.

    with Baseline(redis) as baseline:
        baseline.address, baseline.pid, baseline.value_bytes
"""

import json
import subprocess

import sanitizers
from gateway import BUILD

KEY = "baseline:policies"
THREADS = 16  # one a caller: of 8, 16 and 64 the fastest
STOP_TIMEOUT_S = 20.0


def one_document(policies_folder):
    """All policies and their settings as one text, without the white space that people like."""
    documents = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in policies_folder.glob("*.json")}
    settings = documents.pop("settings.json")
    whole = {"settings": settings, "policies": [document for _, document in sorted(documents.items())]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


class Baseline:
    def __init__(self, redis, policies_folder):
        value = one_document(policies_folder)
        redis.call("SET", KEY, value)
        self.value_bytes = len(value)
        self._redis, self._sanitizers = redis, sanitizers.Reports()

    def __enter__(self):
        self._process = subprocess.Popen([BUILD / "drill/baseline", str(self._redis.port), str(THREADS)],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         env=self._sanitizers.environment())
        self.pid = self._process.pid
        try:
            self.address = "127.0.0.1", int(self._process.stdout.readline())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, error, *_):
        code, report = self._stop(), self._sanitizers.text()
        assert error or (code == 0 and not report), f"the baseline ended with {code}\n{report}"

    def _stop(self):
        self._process.terminate()
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process.stdout.close()
