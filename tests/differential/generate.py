"""Random policy sets and times. Small universes and shared boundaries make every rule of the contract come up often.

    world = World(rng)                      # the places, users, salts, groups that a set and its contexts share
    policies, settings = make_set(world)    # settings None: the set has no settings.json
    times = make_times(world, policies, n)  # RFC 3339 texts, mostly on a boundary of a schedule or one second before
    write_set(rng, policies, settings, directory)
"""

import json
from datetime import timedelta

import json_text
from oracle import DAY_S, EPOCH, instant, offset_seconds, seconds_of_day

MONEY_MAX = 10**12
INTEGER_MAX = 2**53
AOIS = ("310115-0001", "310115-0002", "310115-0003", "310115-00010", "上海-人民广场", "café", "cafe\u0301", "😀", "a", "A",
        "b" * 64, "陆" * 21, '"\\/')
USERS = ("u1", "u2", "U1", "用户42", "user with space", "é", "e\u0301", "👩‍👩‍👧", "z" * 128, "名" * 42, '"quoted"\\/', "0")
INTERFACES = ("checkout", "cart", "结算", "Checkout", "i" * 64)
SALTS = ("r1", "k7Q2", "L1", "盐", "s s", "t" * 64)
GROUPS = ("order", "fee", "组", "unlisted")
COUPONS = ("C-300", "C-SAFE", "券-é", '"\\/', "c" * 64, "😀")
STRINGS = ("gold", "silver", "Gold", "", "北京", "é", "e\u0301", "😀", '"\\/', "tab\there", "1", "true", "s" * 256)
INTEGERS = (0, 1, 2, 3, 5, 10, 100, -1, -5, INTEGER_MAX, -INTEGER_MAX, INTEGER_MAX - 1)
# Attributes with the type that they mostly have.
ATTRIBUTES = {"tier": "string", "city": "string", "orders": "integer", "score": "integer", "vip": "boolean",
              "tags": "array", "名": "string", "é": "array", "n" * 64: "integer", "Tier": "string"}
OWN_ATTRIBUTES = {"amount": "integer", "delivery_fee": "integer", "interface": "string", "user_id": "string"}
AMOUNTS = (0, 1, 99, 100, 101, 199, 200, 300, 500, 999, 1000, 1001, 2000, 5000)
STARTS = ("2026-02-12T20:00:00+08:00", "2026-02-28T23:30:00Z", "2026-12-31T23:59:59+08:00", "2028-02-29T00:00:00Z")
RARE_STARTS = ("1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1900-02-28T12:00:00Z", "2000-02-29T12:00:00Z",
               "2038-01-19T03:14:07Z", "2100-02-28T20:00:00Z", "9998-12-30T00:00:00Z")


def chance(rng, probability):
    return rng.random() < probability


class World:
    def __init__(self, rng):
        self.rng = rng
        self.start = instant(rng.choice(RARE_STARTS if chance(rng, 0.1) else STARTS))
        self.aois = rng.sample(AOIS, rng.randint(2, 5))
        self.users = rng.sample(USERS, 3) + [f"user-{rng.randrange(10**6)}" for _ in range(5)]
        self.interfaces = rng.sample(INTERFACES, 2)
        self.salts = rng.sample(SALTS, 3)
        self.gate = rng.choice((0.02, 0.1, 0.3))  # how likely a policy has each of the optional checks
        self.grouped = rng.choice((0.2, 0.6, 0.95))
        self.exclusive = rng.choice((0.0, 0.1, 0.25))  # how likely a policy is exclusive
        self.amounts = list(AMOUNTS)

    def money(self, at_least=0):
        rng = self.rng
        if chance(rng, 0.03):
            return rng.choice((MONEY_MAX, MONEY_MAX - 1))
        return max(at_least, rng.choice(self.amounts))


# Values and times

