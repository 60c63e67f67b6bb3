"""How much of its core a process could have used: what it used, and what lay idle.

A neighbour on a shared machine, or the hypervisor, takes time from the core; wall clocks blame the gateway for it. Time
that the gateway left idle does count: whoever sheds too much has no excuse.

    clock = CoreClock(core, pid)
    before_s = clock.read_s(); ...; available_s = clock.read_s() - before_s
"""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")
IDLE, IOWAIT = 4, 5  # fields of a line of /proc/stat; its first is the core's name


class CoreClock:
    def __init__(self, core, pid):
        self._name, self._tasks = f"cpu{core}", pathlib.Path(f"/proc/{pid}/task")

    def read_s(self):
        return self._used_s() + self._idle_s()

    def _used_s(self):
        """By the scheduler's count, to the nanosecond; threads that have ended are not in it, workers do not end."""
        return sum(int((task / "schedstat").read_text().split()[0]) for task in self._tasks.iterdir()) / 1e9

    def _idle_s(self):
        line = next(line for line in pathlib.Path("/proc/stat").read_text().splitlines()
                    if line.split(" ", 1)[0] == self._name)
        fields = line.split()
        return (int(fields[IDLE]) + int(fields[IOWAIT])) / TICKS
