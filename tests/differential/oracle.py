"""An independent, naive evaluator of the promotion contract (sections 1 and 2), over parsed JSON.

It shares no code and no idea with policy/: no index, no precomputation, every policy is looked at for every
request, every rule is written down as the contract's sentence says it. It assumes a valid set and a valid context.

    policies, settings = load_set(directory)
    decision, notes = evaluate(policies, settings, context, instant(rfc3339))
    line = render(decision)                                  # the bytes that promoctl evaluate --explain prints

Where the contract leaves room, this is what the oracle does:
 1. Rule 5 judges "not stopped by rule 1" for every member with what is accepted at c's turn. The winner is accepted
    at c's turn, so policies of other groups that stand between c and the winner already see what is left.
 2. Rule 5: a group whose candidates are all refused stays open; each later one is judged anew at its own turn.
 3. `exists: true` holds for any present value, an empty array included.
 4. `eq ne in not_in` on an array attribute compare its strings with the value; a value that is no string equals none.
 5. An empty request_id is legal and echoed; so is a coupon code with control characters, which comes back escaped: the
    contract limits only their length. U+0000 is legal in an attribute's value; whether a set may hold it is left open
    (the generator keeps it out of sets), and so is whether U+007F..U+009F are control characters (never generated).
 6. The same AOI twice in a request is legal. A code that the policy both lists and excludes is excluded.
 7. `utc_offset` without `windows`, and an experiment's `unit` without `layer`, are legal and change nothing else.
 8. An attribute's name is compared byte for byte: no case folding, no normalisation.
"""

import json
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from buckets import slot

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DAY_S = 86400

REASONS = (
    "paused", "interface_miss", "not_started", "ended", "outside_window", "aoi_excluded", "aoi_miss",
    "attr_missing", "attr_mismatch", "ramp_out", "layer_out", "variant_none",
    "exclusive_taken", "offer_limit", "exclusive_blocked", "group_taken", "below_threshold", "no_value", "offered",
)
KINDS = ("amount_off", "percent_off", "fixed_price", "free_delivery", "coupon")


def load_set(directory):
    """The parsed documents: links followed, dotfiles, folders and other files ignored."""
    files = [path for path in directory.iterdir()
             if path.suffix == ".json" and not path.name.startswith(".") and path.is_file()]
    documents = {path.name: json.loads(path.read_bytes()) for path in files}
    settings = documents.pop("settings.json", {})
    return list(documents.values()), settings


# Schedule

@lru_cache(maxsize=1 << 16)
def instant(rfc3339):
    """Unix seconds."""
    return (datetime.fromisoformat(rfc3339) - EPOCH) // timedelta(seconds=1)


def seconds_of_day(hh_mm):
    return int(hh_mm[0:2]) * 3600 + int(hh_mm[3:5]) * 60


def offset_seconds(utc_offset):
    seconds = seconds_of_day(utc_offset[1:])
    return -seconds if utc_offset[0] == "-" else seconds


def iso_weekday(day):
    """Of a day counted from 1970-01-01, which was a Thursday."""
    return (day + 3) % 7 + 1


def window_holds(window, local_s):
    start, end = seconds_of_day(window["from"]), seconds_of_day(window["to"])
    length = end - start if end > start else end - start + DAY_S
    today = local_s // DAY_S
    for day in (today, today - 1):  # the day the window starts on
        opens = day * DAY_S + start
        if iso_weekday(day) in window.get("days", range(1, 8)) and opens <= local_s < opens + length:
            return True
    return False


def schedule_refusal(schedule, now):
    if "from" in schedule and now < instant(schedule["from"]):
        return "not_started"
    if "to" in schedule and now >= instant(schedule["to"]):
        return "ended"
    if "windows" in schedule:
        local_s = now + offset_seconds(schedule["utc_offset"])
        if not any(window_holds(window, local_s) for window in schedule["windows"]):
            return "outside_window"
    return None


# Scope

def request_aois(context):
    return context["aoi"] if isinstance(context["aoi"], list) else [context["aoi"]]


def scope_refusal(scope, context):
    if any(code in scope.get("exclude", []) for code in request_aois(context)):
        return "aoi_excluded"
    if scope["type"] == "aoi" and not any(code in scope["aois"] for code in request_aois(context)):
        return "aoi_miss"
    return None


# Conditions

def same(a, b):
    """Equal without conversion; Python's True == 1 must not get through."""
    return type(a) is type(b) and a == b