def scalar(rng, kind):
    if kind == "string":
        return rng.choice(STRINGS[:6] if chance(rng, 0.7) else STRINGS)
    if kind == "integer":
        return rng.choice(INTEGERS[:3] if chance(rng, 0.5) else INTEGERS)
    return chance(rng, 0.5)


def rfc3339(rng, second):
    offset = rng.choice(("Z", "+00:00", "-00:00", "+08:00", "-05:30", "+14:00", "-12:00", "+05:45"))
    shift = 0 if offset == "Z" else offset_seconds(offset)
    local = EPOCH + timedelta(seconds=second + shift)
    return local.strftime("%Y-%m-%dT%H:%M:%S") + offset


def near(world):
    """An instant within days of the world's start, often a whole hour."""
    rng = world.rng
    return world.start + rng.choice((rng.randint(-5, 5), rng.randint(-48, 48) * 3600, rng.randint(-3 * DAY_S, 3 * DAY_S)))


# Policies

def make_id(rng, taken):
    while True:
        first = rng.choice("ab0")
        policy_id = first + "".join(rng.choice("ab0-._z9") for _ in range(rng.choice((0, 1, 2, 3, 63))))
        if policy_id not in taken:
            return policy_id


def make_scope(world):
    rng = world.rng
    scope = {"type": "all"} if chance(rng, 0.45) else {"type": "aoi"}
    if scope["type"] == "aoi":
        aois = rng.sample(world.aois, rng.randint(1, len(world.aois)))
        if chance(rng, 0.05):
            aois += [f"padding-{n:04}" for n in range(300)]
            rng.shuffle(aois)
        scope["aois"] = [] if chance(rng, 0.03) else aois
    if chance(rng, 0.3):
        scope["exclude"] = rng.sample(world.aois, 1) if chance(rng, world.gate) else rng.choice(([], ["elsewhere"]))
    return scope


def make_window(rng):
    start = rng.choice(("00:00", "10:30", "23:59", "20:00", "12:00", "00:01"))
    end = rng.choice(("24:00", "00:00", "14:00", "02:00", "23:59", "10:30", start, start))
    window = {"from": start, "to": end}
    if chance(rng, 0.6):
        days = rng.sample(range(1, 8), rng.randint(1, 7))
        window["days"] = days
    return window


def make_schedule(world):
    rng = world.rng
    schedule = {}
    first, last = sorted((near(world), near(world)))
    if chance(rng, 0.5):
        schedule["from"] = rfc3339(rng, first)
    if chance(rng, 0.5):
        schedule["to"] = rfc3339(rng, max(first + 1, last))
    if chance(rng, 0.5):
        count = 14 if chance(rng, 0.05) else rng.randint(1, 3)
        schedule["windows"] = [make_window(rng) for _ in range(count)]
    if "windows" in schedule or chance(rng, 0.1):
        schedule["utc_offset"] = rng.choice(("+08:00", "-12:00", "+14:00", "+00:00", "-00:00", "-03:30", "+05:45", "-00:30"))
    return schedule


