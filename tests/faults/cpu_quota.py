"""Lets a process have a tenth of a processor, by a cgroup made for it, version 1 or 2, where we may make one.

    with CpuQuota(0.1) as quota:                       # Unavailable says why not
        with Gateway(launcher=quota.launcher) as gateway:
            ...
"""

import os
import pathlib
import time

PERIOD_US = 100000
REMOVE_TIMEOUT_S = 10.0
ROOT = pathlib.Path("/sys/fs/cgroup")
JOIN = 'echo $$ > "$0"/cgroup.procs && exec "$@"'


class Unavailable(Exception):
    pass


def _controller():
    """The cpu controller's folder that we are in, and the names and values of a quota there."""
    lines = [line.split(":", 2) for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines()]
    for _, controllers, path in lines:
        if "cpu" in controllers.split(","):
            return ROOT / "cpu" / path.lstrip("/"), 1
    (path,) = [path for number, controllers, path in lines if number == "0" and controllers == ""] or ["/"]
    return ROOT / path.lstrip("/"), 2


class CpuQuota:
    def __init__(self, cpus):
        self._cpus = cpus
        parent, self._version = _controller()
        self.folder = parent / f"promogate-test-{os.getpid()}"

    def __enter__(self):
        try:
            self.folder.mkdir()
        except OSError as error:
            raise Unavailable(f"no cgroup for a quota can be made: {error}") from error
        try:
            self._write()
        except OSError as error:
            self.folder.rmdir()
            raise Unavailable(f"the cgroup takes no quota: {error}") from error
        return self

    def __exit__(self, *_):
        """A process that has ended leaves its cgroup a moment later."""
        deadline = time.monotonic() + REMOVE_TIMEOUT_S
        while True:
            try:
                return self.folder.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def _write(self):
        quota_us = int(self._cpus * PERIOD_US)
        if self._version == 1:
            (self.folder / "cpu.cfs_period_us").write_text(f"{PERIOD_US}\n")
            (self.folder / "cpu.cfs_quota_us").write_text(f"{quota_us}\n")
        else:
            (self.folder / "cpu.max").write_text(f"{quota_us} {PERIOD_US}\n")

    @property
    def launcher(self):
        return ["/bin/sh", "-c", JOIN, str(self.folder)]