def attribute(context, name):
    """The value in a list of one, or an empty list: any value may be present."""
    if name in ("user_id", "amount"):
        return [context[name]]
    if name == "delivery_fee":
        return [context.get("delivery_fee", 0)]
    if name == "interface":
        return [context.get("interface", "checkout")]
    attributes = context.get("attributes", {})
    return [attributes[name]] if name in attributes else []


def present_value_fits(op, wanted, actual):
    if op == "exists":
        return wanted
    if op in ("gt", "gte", "lt", "lte"):
        if type(actual) is not int:
            return False
        return {"gt": actual > wanted, "gte": actual >= wanted, "lt": actual < wanted, "lte": actual <= wanted}[op]
    elements = actual if isinstance(actual, list) else [actual]
    choices = wanted if op in ("in", "not_in") else [wanted]
    some = any(same(element, choice) for element in elements for choice in choices)
    return some if op in ("eq", "in") else not some


def condition_refusal(condition, context):
    op, wanted = condition["op"], condition["value"]
    found = attribute(context, condition["attr"])
    if not found:
        return None if op == "exists" and wanted is False else "attr_missing"
    return None if present_value_fits(op, wanted, found[0]) else "attr_mismatch"


# Rollout and experiment

def share_now(rollout, now):
    if "steps" not in rollout:
        return rollout["share"]
    share = 0
    for step in rollout["steps"]:
        if instant(step["from"]) <= now:
            share = step["share"]
    return share


def experiment_unit(policy, context):
    if policy["experiment"].get("unit", "user_id") == "user_id":
        return context["user_id"]
    if policy["scope"]["type"] == "all":
        return request_aois(context)[0]
    return next(code for code in request_aois(context) if code in policy["scope"]["aois"])


def layer_holds(experiment, unit):
    layer = experiment.get("layer")
    return layer is None or layer["from"] <= slot("layer", layer["salt"], unit) < layer["to"]


def chosen_variant(experiment, unit):
    position = slot("variant", experiment["salt"], unit)
    cumulative = 0
    for variant in experiment["variants"]:
        cumulative += variant["weight"]
        if cumulative > position:
            return variant
    raise AssertionError("weights sum to 10000")


# The checks, in their order

class Verdict:
    """What the checks say of one policy: a reason, or an offer to be walked with. `variant` is set once reached."""

    def __init__(self, policy, reason=None, offer=None, variant=None):
        self.policy, self.reason, self.offer, self.variant = policy, reason, offer, variant
        self.id = policy["id"]
        self.group = policy.get("group")
        self.exclusive = policy.get("exclusive", False)
        self.discount = None


def check(policy, context, now):
    if policy.get("state", "active") == "paused":
        return Verdict(policy, "paused")
    if "interfaces" in policy and context.get("interface", "checkout") not in policy["interfaces"]:
        return Verdict(policy, "interface_miss")
    refusal = schedule_refusal(policy.get("schedule", {}), now) or scope_refusal(policy["scope"], context)
    if refusal:
        return Verdict(policy, refusal)
    for condition in policy.get("conditions", []):
        refusal = condition_refusal(condition, context)
        if refusal:
            return Verdict(policy, refusal)
    if "rollout" in policy:
        rollout = policy["rollout"]
        if slot("ramp", rollout["salt"], context["user_id"]) >= share_now(rollout, now):
            return Verdict(policy, "ramp_out")
    if "experiment" not in policy:
        return Verdict(policy, offer=policy["offer"])
    unit = experiment_unit(policy, context)
    if not layer_holds(policy["experiment"], unit):
        return Verdict(policy, "layer_out")
    variant = chosen_variant(policy["experiment"], unit)
    reason = "variant_none" if variant["offer"] is None else None
    return Verdict(policy, reason, variant["offer"], variant["name"])


# The walk

