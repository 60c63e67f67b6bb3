"""The oracle's own test: published hash vectors, and decisions worked out by hand from the contract's sentences.

    /usr/bin/python3 tests/differential/test_oracle.py

Gates that hash are set to shares, ranges and weights of nothing or everything, so that no hash is needed to read a case.
"""

from buckets import bucket, murmur3_x86_32, slot
from oracle import evaluate, instant, render

NOON = "2026-02-12T12:00:00+08:00"  # a Thursday


# Published vectors

def test_murmur3_gives_the_published_hashes():
    rows = [(b"", 0, 0), (b"", 1, 0x514E28B7), (b"", 0xFFFFFFFF, 0x81F16F39), (b"\xff\xff\xff\xff", 0, 0x76293B50),
            (b"\x21\x43\x65\x87", 0, 0xF55B516B), (b"\x21\x43\x65\x87", 0x5082EDEE, 0x2362F9DE), (b"\x21\x43\x65", 0, 0x7E4A8634),
            (b"\x21\x43", 0, 0xA0F7B07A), (b"\x21", 0, 0x72661CF4), (b"\0\0\0\0", 0, 0x2362F9DE), (b"\0\0\0", 0, 0x85F0B427),
            (b"\0\0", 0, 0x30F4C306), (b"\0", 0, 0x514E28B7), (b"Hello, world!", 0x4D2, 0xFAF6CDB3),
            ("用户42".encode(), 0, 0xC7A9CB62), ("AOI-上海-0042".encode(), 0, 0xDC273D9B)]
    for data, seed, expected in rows:
        assert murmur3_x86_32(data, seed) == expected, (data, seed)


def test_murmur3_gives_smhasher_s_verification_value():
    hashes = b"".join(murmur3_x86_32(bytes(range(i)), 256 - i).to_bytes(4, "little") for i in range(256))
    assert murmur3_x86_32(hashes, 0) == 0xB0F57EE3


def test_bucket_gives_optimizely_s_values():
    long_id = "a very very very very very very very very very very very very very very very long ppd string"
    rows = [("ppid1", "1886780721", 5254), ("ppid2", "1886780721", 4299), ("ppid2", "1886780722", 2434),
            ("ppid3", "1886780721", 5439), (long_id, "1886780721", 6128)]
    for user, experiment, expected in rows:
        assert bucket((user + experiment).encode(), 10000, 1) == expected, (user, experiment)


