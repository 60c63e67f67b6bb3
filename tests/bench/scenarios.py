"""The scenarios of the load-test standard (STANDARD.md): each loads a gateway and says what it saw as Checks.

    checks, facts = scenario(bed, effort)

`effort` says how long and how often (overload.py). Facts are what a report must hold beside the checks.
"""

import statistics
import time

import heavy_set
import verdict
from crowd import Crowd
from generator import OpenLoop, closed_loop
from questions import target
from right_offers import right_offers
from verdict import Check, at_least, at_most, none_of

EVALUATE_US, TOO_HEAVY_US = 1000, 4000
FACTOR = 10               # of overload, over what saturates
BASE = 0.3                # of the peak: an ordinary hour
BASE_S, ONSET_S = 1, 1    # before an overload; of the overload, until it must have settled
RECOVERY_S = 15
PEAK_ATTEMPTS = 3         # a core that the hypervisor takes away for 200 ms looks overloaded
PEAK_CONNECTIONS = 3      # saturate one worker and stay below its breaker's target of delay
HTTP_CONNECTIONS, HTTP_CONNECTIONS_MANY = 64, 1024
BURST_S, BURST_FACTOR, BURSTS = 0.05, 2, 5  # 50 ms at twice the peak: as much work waits as a worker does in 50 ms
JUDGED = 300
LAG_MS = 5                # a generator that is later than this measured itself
FALLBACK_MS, FALLBACK_TOO_HEAVY_MS = 10, 40  # behind ten evaluations, at the set's own cost of one
POLL_S = 0.05


def peak(bed, gateway, effort):
    """Full decisions that a worker makes in a second of its core when it does nothing else."""
    for _ in range(PEAK_ATTEMPTS):
        report = closed_loop(gateway, bed.files.targets, PEAK_CONNECTIONS, effort.peak_s)
        if report["degraded"] + report["errors"] == 0:
            return 1e6 / report["cpu_us_per_request"]
    raise RuntimeError(f"{PEAK_CONNECTIONS} connections are shed or fail, there is no peak to compare with: {report}")


def wait_closed(monitor, since, begun=("shedding", "open", "ramp")):
    """Until the breaker was seen to act and is closed again, RECOVERY_S and a little after `since` at most."""
    while time.monotonic() < since + RECOVERY_S + 1:
        latest = monitor.latest
        if latest and latest.at > since and not set(latest.states.values()) & set(begun):
            return
        time.sleep(POLL_S)


def load_checks(report):
    """What holds for every open loop: it measured the gateway and not itself, and each request was answered."""
    return [at_most("the generator's own lateness, p99", report["lag_p99_us"] / 1e3, LAG_MS, " ms"),
            none_of(f"requests without an answer of status 200, of {report['total']['offered']}",
                    verdict.errors(report["total"]))]


def fallback_check(cell, limit_ms=FALLBACK_MS):
    p99_ms = cell["fallback_p99_us"] / 1e3 if verdict.fallbacks(cell) else None
    return at_most("fallbacks while overloaded, p99", p99_ms, limit_ms, " ms")


def shed_checks(effort, moves, samples, onset, end):
    shed_s = verdict.moved_s(moves, verdict.WORSE, onset, end)
    again_s = verdict.closed_again_s(samples, end)
    return [at_most("shedding after the overload's begin", shed_s, effort.shed_s, " s", 3),
            at_most("closed again after the overload's end", again_s if shed_s is not None else None, RECOVERY_S, " s")]


def oscillation_check(samples):
    return at_most("oscillations", verdict.oscillations(samples), 1, "", 0)


class Overloaded:
    """A gateway with a heavy set, and what saturates it."""

    def __init__(self, bed, effort):
        self.bed, self.effort = bed, effort
        self.policies = effort.policies(EVALUATE_US)

    def gateway(self):
        return self.bed.gateway(heavy_set.documents(self.policies), heavy_set.limits(self.policies))


def overload_round(one, gateway):
    """10 times the peak with ordinary load before and after it; the peak is measured on both sides."""
    bed, before = one.bed, peak(one.bed, gateway, one.effort)
    phases = [(BASE * before, BASE_S), (FACTOR * before, ONSET_S), (FACTOR * before, one.effort.overload_s),
              (BASE * before, RECOVERY_S + 1)]
    with bed.monitor(gateway) as monitor:
        with OpenLoop(gateway, bed.files.aois, phases) as loop:
            time.sleep(BASE_S + ONSET_S + one.effort.overload_s)
            wait_closed(monitor, time.monotonic() + 0.5)
            report = loop.stop()
    after = peak(one.bed, gateway, one.effort)
    return {"peaks": (before, after), "report": report, "samples": monitor.samples, "probes": monitor.probes,
            "moves": bed.moves(gateway)}


