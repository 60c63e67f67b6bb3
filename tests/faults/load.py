"""bench_load as a load that lasts until it is told to end: keep-alive requests from many connections, answers unread
but for their status. Who must know that answers are right takes a Witness (witness.py) beside it.

    with Load(gateway.address, connections=256):
        ...
"""

import subprocess
import tempfile

from gateway import BUILD

SECONDS_MAX = 600  # bench_load's own ceiling
REQUESTS_MAX = 100_000_000
TARGET = "/v1/evaluate?user_id=u{}&aoi=310115-0001&amount=6200"


class Load:
    def __init__(self, address, connections=64, seconds=SECONDS_MAX):
        self._targets = tempfile.NamedTemporaryFile("w", prefix="promogate-targets-")
        self._targets.write("".join(TARGET.format(user) + "\n" for user in range(1000)))
        self._targets.flush()
        self.process = subprocess.Popen(
            [BUILD / "bench_load", f"{address[0]}:{address[1]}", "--get", self._targets.name, "--connections",
             str(connections), "--requests", str(REQUESTS_MAX), "--seconds", str(seconds)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._targets.close()
