"""What operators do to a gateway's switches, and what callers see of it.

    order(gateway, "checkout", "on", reason="coupons run out", ttl_s=60)       the answer
    say(redis, {"checkout": {"mode": "on"}})                                   the namespace's key; None takes it away
    gateway.reload(interfaces=interfaces(checkout="on"))                       the file
    cause(gateway)          "switch", "saturated", …; None: the decision is evaluated
"""

import json
import pathlib

import redis_layout
import wire
from gateway import CONFIG, JSON
from policies import context

KEY = redis_layout.key("main", "degrade")
SEEN_S = 10.0  # whatever the machine does: propagation has a suite of its own


def put(gateway, target, body, headers=JSON):
    """`body` is bytes as they are, or a value to write as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return wire.ask_once(gateway.admin_address, wire.request("PUT", target, headers, data))


def order(gateway, interface, mode, **members):
    """An order that is taken; what the answer says."""
    answer = put(gateway, f"/admin/switches/{interface}", {"mode": mode, **members})
    assert answer.status == 200, answer
    return answer.json()


def show(gateway, interface="checkout"):
    answer = gateway.admin(f"/admin/switches/{interface}")
    assert answer.status == 200, answer
    return answer.json()


def holder(gateway, interface="checkout"):
    """(mode, source)"""
    shown = show(gateway, interface)
    return shown["mode"], shown["source"]


def interfaces(**modes):
    """The interfaces of CONFIG, these modes put in."""
    return [{**interface, "degrade": modes.get(interface["name"], interface["degrade"])}
            for interface in CONFIG["interfaces"]]


def say(redis, document):
    if document is None:
        redis.call("DEL", KEY)
    else:
        redis.call("SET", KEY, document if isinstance(document, (bytes, str)) else json.dumps(document))


def cause(gateway, interface="checkout", **members):
    """Of a decision's degrading; the header says the same. None: it was evaluated."""
    answer = gateway.post(context(interface=interface, **members))
    assert answer.status == 200, answer
    decision = answer.json()
    assert decision["degraded"] == ("cause" in decision) and answer.header("X-Promo-Degraded") == decision.get("cause")
    return decision.get("cause")


def wait_cause(gateway, expected, interface="checkout"):
    wire.wait_until(lambda: cause(gateway, interface) == expected, SEEN_S, what=f"{interface}: {expected}")


def wait_holder(gateway, expected, interface="checkout"):
    wire.wait_until(lambda: holder(gateway, interface) == expected, SEEN_S, what=f"{interface}: {expected}")


def audit(folder):
    """The lines of audit.jsonl, oldest first."""
    file = pathlib.Path(folder) / "audit.jsonl"
    return [wire.strict_json(line) for line in file.read_bytes().splitlines()] if file.exists() else []


def flips(folder, **members):
    """(interface, source, from, to) of the lines that have these members."""
    return [(line["interface"], line["source"], line["from"], line["to"]) for line in audit(folder)
            if all(line.get(name) == value for name, value in members.items())]