class Walk:
    """The state of the walk over the candidates: what is left of the order, and what was accepted."""

    def __init__(self, settings, context):
        self.amount = context["amount"]
        self.remaining = context["amount"]
        self.delivery_remaining = context.get("delivery_fee", 0)
        self.max_offers = settings.get("max_offers", 8)
        self.best_groups = [g["name"] for g in settings.get("groups", []) if g["pick"] == "best"]
        self.accepted = []
        self.notes = []  # rare turns, for the generator's coverage only

    def stop(self, verdict):
        """Rule 1."""
        if any(other.exclusive for other in self.accepted):
            return "exclusive_taken"
        if len(self.accepted) == self.max_offers:
            return "offer_limit"
        if verdict.exclusive and self.accepted:
            return "exclusive_blocked"
        return None

    def group_has_given(self, group):
        """Rule 2."""
        return group is not None and any(other.group == group for other in self.accepted)

    def worth(self, offer):
        """Rule 3: the worth and, if it is not acceptable, the reason."""
        kind = offer["kind"]
        if kind == "coupon":
            return 0, None
        if kind == "amount_off":
            reached = [tier for tier in offer["tiers"] if tier["reach"] <= self.amount]
            if not reached:
                return 0, "below_threshold"
            worth = min(reached[-1]["off"], self.remaining)
        elif kind == "percent_off":
            worth = min(self.remaining * offer["bp"] // 10000, offer["cap"])
        elif kind == "fixed_price":
            worth = max(0, self.remaining - offer["price"])
        else:
            worth = min(self.delivery_remaining, offer["cap"])
        return worth, None if worth > 0 else "no_value"

    def accept(self, verdict):
        """Rule 6."""
        verdict.discount, _ = self.worth(verdict.offer)
        verdict.reason = "offered"
        if verdict.offer["kind"] == "free_delivery":
            self.delivery_remaining -= verdict.discount
        else:
            self.remaining -= verdict.discount
        self.accepted.append(verdict)

    def best_of(self, members):
        """Rule 5: the member to accept now, or None."""
        judged = [(self.worth(m.offer), m) for m in members if self.stop(m) is None]
        acceptable = [(worth, m) for (worth, refusal), m in judged if refusal is None]
        if not acceptable:
            return None
        largest = max(worth for worth, _ in acceptable)
        winners = [m for worth, m in acceptable if worth == largest]
        if len(winners) > 1:
            self.notes.append("best: a tie")
        return winners[0]

    def turn(self, candidate, later):
        """Candidate c's turn; `later` are the candidates behind it in walk order."""
        reason = self.stop(candidate)
        if reason is None and self.group_has_given(candidate.group):
            reason = "group_taken"
        if reason:
            candidate.reason = reason
            return
        _, refusal = self.worth(candidate.offer)
        if candidate.group not in self.best_groups:
            if refusal:
                candidate.reason = refusal
            else:
                self.accept(candidate)
            return
        members = [candidate] + [v for v in later if v.reason is None and v.group == candidate.group]
        winner = self.best_of(members)
        if winner is None:
            candidate.reason = refusal
        else:
            if winner is not candidate:
                candidate.reason = "group_taken"
                self.notes.append(f"best: another than c, which is {refusal or 'acceptable'}")
            self.accept(winner)


def evaluate(policies, settings, context, now):
    """The decision as --explain prints it, and the notes of the walk."""
    verdicts = [check(policy, context, now) for policy in policies]
    verdicts.sort(key=lambda v: (-v.policy.get("priority", 0), v.id.encode()))
    exposed = [v for v in verdicts if v.variant is not None]
    candidates = [v for v in verdicts if v.reason is None]
    walk = Walk(settings, context)
    for position, candidate in enumerate(candidates):
        if candidate.reason is None:
            walk.turn(candidate, candidates[position + 1:])
    delivery = [v for v in walk.accepted if v.offer["kind"] == "free_delivery"]
    goods = [v for v in walk.accepted if v not in delivery]
    decision = {"request_id": context["request_id"]} if "request_id" in context else {}
    decision.update({
        "release": 0,
        "interface": context.get("interface", "checkout"),
        "degraded": False,
        "offers": [{"policy": v.id, "coupon": v.offer["coupon"], "kind": v.offer["kind"], "variant": v.variant,
                    "discount": v.discount} for v in walk.accepted],
        "discount": sum(v.discount for v in goods),
        "delivery_discount": sum(v.discount for v in delivery),
        "exposures": [{"policy": v.id, "variant": v.variant, "offered": v.reason == "offered"} for v in exposed],
        "reasons": [{"policy": v.id, "reason": v.reason} for v in sorted(verdicts, key=lambda v: v.id.encode())],
    })
    return decision, walk.notes


def render(decision):
    """No white space, raw UTF-8, and of escapes only those that JSON demands."""
    return json.dumps(decision, ensure_ascii=False, separators=(",", ":")).encode()
