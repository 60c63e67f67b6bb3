"""What a run shows, and whether that is good enough: pure functions over samples and reports.

    time ──────▶       onset                                   end
    load      30 %      │ 10 times what saturates               │ 30 %, or nothing
    state     closed ───┼──▶ shedding ──(open ──▶ ramp)─────────┼──▶ ramp ──▶ closed
                        └ shed_s ┘                              └─ closed_again_s ─┘
"""

import collections
import datetime
import math

CALM, WORSE = ("closed", "ramp"), ("shedding", "open")

# measured and limit as they are printed
Check = collections.namedtuple("Check", "what measured limit passes")


def at_most(what, value, limit, unit="", digits=1):
    """`value` None: it never came about."""
    measured = "never" if value is None else f"{value:.{digits}f}{unit}"
    return Check(what, measured, f"<= {limit:g}{unit}", value is not None and value <= limit)


def at_least(what, value, limit, unit="", digits=1):
    measured = "never" if value is None else f"{value:.{digits}f}{unit}"
    return Check(what, measured, f">= {limit:g}{unit}", value is not None and value >= limit)


def none_of(what, found):
    """`found` is what must not be: a count, or {what: count}."""
    count = sum(found.values()) if isinstance(found, dict) else found
    said = ", ".join(f"{name} {number}" for name, number in found.items() if number) if isinstance(found, dict) else ""
    return Check(what, f"{count}" + (f" ({said})" if said else ""), "0", count == 0)


def percentile(values, share):
    """The smallest value that a share of all do not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


# the breaker

Move = collections.namedtuple("Move", "at interface source target")


def moves_of(events, wall_ahead_s):
    """The breaker's log lines, which are exact to a millisecond where samples are 50 apart; `wall_ahead_s` is how far
    the wall clock, which logs are written by, is ahead of time.monotonic()."""
    return [Move(datetime.datetime.fromisoformat(event["ts"]).timestamp() - wall_ahead_s, event["interface"],
                 event["from"], event["to"]) for event in events if event["event"] == "breaker_transition"]


def moved_s(moves, states, since, until=math.inf):
    """From `since` until some interface moved into one of the states; None when none did."""
    return next((move.at - since for move in moves if move.target in states and since <= move.at <= until), None)


def closed_again_s(samples, since):
    """From `since` until every interface was closed and stayed so; None when the last sample is not."""
    closed_at = None
    for sample in samples:
        is_closed = bool(sample.states) and set(sample.states.values()) == {"closed"}
        if not is_closed:
            closed_at = None
        elif closed_at is None:
            closed_at = sample.at
    return None if closed_at is None else max(0.0, closed_at - since)


def transitions(samples):
    """{(interface, from, to): count} between the first sample and the last."""
    if not samples:
        return {}
    first, last = samples[0].transitions, samples[-1].transitions
    return {key: int(value - first.get(key, 0)) for key, value in last.items() if value > first.get(key, 0)}


def oscillations(samples):
    """How often an interface fell back after it had been better: the worst interface. None without its metric."""
    if not samples or not samples[-1].states:
        return None
    falls = collections.Counter()
    for (interface, source, target), count in transitions(samples).items():
        if source in CALM and target in WORSE:
            falls[interface] += count
    return max(0, max(falls.values(), default=0) - 1)


# the load

ERRORS = "not_200", "broken", "unanswered", "unsent"


def errors(cell):
    return {name: cell[name] for name in ERRORS}


def fallbacks(cell):
    return sum(cell[name] for name in ("switch", "saturated", "no_snapshot", "rate_limited", "budget", "other_cause"))


def core_seconds(samples, start, end):
    """What the gateway could use of its core between two times, interpolated; None outside the samples."""
    def at(moment):
        for before, after in zip(samples, samples[1:]):
            if before.at <= moment <= after.at:
                part = (moment - before.at) / (after.at - before.at)
                return before.core_s + part * (after.core_s - before.core_s)
        return None

    first, last = at(start), at(end)
    return None if first is None or last is None else last - first


def full_between(report, start_s, end_s):
    """Full decisions in the windows between two times of the run."""
    window_s = report["window_ms"] / 1000
    return sum(window["full"] for window in report["windows"][round(start_s / window_s):round(end_s / window_s)])


def goodput(report, samples, start_s, end_s):
    """Full decisions per second of its core that the gateway could use, between two times of the run."""
    start = report["start_ns"] / 1e9
    available_s = core_seconds(samples, start + start_s, start + end_s)
    return full_between(report, start_s, end_s) / available_s if available_s else None


def goodput_each_second(report, samples, phase):
    """Of each whole second of a phase."""
    starts = [phase["start_s"] + i for i in range(int(phase["end_s"] - phase["start_s"]))]
    return [goodput(report, samples, start_s, start_s + 1) for start_s in starts]


def probe_checks(probes, p99_ms):
    failures = collections.Counter(probe.failure for probe in probes if probe.failure)
    worst = percentile([probe.seconds * 1e3 for probe in probes], 0.99)
    return [none_of(f"probes that failed, of {len(probes)}", dict(failures)) if probes
            else Check("probes", "none", "> 0", False),
            at_most("probes, p99", worst, p99_ms, " ms")]
