"""What the passes of a simulation cost, as Markdown and JSON; the projection to a larger fleet; the claims."""

import dataclasses
import os

PROJECTED = 10000  # gateways
LINK_BYTES_PER_S = 125e6  # 1 Gbit/s
POLL_BYTES_MAX = 200
EDIT_BYTES_MAX = 8192
HINT_BYTES_MAX = 128
CONVERGENCE_MAX_S = 10.0 if os.environ.get("PROMOGATE_SANITIZE") else 2.0  # promised of what is shipped
UNANNOUNCED = ("first publish", "Redis restart", "whole fleet starts")  # what the spread does not spread
CONVERGING = ("first publish", "one-AOI edit", "14 new policies", "rollback", "Redis restart", "edit after the restart")


def megabytes(count):
    return f"{count / 1e6:.2f} MB" if count < 1e8 else f"{count / 1e6:.0f} MB"


def table(header, rows):
    lines = [f"| {' | '.join(map(str, row))} |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(lines)


def quantile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def bytes_of(event):
    """Both ways, all gateways."""
    return event.traffic["bytes_in"] + event.traffic["bytes_out"]


def event_of(simulation, name):
    return next(event for event in simulation.events if event.name == name)


# one pass

EVENT_HEADER = ["event", "to a gateway", "from it", "Redis sent", "received", "p50, p99, last gateway ms", "peak MB/s",
                "peak commands/s", "connects", "failed", "CPU s: Redis, fleet", "Redis memory"]


def event_row(event, gateways):
    times = ", ".join(f"{1000 * quantile(event.times_s, share):.0f}" for share in (0.5, 0.99, 1.0))
    traffic, spent, peaks = event.traffic, event.spent, event.peaks
    return [event.name, f"{traffic['bytes_in'] / gateways:.0f} B", f"{traffic['bytes_out'] / gateways:.0f} B",
            megabytes(spent.sent), megabytes(spent.received), times, f"{peaks.sent_per_s / 1e6:.1f}",
            f"{peaks.commands_per_s:.0f}", traffic["connects"], traffic["failures"],
            f"{spent.cpu_s:.2f}, {event.fleet_cpu_s:.2f}", f"+{megabytes(max(0, peaks.memory))}"]


def steady_row(event, gateways):
    spent, polls = event.spent, event.traffic["exchanges"]
    to_bytes, from_bytes = event.traffic["bytes_in"] / polls, event.traffic["bytes_out"] / polls
    return [event.name, polls, f"{to_bytes:.1f} B", f"{from_bytes:.1f} B",
            f"{polls / spent.at_s / gateways:.3f}", f"{spent.commands / spent.at_s:.0f}",
            f"{event.peaks.commands_per_s:.0f}", f"{(spent.sent + spent.received) / spent.at_s / 1000:.1f} kB/s",
            f"{100 * spent.cpu_s / spent.at_s:.2f} %", f"{1e6 * spent.cpu_s / polls:.1f} us", spent.connections]


STEADY_HEADER = ["in force", "polls", "to a gateway, each", "from it", "polls/s of a gateway", "commands/s", "peak",
                 "bytes/s", "Redis CPU", "CPU a poll", "connections"]


def tables(simulation):
    gateways = simulation.options.gateways
    notes = [f"{event.name}: {event.note}." for event in simulation.events if event.note]
    notes += [f"{event.name}: the last failure: {event.traffic['reason']}." for event in simulation.events
              if event.traffic["failures"]]
    notes.append(f"Other programs used {100 * simulation.others_share:.0f} % of the machine's cores meanwhile.")
    return "\n\n".join([
        f"## {gateways} gateways, spread {simulation.spread_ms} ms",
        table(EVENT_HEADER, [event_row(event, gateways) for event in simulation.events]),
        *notes,
        f"Steady polling, {simulation.options.steady_s:.0f} s each:",
        table(STEADY_HEADER, [steady_row(event, gateways) for event in simulation.polls])])


# 10 000

def projected_row(event, factor, spread_s):
    sent, cpu_s = event.traffic["bytes_in"] * factor, event.spent.cpu_s * factor
    spread = "(none)" if event.name in UNANNOUNCED else f"{sent / spread_s / 1e6:.1f}"
    return [event.name, megabytes(sent), spread, f"{event.peaks.sent_per_s * factor / 1e6:.1f}",
            f"{event.peaks.commands_per_s * factor:.0f}", f"{cpu_s:.1f} s",
            f"{max(sent / LINK_BYTES_PER_S, cpu_s):.1f} s"]


def projection(simulation):
    gateways, spread_s = simulation.options.gateways, simulation.spread_ms / 1000
    factor, steady = PROJECTED / gateways, simulation.polls[0]
    per_s = factor / steady.spent.at_s
    header = ["event", "bytes from Redis", f"MB/s over the {spread_s:.0f} s spread", "MB/s, measured peak scaled",
              "commands/s, likewise", "Redis CPU",
              "least time, by 1 Gbit/s and one core"]
    rows = [projected_row(event, factor, spread_s) for event in simulation.events]
    return "\n\n".join([
        f"## Projection to {PROJECTED} gateways (all figures of {gateways}, times {factor:g})",
        f"Steady polling: {PROJECTED * 2} connections, {steady.traffic['exchanges'] * per_s:.0f} polls/s, "
        f"{(steady.traffic['bytes_in'] + steady.traffic['bytes_out']) * per_s / 1e6:.2f} MB/s both ways, "
        f"{100 * steady.spent.cpu_s * per_s:.0f} % of a core of Redis.",
        table(header, rows),
        "A gateway that did not hear the announcement finds the release at its next poll. Starts, and the first "
        "publish, are not spread."])


# claims

def claim_rows(simulation):
    """(sentence, measured, most that it may be)."""
    gateways, steady = simulation.options.gateways, simulation.polls[0]
    rollback = event_of(simulation, "rollback")
    rollback_polls = POLL_BYTES_MAX * rollback.traffic["exchanges"] / gateways + HINT_BYTES_MAX
    for polls, name in zip(simulation.polls, ("a plain release", "a rollback")):
        yield f"bytes of an unchanged poll, {name}", bytes_of(polls) / polls.traffic["exchanges"], POLL_BYTES_MAX
    by_redis, by_fleet = steady.spent.sent + steady.spent.received, bytes_of(steady)
    yield "percent by which Redis and the fleet count them differently", 100 * abs(by_redis / by_fleet - 1), 5
    for name in ("one-AOI edit", "edit after the restart"):
        yield f"bytes to and from a gateway, {name}", bytes_of(event_of(simulation, name)) / gateways, EDIT_BYTES_MAX
    yield "bytes to and from a gateway, rollback: its polls and the announcement", bytes_of(rollback) / gateways, \
        rollback_polls
    yield "pieces fetched for the rollback", rollback.traffic["pieces_fetched"], 0
    for name in CONVERGING:
        yield f"seconds until the last gateway, {name}", event_of(simulation, name).times_s[-1], CONVERGENCE_MAX_S


def claims(simulation):
    """A page, and whether all hold."""
    rows = list(claim_rows(simulation))
    are_kept = [measured <= most for _, measured, most in rows]
    lines = [[sentence, f"{measured:.2f}", f"<= {most:.0f}", "ok" if is_kept else "SHORT"]
             for (sentence, measured, most), is_kept in zip(rows, are_kept)]
    title = f"## Claims, {simulation.options.gateways} gateways, spread {simulation.spread_ms} ms"
    return f"{title}\n\n{table(['claim', 'measured', 'goal', ''], lines)}", all(are_kept)


def as_json(simulation):
    return {"gateways": simulation.options.gateways, "spread_ms": simulation.spread_ms,
            "events": [dataclasses.asdict(event) for event in simulation.events],
            "polls": [dataclasses.asdict(event) for event in simulation.polls]}