def fallback_cost_us(report, samples, phase, peak_per_second):
    """What one fallback costs if all that was not spent on full decisions went to fallbacks: the most it can be."""
    start = report["start_ns"] / 1e9
    core_s = verdict.core_seconds(samples, start + phase["start_s"], start + phase["end_s"])
    return (core_s - phase["full"] / peak_per_second) / max(1, verdict.fallbacks(phase)) * 1e6


def judge_round(one, found):
    report, samples = found["report"], found["samples"]
    settled, start = report["phases"][2], report["start_ns"] / 1e9
    onset, end = start + report["phases"][1]["start_s"], start + settled["end_s"]
    mean_peak = statistics.mean(found["peaks"])
    each = [full / mean_peak * 100 for full in verdict.goodput_each_second(report, samples, settled)]
    return {"goodput": verdict.goodput(report, samples, settled["start_s"], settled["end_s"]) / mean_peak * 100,
            "fallback_cost_us": fallback_cost_us(report, samples, settled, mean_peak),
            "wall": verdict.full_between(report, settled["start_s"], settled["end_s"]) / one.effort.overload_s,
            "checks": shed_checks(one.effort, found["moves"], samples, onset, end) + [
                oscillation_check(samples), fallback_check(settled),
                at_least("the slowest settled second : peak", min(each, default=None), one.effort.settled_percent,
                         " %")] + load_checks(report)}


def overload10(bed, effort):
    """10 times what saturates: most get fallbacks quickly, and the worker loses little to them."""
    one = Overloaded(bed, effort)
    with one.gateway() as gateway:
        rounds = [overload_round(one, gateway) for _ in range(effort.rounds)]
    judged = [judge_round(one, found) for found in rounds]
    goodputs = [found["goodput"] for found in judged]
    peaks = [round(number) for found in rounds for number in found["peaks"]]
    checks = [at_least("goodput of full decisions : peak (median)", statistics.median(goodputs),
                       effort.goodput_percent, " %")]
    checks += [check._replace(what=check.what + (f", round {number}" if effort.rounds > 1 else ""))
               for number, found in enumerate(judged, 1) for check in found["checks"]]
    facts = {"policies": one.policies + 14, "peaks_per_second": peaks, "goodput_percent": goodputs,
             "full_per_wall_second": [found["wall"] for found in judged],
             "fallback_cost_us": [found["fallback_cost_us"] for found in judged],
             "offered_per_second": rounds[0]["report"]["phases"][2]["rate"],
             "fallback_p50_us": [found["report"]["phases"][2]["fallback_p50_us"] for found in rounds],
             "full_p99_us": [found["report"]["phases"][2]["full_p99_us"] for found in rounds],
             "onset_fallback_p99_us": [found["report"]["phases"][1]["fallback_p99_us"] for found in rounds],
             "transitions": [spelled(verdict.transitions(found["samples"])) for found in rounds],
             "reports": [found["report"] for found in rounds]}
    probes = [probe for found in rounds for probe in found["probes"]]
    return checks + verdict.probe_checks(probes, effort.probe_ms), facts


def spelled(transitions):
    return {f"{interface} {source}-{target}": count for (interface, source, target), count in transitions.items()}


def recovery(bed, effort):
    """The overload ends and nobody comes any more: the breaker must find back by time. Answers are judged meanwhile."""
    one = Overloaded(bed, effort)
    folder = bed.folder / "recovery"
    heavy_set.write(folder / "set", one.policies)
    contexts = bed.contexts[:JUDGED]
    with one.gateway() as gateway:
        rate = FACTOR * peak(bed, gateway, effort)
        questions = list(zip(map(target, contexts), right_offers(folder / "set", contexts, folder)))
        with bed.monitor(gateway) as monitor:
            with Crowd(gateway.address, questions) as crowd, \
                    OpenLoop(gateway, bed.files.aois, [(rate, effort.overload_s)]) as loop:
                report = loop.wait()
                records = crowd.stop()
            wait_closed(monitor, time.monotonic())
        moves = bed.moves(gateway)
    onset = report["start_ns"] / 1e9
    outcomes = {name: sum(record.outcome == name for record in records) for name in ("right", "degraded")}
    others = [record.outcome for record in records if record.outcome not in outcomes]
    checks = shed_checks(effort, moves, monitor.samples, onset, onset + effort.overload_s)
    checks += [oscillation_check(monitor.samples)]
    checks += [none_of(f"answers wrong or missing, of {len(records)} judged by promoctl",
                       {name: others.count(name) for name in sorted(set(others))}),
               at_least("full decisions among them", outcomes["right"], 1, "", 0),
               at_least("fallbacks among them", outcomes["degraded"], 1, "", 0)]
    return checks + load_checks(report) + verdict.probe_checks(monitor.probes, effort.probe_ms), \
        {"offered_per_second": rate, "judged": outcomes, "transitions": spelled(verdict.transitions(monitor.samples)),
         "reports": [report]}