def test_bucket_gives_flagd_s_choices():
    edges = [("ejOoVL", 0x0, 0), ("bY9fO-", 0x1, 0), ("SI7p-", 0x7FFFFFFF, 49), ("6LvT0", 0x80000000, 50), ("ceQdGm", 0xFFFFFFFF, 99)]
    for key, expected_hash, expected_bucket in edges:
        assert murmur3_x86_32(key.encode(), 0) == expected_hash, key
        assert bucket(key.encode(), 100, 0) == expected_bucket, key
    suits = ("clubs", "diamonds", "hearts", "spades")  # 25 each
    for name, suit in (("seven", "hearts"), ("eight", "diamonds"), ("nine", "clubs"), ("two", "spades")):
        assert suits[bucket(("shared-seed" + name).encode(), 100, 0) // 25] == suit, name


def test_slot_hashes_salt_purpose_unit_with_separators_and_seed_1():
    key = b"r1\x1framp\x1f" + "用户42".encode()
    assert slot("ramp", "r1", "用户42") == murmur3_x86_32(key, 1) * 10000 // 2**32


# Hand-worked decisions. Shorthands for documents; what a test is about stands in the test.

def off(amount, reach=0):
    return {"coupon": "C", "kind": "amount_off", "tiers": [{"reach": reach, "off": amount}]}


def policy(policy_id, offer=None, **members):
    document = {"id": policy_id, "scope": {"type": "all"}, **members}
    return document if offer is None else {**document, "offer": offer}


def experiment(control_weight, offer, **members):
    return {"salt": "s", "variants": [{"name": "control", "weight": control_weight, "offer": None},
                                      {"name": "b10", "weight": 10000 - control_weight, "offer": offer}], **members}


def decide(policies, context=None, settings=None, at=NOON):
    context = {"user_id": "u", "aoi": "A1", "amount": 1000, **(context or {})}
    return evaluate(policies, settings or {}, context, instant(at))[0]


def reasons(decision):
    return {entry["policy"]: entry["reason"] for entry in decision["reasons"]}


def test_the_answer_has_the_contract_s_members_in_its_order_and_form():
    policies = [policy("aoi-0212-07", experiment=experiment(0, off(1000))), policy("z", off(1), state="paused")]
    line = render(decide(policies, {"amount": 5000, "request_id": 'é"\\'}))
    assert line == ('{"request_id":"é\\"\\\\","release":0,"interface":"checkout","degraded":false,'
                    '"offers":[{"policy":"aoi-0212-07","coupon":"C","kind":"amount_off","variant":"b10","discount":1000}],'
                    '"discount":1000,"delivery_discount":0,'
                    '"exposures":[{"policy":"aoi-0212-07","variant":"b10","offered":true}],'
                    '"reasons":[{"policy":"aoi-0212-07","reason":"offered"},{"policy":"z","reason":"paused"}]}').encode()


def test_only_the_escapes_that_json_demands_are_written():
    offer = {"coupon": '\b\t\n\f\r\x01\x1f"\\/\x7f\u2028券😀', "kind": "coupon"}
    line = render(decide([policy("p", offer)])).decode()
    assert '"coupon":"\\b\\t\\n\\f\\r\\u0001\\u001f\\"\\\\/\x7f\u2028券😀"' in line


def test_checks_run_in_the_contract_s_order():
    everything_fails = {
        "state": "paused", "interfaces": ["cart"], "schedule": {"from": "2026-02-12T12:00:01+08:00"},
        "scope": {"type": "aoi", "aois": ["B1"], "exclude": ["A1"]},
        "conditions": [{"attr": "tier", "op": "eq", "value": "gold"}, {"attr": "amount", "op": "gt", "value": 1000}],
        "rollout": {"salt": "s", "share": 0}, "experiment": experiment(10000, off(1), layer={"salt": "s", "from": 0, "to": 10000})}
    repairs = [({}, "paused"), ({"state": "active"}, "interface_miss"), ({"interfaces": ["checkout"]}, "not_started"),
               ({"schedule": {"to": NOON}}, "ended"),
               ({"schedule": {"utc_offset": "+08:00", "windows": [{"from": "10:00", "to": "12:00"}]}}, "outside_window"),
               ({"schedule": {}}, "aoi_excluded"), ({"scope": {"type": "aoi", "aois": ["B1"]}}, "aoi_miss"),
               ({"scope": {"type": "all"}}, "attr_missing"), ({"conditions": [{"attr": "amount", "op": "gt", "value": 1000}]}, "attr_mismatch"),
               ({"conditions": []}, "ramp_out"), ({"rollout": {"salt": "s", "share": 10000}}, "variant_none")]
    document = policy("p", **everything_fails)
    for repair, reason in repairs:
        document.update(repair)
        decision = decide([document])
        assert reasons(decision) == {"p": reason}, reason
        exposed = [{"policy": "p", "variant": "control", "offered": False}] if reason == "variant_none" else []
        assert decision["exposures"] == exposed, reason


def test_a_schedule_is_half_open():
    schedule = {"from": "2026-02-12T20:00:00+08:00", "to": "2026-03-01T00:00:00+08:00"}
    rows = [("2026-02-12T11:59:59Z", "not_started"), ("2026-02-12T12:00:00Z", "offered"),
            ("2026-02-28T15:59:59Z", "offered"), ("2026-02-28T16:00:00Z", "ended")]
    for at, reason in rows:
        assert reasons(decide([policy("p", off(1), schedule=schedule)], at=at)) == {"p": reason}, at


def test_a_window_belongs_to_the_day_it_starts_on():
    def reason(window, local, offset="+08:00"):
        schedule = {"utc_offset": offset, "windows": [window]}
        return reasons(decide([policy("p", off(1), schedule=schedule)], at=local + offset))["p"]

    sunday_night = {"days": [7], "from": "22:00", "to": "02:00"}  # 2026-02-15 is a Sunday
    assert reason(sunday_night, "2026-02-15T21:59:59") == "outside_window"
    assert reason(sunday_night, "2026-02-15T22:00:00") == "offered"
    assert reason(sunday_night, "2026-02-16T01:59:59") == "offered"
    assert reason(sunday_night, "2026-02-16T02:00:00") == "outside_window"
    assert reason(sunday_night, "2026-02-15T01:00:00") == "outside_window"
    whole_monday = {"days": [1], "from": "10:00", "to": "10:00"}
    assert reason(whole_monday, "2026-02-17T09:59:59", "-12:00") == "offered"
    assert reason(whole_monday, "2026-02-17T10:00:00", "-12:00") == "outside_window"
    evening = {"days": [4], "from": "20:00", "to": "24:00"}
    assert reason(evening, "2026-02-12T23:59:59") == "offered"
    assert reason(evening, "2026-02-13T00:00:00") == "outside_window"


def test_steps_take_the_last_one_that_has_begun():
    steps = [{"from": "2026-02-12T00:00:00Z", "share": 10000}, {"from": "2026-02-13T00:00:00Z", "share": 0}]
    rows = [("2026-02-11T23:59:59Z", "ramp_out"), ("2026-02-12T00:00:00Z", "offered"), ("2026-02-12T23:59:59Z", "offered"),
            ("2026-02-13T00:00:00Z", "ramp_out")]
    for at, reason in rows:
        assert reasons(decide([policy("p", off(1), rollout={"salt": "s", "steps": steps})], at=at)) == {"p": reason}, at


def test_conditions_never_convert():
    attributes = {"one": 1, "text": "1", "yes": True, "tags": ["a", "b"], "none": []}
    rows = [("one", "eq", 1, True), ("one", "eq", True, False), ("one", "eq", "1", False), ("text", "ne", 1, True), ("text", "gte", 1, False),
            ("yes", "eq", 1, False), ("yes", "in", [1, True], True), ("yes", "gt", 0, False), ("tags", "eq", "b", True),
            ("tags", "ne", "b", False), ("tags", "ne", "c", True), ("tags", "in", ["x", "a"], True), ("tags", "not_in", ["x"], True),
            ("tags", "gt", 0, False), ("none", "eq", "a", False), ("none", "not_in", ["a"], True), ("none", "exists", True, True),
            ("one", "exists", False, False), ("delivery_fee", "eq", 0, True), ("interface", "eq", "checkout", True),
            ("user_id", "in", ["u", "u"], True), ("amount", "lte", 1000, True), ("amount", "lt", 1000, False)]
    for attr, op, value, holds in rows:
        conditions = [{"attr": attr, "op": op, "value": value}]
        decision = decide([policy("p", off(1), conditions=conditions)], {"attributes": attributes})
        assert reasons(decision) == {"p": "offered" if holds else "attr_mismatch"}, (attr, op, value)


def test_an_absent_attribute_fails_all_but_exists_false():
    for op, value in (("eq", "x"), ("ne", "x"), ("in", ["x"]), ("not_in", ["x"]), ("lt", 1), ("exists", True)):
        assert reasons(decide([policy("p", off(1), conditions=[{"attr": "a", "op": op, "value": value}])])) == {"p": "attr_missing"}, op
    assert reasons(decide([policy("p", off(1), conditions=[{"attr": "a", "op": "exists", "value": False}])])) == {"p": "offered"}


def test_of_several_aois_an_excluded_one_excludes_and_a_matching_one_is_enough():
    rows = [({"type": "aoi", "aois": ["A2"]}, "offered"), ({"type": "aoi", "aois": ["A1"], "exclude": ["A2"]}, "aoi_excluded"),
            ({"type": "all", "exclude": ["A2"]}, "aoi_excluded"), ({"type": "aoi", "aois": []}, "aoi_miss")]
    for scope, reason in rows:
        assert reasons(decide([policy("p", off(1), scope=scope)], {"aoi": ["A1", "A2"]})) == {"p": reason}, scope


def test_unit_aoi_is_the_first_aoi_that_the_list_holds_for_layer_and_variant():
    at_a2 = slot("layer", "s", "A2")  # a layer that holds this slot and no other
    layer = {"salt": "s", "from": at_a2, "to": at_a2 + 1}
    by_aoi = experiment(0, off(1), unit="aoi", layer=layer)
    listed, everywhere = {"type": "aoi", "aois": ["A3", "A2"]}, {"type": "all"}
    assert at_a2 not in (slot("layer", "s", "A1"), slot("layer", "s", "A3"), slot("layer", "s", "u"))
    rows = [(listed, ["A1", "A2", "A3"], "offered"), (listed, ["A3", "A2"], "layer_out"), (everywhere, ["A2", "A1"], "offered"),
            (everywhere, ["A1", "A2"], "layer_out")]
    for scope, aois, reason in rows:
        decision = decide([policy("p", scope=scope, experiment=by_aoi)], {"aoi": aois})
        assert reasons(decision) == {"p": reason}, (scope, aois)
        assert len(decision["exposures"]) == (reason == "offered")


def test_offers_stack_on_what_remains_and_reach_is_held_against_the_amount():
    policies = [policy("a", off(700), priority=3),
                policy("b", off(400, reach=1000), priority=2),  # 400, but only 300 remain
                policy("c", {"coupon": "P", "kind": "percent_off", "bp": 1000, "cap": 99}, priority=1),  # nothing remains
                policy("d", off(1, reach=1001)),
                policy("e", {"coupon": "G", "kind": "coupon"}),
                policy("f", {"coupon": "F", "kind": "free_delivery", "cap": 300})]
    decision = decide(policies, {"delivery_fee": 500})
    assert reasons(decision) == {"a": "offered", "b": "offered", "c": "no_value", "d": "below_threshold", "e": "offered", "f": "offered"}
    assert [(offer["policy"], offer["discount"]) for offer in decision["offers"]] == [("a", 700), ("b", 300), ("e", 0), ("f", 300)]
    assert (decision["discount"], decision["delivery_discount"]) == (1000, 300)


def test_each_kind_has_the_worth_of_the_table():
    tiers = [{"reach": 0, "off": 5}, {"reach": 1000, "off": 3}, {"reach": 1001, "off": 900}]
    rows = [({"kind": "amount_off", "tiers": tiers}, 1000, 3), ({"kind": "percent_off", "bp": 3333, "cap": 10**12}, 1000, 333),
            ({"kind": "percent_off", "bp": 10000, "cap": 40}, 1000, 40), ({"kind": "fixed_price", "price": 990}, 1000, 10),
            ({"kind": "percent_off", "bp": 9999, "cap": 10**12}, 10**12, 999900000000)]
    for offer, amount, discount in rows:
        decision = decide([policy("p", {"coupon": "C", **offer})], {"amount": amount})
        assert decision["discount"] == discount, offer
    assert reasons(decide([policy("p", {"coupon": "C", "kind": "fixed_price", "price": 1000})])) == {"p": "no_value"}


def test_the_walk_is_by_priority_then_by_the_bytes_of_the_id():
    policies = [policy(policy_id, off(1), **members) for policy_id, members in
                (("b", {}), ("a.", {}), ("a-", {}), ("a", {}), ("z", {"priority": 1}), ("0", {"priority": -1}))]
    assert [offer["policy"] for offer in decide(policies)["offers"]] == ["z", "a", "a-", "a.", "b", "0"]
    assert [entry["policy"] for entry in decide(policies)["reasons"]] == ["0", "a", "a-", "a.", "b", "z"]


def test_rule_1_asks_exclusive_taken_then_offer_limit_then_exclusive_blocked():
    first = policy("a", off(1), exclusive=True)
    later = [policy("b", off(1)), policy("c", off(1), exclusive=True)]
    assert reasons(decide([first] + later, settings={"max_offers": 1})) == {"a": "offered", "b": "exclusive_taken", "c": "exclusive_taken"}
    first["exclusive"] = False
    assert reasons(decide([first] + later, settings={"max_offers": 1})) == {"a": "offered", "b": "offer_limit", "c": "offer_limit"}
    assert reasons(decide([first] + later)) == {"a": "offered", "b": "offered", "c": "exclusive_blocked"}


def test_a_group_that_picks_first_stays_open_until_it_gives():
    policies = [policy("a", off(9, reach=1001), group="g"), policy("b", off(0), group="g"), policy("c", off(1), group="g"),
                policy("d", off(5), group="g"), policy("e", off(9, reach=1001), group="g")]
    expected = {"a": "below_threshold", "b": "no_value", "c": "offered", "d": "group_taken", "e": "group_taken"}
    assert reasons(decide(policies)) == expected
    assert reasons(decide(policies, settings={"groups": [{"name": "g", "pick": "first"}]})) == expected


BEST = {"groups": [{"name": "g", "pick": "best"}]}


def test_a_group_that_picks_best_accepts_its_largest_at_the_first_turn():
    policies = [policy("a", off(9, reach=1001), group="g"),  # not acceptable, and still group_taken
                policy("b", {"coupon": "C", "kind": "fixed_price", "price": 100}),  # sees what "d" left
                policy("c", off(300), group="g"), policy("d", off(500), group="g"), policy("e", off(500), group="g")]
    decision = decide(policies, settings=BEST)
    assert reasons(decision) == {"a": "group_taken", "b": "offered", "c": "group_taken", "d": "offered", "e": "group_taken"}
    assert [(offer["policy"], offer["discount"]) for offer in decision["offers"]] == [("d", 500), ("b", 400)]


def test_a_group_that_picks_best_with_nothing_acceptable_gives_each_its_own_reason():
    policies = [policy("a", off(9, reach=1001), group="g"), policy("b", off(0), group="g")]
    assert reasons(decide(policies, settings=BEST)) == {"a": "below_threshold", "b": "no_value"}
    coupon = policy("c", {"coupon": "G", "kind": "coupon"}, group="g")
    assert reasons(decide(policies + [coupon], settings=BEST)) == {"a": "group_taken", "b": "group_taken", "c": "offered"}


def test_a_best_group_passes_over_an_exclusive_member_once_something_is_accepted():
    policies = [policy("a", off(1), priority=1), policy("b", off(2), group="g"), policy("c", off(900), group="g", exclusive=True)]
    assert reasons(decide(policies, settings=BEST)) == {"a": "offered", "b": "offered", "c": "exclusive_blocked"}
    alone = policies[1:] + [policy("d", off(3))]
    assert reasons(decide(alone, settings=BEST)) == {"b": "group_taken", "c": "offered", "d": "exclusive_taken"}


def test_exposures_stand_in_the_walk_s_order_offered_or_not():
    policies = [policy("a", experiment=experiment(10000, off(1))), policy("b", experiment=experiment(0, off(1)), priority=1),
                policy("c", experiment=experiment(0, off(1)), priority=2, group="g"), policy("d", off(5), priority=3, group="g"),
                policy("e", experiment=experiment(0, off(1), layer={"salt": "s", "from": 9999, "to": 10000}))]
    assert slot("layer", "s", "u") != 9999
    decision = decide(policies)
    assert decision["exposures"] == [{"policy": "c", "variant": "b10", "offered": False}, {"policy": "b", "variant": "b10", "offered": True},
                                     {"policy": "a", "variant": "control", "offered": False}]
    assert reasons(decision) == {"a": "variant_none", "b": "offered", "c": "group_taken", "d": "offered", "e": "layer_out"}


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    for _, test in tests:
        test()
    print(f"{len(tests)} tests passed")


if __name__ == "__main__":
    main()
