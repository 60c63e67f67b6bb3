"""Lines of a decision log, as the gateway writes it: the clock, the context, the answer byte for byte.

    log = decision_log.of(policies_folder, contexts, "2026-02-12T12:00:00.000Z")        lines that promoctl evaluate answered
    decision_log.line(context, decision, time)                                          one of any kind
"""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMOCTL = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug") / "promoctl"

ID = "01KH8QZ5T0J3M8W6Y2F4B7N9RC"
RELEASE = 42
TIME = "2026-02-12T12:00:00.000Z"
CAUSES = ("switch", "saturated", "no_snapshot", "rate_limited", "budget")


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def line(context, decision, time=TIME):
    """Texts stand as they are, other values are written as JSON."""
    return f'{{"ts":{json.dumps(time)},"context":{text_of(context)},"decision":{text_of(decision)}}}'


def signed(decision, release=RELEASE, decision_id=ID):
    """A decision of promoctl evaluate with what a gateway adds."""
    head, tail = decision.split('"release":0', 1)
    return f'{{"decision_id":"{decision_id}",{head[1:]}"release":{release}{tail}'


def answers(policies, contexts, time=TIME):
    """What promoctl evaluate says at that time's second, a text each."""
    done = subprocess.run([PROMOCTL, "evaluate", "--policies", policies, "--at", time[:19] + "Z"],
                          input="".join(text_of(context) + "\n" for context in contexts), capture_output=True,
                          encoding="utf-8", timeout=60, check=True)
    found = done.stdout.splitlines()
    assert len(found) == len(contexts) and all('"degraded":false' in answer for answer in found), found
    return found


def of(policies, contexts, time=TIME, release=RELEASE):
    return [line(context, signed(answer, release), time)
            for context, answer in zip(contexts, answers(policies, contexts, time))]


def degraded(context, cause, release=RELEASE):
    """A fallback of 300."""
    return line(context, {
        "decision_id": ID, "release": release, "interface": context["interface"], "degraded": True, "cause": cause,
        "offers": [{"policy": "fallback", "coupon": "C-SAFE", "kind": "amount_off", "variant": None, "discount": 300}],
        "discount": 300, "delivery_discount": 0, "exposures": []})