def too_heavy(bed, effort):
    """The smallest share is still too much: the breaker opens."""
    light, heavy = effort.policies(EVALUATE_US), effort.policies(TOO_HEAVY_US)
    with bed.gateway(heavy_set.documents(light), heavy_set.limits(light)) as gateway:
        rate = FACTOR * peak(bed, gateway, effort)
    with bed.gateway(heavy_set.documents(heavy), heavy_set.limits(heavy)) as gateway:
        heavy_peak = peak(bed, gateway, effort)
        with bed.monitor(gateway) as monitor, \
                OpenLoop(gateway, bed.files.aois, [(rate, ONSET_S), (rate, effort.overload_s)]) as loop:
            report = loop.wait()
        moves = bed.moves(gateway)
    onset = report["start_ns"] / 1e9
    open_s = verdict.moved_s(moves, ("open",), onset)
    checks = [at_least("load at a share of 5 % : what the worker can do", rate * 0.05 / heavy_peak * 100, 110, " %", 0),
              at_most("open after the overload's begin", open_s, effort.open_s, " s", 2),
              fallback_check(report["phases"][1], FALLBACK_TOO_HEAVY_MS)]
    return checks + load_checks(report) + verdict.probe_checks(monitor.probes, effort.probe_ms), \
        {"policies": heavy + 14, "peak_per_second": heavy_peak, "offered_per_second": rate,
         "transitions": spelled(verdict.transitions(monitor.samples)), "reports": [report]}


def http_bound(bed, effort):
    """A set that costs nothing and more connections than HTTP can serve: what is answered may not collapse."""
    few, many = [], []
    with bed.gateway(heavy_set.documents(0)) as gateway, bed.monitor(gateway) as monitor:
        closed_loop(gateway, bed.files.targets, HTTP_CONNECTIONS, 1)
        for _ in range(effort.rounds * 2 - 1):
            few.append(closed_loop(gateway, bed.files.targets, HTTP_CONNECTIONS, effort.http_s))
            many.append(closed_loop(gateway, bed.files.targets, HTTP_CONNECTIONS_MANY, effort.http_s))
    rates = [statistics.median(one["requests_per_second"] for one in reports) for reports in (few, many)]
    checks = [at_least(f"answers with {HTTP_CONNECTIONS_MANY} connections : {HTTP_CONNECTIONS} (medians)",
                       rates[1] / rates[0] * 100, 70, " %", 0),
              none_of("requests without an answer of status 200", sum(one["errors"] for one in few + many))]
    return checks + verdict.probe_checks(monitor.probes, effort.probe_ms), {
        "answers_per_second": rates, "p99_us": [[one["p99_us"] for one in reports] for reports in (few, many)],
        "degraded": [sum(one["degraded"] for one in reports) for reports in (few, many)]}


def burst(bed, effort):
    """Twice the peak for 50 ms, again and again: ordinary life, and no reason to shed."""
    one = Overloaded(bed, effort)
    with one.gateway() as gateway:
        rate = peak(bed, gateway, effort)
        pair = [(BASE * rate, 1), (BURST_FACTOR * rate, BURST_S)]
        with bed.monitor(gateway) as monitor, \
                OpenLoop(gateway, bed.files.aois, pair * BURSTS + pair[:1]) as loop:
            report = loop.wait()
    moves = spelled(verdict.transitions(monitor.samples))
    checks = [none_of(f"transitions of the breaker over {BURSTS} bursts", moves) if monitor.samples[-1].states
              else Check("transitions of the breaker", "no breaker", "0", False)]
    return checks + load_checks(report) + verdict.probe_checks(monitor.probes, effort.probe_ms), \
        {"fallbacks": verdict.fallbacks(report["total"]), "full_p99_us": report["total"]["full_p99_us"],
         "reports": [report]}


ALL = overload10, recovery, too_heavy, http_bound, burst