def make_condition(world):
    rng = world.rng
    kinds = dict(ATTRIBUTES, **OWN_ATTRIBUTES)
    name = rng.choice(list(OWN_ATTRIBUTES) if chance(rng, 0.25) else list(ATTRIBUTES))
    kind = "string" if kinds[name] == "array" else kinds[name]
    op = rng.choice(("eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "exists", "exists"))
    if kinds[name] == "integer" and chance(rng, 0.5):
        op = rng.choice(("gt", "gte", "lt", "lte"))

    def value():
        own = {"amount": world.money(), "delivery_fee": world.money(), "user_id": rng.choice(world.users),
               "interface": rng.choice(world.interfaces + ["checkout"])}
        if chance(rng, 0.15):
            return scalar(rng, rng.choice(("string", "integer", "boolean")))
        return own[name] if name in own else scalar(rng, kind)

    if op == "exists":
        wanted = chance(rng, 0.6)
    elif op in ("in", "not_in"):
        wanted = [value() for _ in range(rng.randint(1, 4))]
        wanted += wanted[:1] if chance(rng, 0.2) else []
        wanted += [f"padding-{n}" for n in range(1000 - len(wanted))] if chance(rng, 0.01) else []
    elif op in ("eq", "ne"):
        wanted = value()
    else:
        wanted = world.money() if name in ("amount", "delivery_fee") else scalar(rng, "integer")
    return {"attr": name, "op": op, "value": wanted}


def make_share(rng):
    return rng.choice((0, 10000, 5000, 9999, 1, rng.randint(0, 10000)))


def make_rollout(world):
    rng = world.rng
    rollout = {"salt": rng.choice(world.salts)}
    if chance(rng, 0.5):
        rollout["share"] = make_share(rng)
        return rollout
    count = 16 if chance(rng, 0.05) else rng.randint(1, 4)
    moments = sorted({near(world) for _ in range(count)})
    rollout["steps"] = [{"from": rfc3339(rng, moment), "share": make_share(rng)} for moment in moments]
    return rollout


def make_offer(world):
    rng = world.rng
    kind = rng.choice(("amount_off", "amount_off", "percent_off", "fixed_price", "free_delivery", "coupon"))
    offer = {"coupon": rng.choice(COUPONS), "kind": kind}
    if chance(rng, 0.01):
        offer["coupon"] = "\t\x01\x1f\b\n\f\r"
    if kind == "amount_off":
        reaches = sorted({world.money() for _ in range(rng.choice((1, 1, 2, 3, 5)))})
        if chance(rng, 0.4):
            reaches[0] = 0
        offer["tiers"] = [{"reach": r, "off": rng.choice((0, 100, 100, 200, 300, 500, world.money()))} for r in reaches]
    elif kind == "percent_off":
        offer["bp"] = rng.choice((1, 1000, 1000, 2000, 3333, 9999, 10000))
        offer["cap"] = rng.choice((1, 100, 200, 500, MONEY_MAX, MONEY_MAX, world.money(1)))
    elif kind == "fixed_price":
        offer["price"] = rng.choice((0, 100, 900, 800, world.money(), world.money()))
    elif kind == "free_delivery":
        offer["cap"] = rng.choice((1, 100, 300, 500, world.money(1)))
    return offer


def make_weights(rng, count):
    if chance(rng, 0.3):  # all on one variant, zeros around it
        weights = [0] * count
        weights[rng.randrange(count)] = 10000
        return weights
    cuts = sorted(rng.choice((0, 1, 5000, 9999, 10000, rng.randint(0, 10000))) for _ in range(count - 1))
    return [high - low for low, high in zip([0] + cuts, cuts + [10000])]


def make_experiment(world):
    rng = world.rng
    count = 8 if chance(rng, 0.05) else rng.randint(2, 4)
    names = rng.sample(("control", "b10", "b20", "乙", "v" * 64, "é", "e\u0301", '"\\/', "V"), count)
    experiment = {"salt": rng.choice(world.salts), "variants": [
        {"name": name, "weight": weight, "offer": None if chance(rng, 0.3) else make_offer(world)}
        for name, weight in zip(names, make_weights(rng, count))]}
    if chance(rng, 0.6):
        experiment["unit"] = rng.choice(("user_id", "aoi", "aoi"))
    if chance(rng, 0.5):
        bounds = sorted(rng.sample((0, 1, 2500, 5000, 7500, 9999, 10000), 2))
        experiment["layer"] = {"salt": rng.choice(world.salts), "from": bounds[0], "to": bounds[1]}
    return experiment


def make_policy(world, taken):
    rng = world.rng
    policy = {"id": make_id(rng, taken), "scope": make_scope(world)}
    if chance(rng, 0.3):
        policy["name"] = rng.choice(("午餐满50减8", "a\tb", "", "名" * 128))
    if chance(rng, 0.3):
        policy["state"] = "paused" if chance(rng, world.gate) else "active"
    if chance(rng, world.gate):
        policy["interfaces"] = rng.sample(INTERFACES, rng.randint(1, 3))
    if chance(rng, world.gate + 0.1):
        policy["schedule"] = make_schedule(world)
    if chance(rng, world.gate + 0.1):
        count = 16 if chance(rng, 0.02) else rng.choice((0, 1, 1, 1, 2, 3))
        policy["conditions"] = [make_condition(world) for _ in range(count)]
    if chance(rng, world.gate):
        policy["rollout"] = make_rollout(world)
    if chance(rng, world.gate + 0.1):
        policy["experiment"] = make_experiment(world)
    else:
        policy["offer"] = make_offer(world)
    if chance(rng, world.grouped):
        policy["group"] = rng.choice(GROUPS)
    if chance(rng, 0.7):
        policy["priority"] = rng.choice((0, 1, 1, 2, -1, 10, 1000000, -1000000))
    if chance(rng, 0.5):
        policy["exclusive"] = chance(rng, 2 * world.exclusive)
    return policy


def make_settings(rng):
    if chance(rng, 0.1):
        return None
    settings = {}
    if chance(rng, 0.9):
        listed = rng.sample(GROUPS[:3], rng.randint(1, 3))
        settings["groups"] = [{"name": name, "pick": rng.choice(("best", "best", "first"))} for name in listed]
    if chance(rng, 0.6):
        settings["max_offers"] = rng.choice((1, 2, 3, 4, 8, 64))
    return settings


def make_set(world):
    rng = world.rng
    policies = []
    for _ in range(60 if chance(rng, 0.02) else rng.choice((1, 2, 4, 8, 12, 16, 24))):
        policies.append(make_policy(world, {policy["id"] for policy in policies}))
    for policy in policies:  # amounts at the bounds of the tiers
        for tier in policy.get("offer", {}).get("tiers", []):
            world.amounts += [max(0, tier["reach"] - 1), tier["reach"], min(MONEY_MAX, tier["reach"] + 1)]
    return policies, make_settings(rng)


def window_edges(schedule, around):
    local_day = (around + offset_seconds(schedule["utc_offset"])) // DAY_S
    for window in schedule["windows"]:
        for day in range(local_day - 1, local_day + 2):
            for edge in (window["from"], window["to"]):
                yield day * DAY_S + seconds_of_day(edge) - offset_seconds(schedule["utc_offset"])


def make_times(world, policies, count):
    edges = []
    for policy in policies:
        schedule = policy.get("schedule", {})
        edges += [instant(schedule[bound]) for bound in ("from", "to") if bound in schedule]
        edges += [instant(step["from"]) for step in policy.get("rollout", {}).get("steps", [])]
        if "windows" in schedule:
            edges += window_edges(schedule, near(world))
    rng = world.rng
    seconds = [rng.choice(edges) + rng.choice((0, 0, -1, -1, 1)) if edges and chance(rng, 0.8) else near(world)
               for _ in range(count)]
    return [rfc3339(rng, second) for second in seconds]


# Files

def write_set(rng, policies, settings, directory):
    """One file per policy, some through links as Kubernetes mounts them, among things that are to be ignored."""
    documents = {"settings.json": settings} if settings is not None else {}
    for number, policy in enumerate(policies):
        documents[rng.choice((f"p{number}.json", f"策略 {number}.json", f"{policy['id']}.json"))] = policy
    data = directory / "..data"
    data.mkdir()
    for name, document in documents.items():
        text = json.dumps(document, ensure_ascii=False, indent=2) if chance(rng, 0.2) else json_text.write(rng, document)
        if chance(rng, 0.1):
            (data / name).write_text(text + "\n", encoding="utf-8")
            (directory / name).symlink_to("..data/" + name)
        else:
            (directory / name).write_text(text, encoding="utf-8")
    if chance(rng, 0.3):
        (directory / ".ignored.json").write_text("not json")
        (directory / "notes.txt").write_text("not json")
        (directory / "folder.json").mkdir()
