"""The drill's result as a table in Markdown, and the claims that must hold."""

import os
import pathlib
import platform
import time

OUTAGE_BYTES_PER_SECOND = 1.8e9
VALUE_BYTES_MAX = 8192
BIG_BYTES = 50_000
RECOVERY_S = 3.0
NAMES = "baseline", "promogate"


def thousands(number):
    return f"{number:,.0f}".replace(",", " ")


def size(count):
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000


def saw(one):
    return " / ".join((thousands(one["right"]), thousands(one["wrong"]), f"**{thousands(one['failed'])}**",
                       thousands(one["slow"])))


def fault_rows(what, fault):
    baseline, promogate = (fault[name] for name in NAMES)
    yield f"{what}; callers saw: right / wrong / **failed** / slower than 1 s", saw(baseline), saw(promogate)
    yield "... their longest wait", *(f"{one['longest_ms']:.0f} ms" for one in (baseline, promogate))
    yield ("... all right again after its return", f"{baseline['right_again_s']:.2f} s",
           f"{promogate['right_again_s']:.2f} s (it hears Redis again after {promogate['heard_again_s']:.2f} s)")


def rows(result):
    baseline, promogate = (result["load"][name] for name in NAMES)
    values = result["largest_value_bytes"]
    yield "requests/s", *(thousands(one["requests_per_second"]) for one in (baseline, promogate))
    yield "p50 / p99", *(f"{one['p50_ms']:.2f} / {one['p99_ms']:.2f} ms" for one in (baseline, promogate))
    yield ("Redis bytes a request", thousands(baseline["redis_bytes_per_request"]),
           thousands(promogate["redis_bytes_per_request"]))
    yield ("Redis bytes/s", size(baseline["redis_bytes_per_second"]),
           f"{size(promogate['redis_bytes_per_second'])} (its poll, whatever the load)")
    yield ("largest reply to a request", size(values["baseline"]), "none")
    yield ("largest value in Redis", size(values["baseline"]), size(values["promogate"]))
    yield ("the whole release, from Redis", "with every request", f"{size(result['release_bytes'])}, once a gateway")
    yield ("CPU a request: server + Redis",
           *(f"{one['server_us_per_request']:.0f} + {one['redis_us_per_request']:.0f} us"
             for one in (baseline, promogate)))
    yield ("cores used: server + Redis", *(f"{one['server_cores']:.2f} + {one['redis_cores']:.2f}"
                                           for one in (baseline, promogate)))
    yield ("Redis sends the outage's 1.8 GB/s at",
           f"{thousands(OUTAGE_BYTES_PER_SECOND / baseline['redis_bytes_per_request'])} requests/s", "no rate")
    yield from fault_rows(f"Redis killed for {result['fault_s']:.0f} s", result["killed"])
    yield from fault_rows(f"Redis stalled for {result['fault_s']:.0f} s", result["stalled"])


def claims(result):
    """(what must hold, whether it does)"""
    baseline, promogate = (result["load"][name] for name in NAMES)
    yield "no request of the load failed", baseline["failed"] + promogate["failed"] == 0
    yield "a request to the baseline moves more than 50 KB", baseline["redis_bytes_per_request"] > BIG_BYTES
    yield "a request to promogate moves nothing: bytes", round(promogate["redis_bytes_per_request"]) == 0
    yield "a request to promogate moves nothing: commands", promogate["redis_commands_per_request"] < 0.01
    yield "promogate keeps no value above 8 KiB", result["largest_value_bytes"]["promogate"] <= VALUE_BYTES_MAX
    for what in ("killed", "stalled"):
        ours, theirs = result[what]["promogate"], result[what]["baseline"]
        yield f"Redis {what}: promogate's callers get right answers only", ours["right"] == ours["asked"] > 0
        yield f"Redis {what}: none of them waits a second", ours["slow"] == 0
        yield f"Redis {what}: the baseline's callers see failures", theirs["failed"] > 0
        yield f"Redis {what}: both are right again {RECOVERY_S:.0f} s after its return", all(
            one["right_again_s"] <= RECOVERY_S for one in (ours, theirs))


def machine():
    cpu = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return f"{cpu}, {len(os.sched_getaffinity(0))} cores, Linux {platform.release()}"


def text(result):
    when = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(result["at"]))
    yield (f"{when}, {result['machine']}, load average before {result['load_average']:.2f}; medians of "
           f"{result['rounds']} rounds of {result['seconds']} s each, {result['connections']} connections")
    yield ""
    yield "| | one value, fetched and parsed per request | promogate |"
    yield "|---|---|---|"
    for row in rows(result):
        yield "| " + " | ".join(row) + " |"
    yield ""
    for what, holds in claims(result):
        yield f"{'ok    ' if holds else 'FAILED'} {what}"
