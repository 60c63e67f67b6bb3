"""What the scenarios run on: the release gateway on one core, the load and its watchers on the others; data as
production has it.

    bed = Bed(folder)
    with bed.gateway(heavy_set.documents(4000)) as gateway:
        bed.files.aois, bed.files.targets        what the load asks: Zipf places, a fifth of them in no policy
"""

import atexit
import collections
import contextlib
import os
import pathlib
import random
import time

import heavy_set
import verdict
import zipf
from core_clock import CoreClock
from gateway import Gateway
from monitor import Monitor
from questions import body, target, write_lines

UNKNOWN_PLACES = 0.2  # of all codes: callers stand where no policy is, too
TARGETS = 20_000
WORKERS = 1
PRIORITY = -15        # against neighbours on a shared machine, where we may; the gateway and its load get the same
CONFIG = {
    "workers": WORKERS,
    "interfaces": [{"name": name, "degrade": "auto", "fallback": "safe"} for name in ("checkout", "cart", "browse")],
    "fallbacks": [{"name": "safe", "offers": [{"coupon": "C-SAFE", "off": 300}]}],
}

Files = collections.namedtuple("Files", "aois targets contexts")


def places():
    """AOI codes, the busiest first."""
    chance = random.Random(zipf.SEED)
    codes = zipf.codes(heavy_set.INCIDENT)
    codes += [f"999999-{number:04d}" for number in range(round(len(codes) * UNKNOWN_PLACES / (1 - UNKNOWN_PLACES)))]
    chance.shuffle(codes)
    return codes


AUTOGROUP = pathlib.Path("/proc/self/autogroup")


def raise_priority():
    """Of this session and all that is started from it, until we end; whether that was allowed. Where the kernel groups
    processes by session, it is the group's weight that counts; a process in no such group reads an empty file."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
        group = AUTOGROUP.read_text().split() if AUTOGROUP.exists() else []  # /autogroup-37 nice 0
        if group:
            AUTOGROUP.write_text(str(PRIORITY))
            atexit.register(AUTOGROUP.write_text, group[-1])
    except OSError:
        return False
    return True


def move(pid, cores):
    """All threads of a process; those that it starts later inherit it."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cores)


class Bed:
    def __init__(self, folder):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise RuntimeError("two cores are needed: one for the gateway, one for the load")
        self.folder = pathlib.Path(folder)
        self.has_priority = raise_priority()
        self._server_core, load_cores = cores[-1], cores[:-1]
        os.sched_setaffinity(0, load_cores)  # ours, and of the load that is started from here
        self.contexts = zipf.contexts(heavy_set.INCIDENT, TARGETS)
        self.files = Files(write_lines(self.folder / "aois", places()),
                           write_lines(self.folder / "targets", map(target, self.contexts)),
                           write_lines(self.folder / "contexts", map(body, self.contexts[:1000])))

    @contextlib.contextmanager
    def gateway(self, documents, limits=None):
        policies = {name: document for name, document in documents.items() if name != "settings.json"}
        with Gateway(policies, documents["settings.json"], **CONFIG, limits=limits or {}) as gateway:
            move(gateway.process.pid, {self._server_core})
            yield gateway

    @staticmethod
    def moves(gateway):
        """What its breakers did, by its log, on the clock of time.monotonic()."""
        return verdict.moves_of(list(gateway.events), time.time() - time.monotonic())

    def monitor(self, gateway):
        return Monitor(gateway.admin_address, CoreClock(self._server_core, gateway.process.pid))
