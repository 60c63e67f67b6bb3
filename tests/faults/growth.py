"""Does something grow? Samples over time, judged over their second half: the first is for caches to fill."""

import os
import pathlib
import statistics

WINDOWS = 4


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Series:
    def __init__(self):
        self._samples = []

    def add(self, at_s, value):
        self._samples.append((at_s, value))

    def _second_half(self):
        return self._samples[len(self._samples) // 2:]

    def growth(self):
        """Of the straight line through the second half, from its begin to its end."""
        times, values = zip(*self._second_half())
        return statistics.linear_regression(times, values).slope * (times[-1] - times[0])

    def growth_at_rest(self):
        """Of the smallest value, from the first to the last of WINDOWS windows: what comes and goes does not count."""
        values = [value for _, value in self._second_half()]
        each = len(values) // WINDOWS
        return min(values[-each:]) - min(values[:each])

    def __str__(self):
        values = [value for _, value in self._samples]
        return (f"{values[0]} at first, {values[-1]} at last, {min(values)} to {max(values)}; second half: "
                f"{self.growth():+.0f}, at rest {self.growth_at_rest():+d}")
