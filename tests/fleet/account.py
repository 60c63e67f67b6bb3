"""What an event cost: Redis by its own counters, the fleet by its own, and whose CPU time it was."""

import dataclasses
import os
import pathlib
import resource
import time


@dataclasses.dataclass
class Event:
    """What one event cost, from before it until all gateways have done with it."""

    name: str
    spent: object  # Sample: Redis' own counters
    peaks: object  # Peaks
    traffic: dict  # the fleet's own counters
    times_s: list  # of each gateway, sorted: from the event to its effect there
    fleet_cpu_s: float
    note: str = ""


def now_us():
    return time.monotonic_ns() // 1000


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def difference(after, before):
    """Of the fleet's counters; what is no counter is as it was after."""
    return {name: after[name] - before[name] if isinstance(after[name], int) else after[name] for name in after}


def machine_cpu_s():
    """What all programs of the machine have used, those aside that step back for others (nice)."""
    line = pathlib.Path("/proc/stat").read_text().splitlines()[0]
    user, _, system, _, _, irq, softirq, *_ = map(int, line.split()[1:])
    return (user + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Machine:
    """Whose CPU time it was: the more others use, the less the figures say."""

    def __init__(self):
        self.begun_s, self.busy_s, self.ours_s = time.monotonic(), machine_cpu_s(), self.used_s()

    @staticmethod
    def used_s():
        """By us and by what we started, once that has ended."""
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def others_share(self):
        """What other programs used of all cores, since the beginning."""
        others_s = machine_cpu_s() - self.busy_s - (self.used_s() - self.ours_s)
        return max(0.0, others_s / (time.monotonic() - self.begun_s) / os.cpu_count())


class Account:
    """Of the time between its making and `close`."""

    def __init__(self, fleet, observer, traffic=None, sample=None):
        self.fleet, self.observer = fleet, observer
        self.traffic = fleet.traffic() if traffic is None else traffic
        self.begun_us = now_us()
        self.cpu_s = cpu_s(fleet.process.pid)
        self.sample = observer.sample() if sample is None else sample

    def close(self, name, since_us, at_us, note=""):
        spent = self.observer.sample() - self.sample
        times_s = sorted(max(0, at - since_us) / 1e6 for at in at_us)
        return Event(name, spent, self.observer.peaks(self.sample), difference(self.fleet.traffic(), self.traffic),
                     times_s, cpu_s(self.fleet.process.pid) - self.cpu_s, note)
