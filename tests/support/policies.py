"""The policy set of the tests: small, and every answer of it can be told by hand.

Walk order: amount-off (100), ab (50), gold, ship. Everybody is in the experiment's variant b10, nobody in
its control group.
"""

AOI = "310115-0001"
ELSEWHERE = "999999-0001"

SETTINGS = {"groups": [{"name": "order", "pick": "first"}], "max_offers": 8}

POLICIES = {
    "amount-off.json": {
        "id": "amount-off", "name": "满50减8", "scope": {"type": "aoi", "aois": [AOI, "B1", "商场-é"]},
        "offer": {"coupon": "C-300", "kind": "amount_off", "tiers": [{"reach": 5000, "off": 800}]},
        "group": "order", "priority": 100},
    "ab.json": {
        "id": "ab", "scope": {"type": "aoi", "aois": [AOI]}, "priority": 50,
        "experiment": {"salt": "k7Q2", "variants": [
            {"name": "control", "weight": 0, "offer": None},
            {"name": "b10", "weight": 10000,
             "offer": {"coupon": "C-10", "kind": "percent_off", "bp": 1000, "cap": 2000}}]}},
    "gold.json": {
        "id": "gold", "scope": {"type": "all"}, "conditions": [{"attr": "tier", "op": "eq", "value": "gold"}],
        "offer": {"coupon": "C-GOLD", "kind": "coupon"}},
    "ship.json": {
        "id": "ship", "scope": {"type": "all"}, "offer": {"coupon": "C-SHIP", "kind": "free_delivery", "cap": 400}},
}


def context(**members):
    """A valid one, with the members changed; None leaves one out."""
    members = {"user_id": "u1", "aoi": AOI, "amount": 6200, **members}
    return {name: value for name, value in members.items() if value is not None}


def heavy_set(count, values=100):
    """Each policy is looked at to its last condition, which does not hold."""
    strangers = {"attr": "user_id", "op": "not_in", "value": [f"stranger-{i:04}" for i in range(values)]}
    conditions = [strangers] * 15 + [{"attr": "tier", "op": "eq", "value": "gold"}]
    return {f"p{i}.json": {"id": f"p{i}", "scope": {"type": "all"}, "conditions": conditions,
                           "offer": {"coupon": "C", "kind": "coupon"}} for i in range(count)}
