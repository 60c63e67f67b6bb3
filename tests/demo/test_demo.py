"""The demo set is what the incident's operators published, and the generator's output to the byte."""

import collections
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "deploy" / "demo"
BUILD = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug")
PROMOCTL = BUILD / "promoctl"

FIRST_REQUEST = {"user_id": "u42", "aoi": "310115-0001", "amount": 6200, "attributes": {"tier": "gold"}}
DAYS = ["2024-02-29", "2026-02-12", "2026-02-14", "2026-02-28", "2026-06-01", "2031-12-31"]
TIMES_OF_DAY = ["00:30:00", "08:00:00", "12:00:00", "18:00:00", "22:00:00", "23:59:59"]
ANY_TIME = [f"{day}T{time}+08:00" for day in DAYS for time in TIMES_OF_DAY]


def generate(*arguments):
    command = ["/usr/bin/python3", str(DEMO / "generate.py"), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def read_set(folder):
    """The policies of a folder, and its settings, refusing a JSON key written twice."""

    def unique(pairs):
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    documents = {f.name: json.loads(f.read_text("utf-8"), object_pairs_hook=unique) for f in folder.glob("*.json")}
    settings = documents.pop("settings.json")
    return [documents[name] for name in sorted(documents)], settings


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def requests():
    return [json.loads(line) for line in (DEMO / "requests.jsonl").read_text("utf-8").splitlines()]


def aois_of(context):
    return context["aoi"] if isinstance(context["aoi"], list) else [context["aoi"]]


def codes_of(policy):
    """Those that a policy names: its places, or those that a policy for all users leaves out."""
    scope = policy["scope"]
    codes = scope["aois"] if scope["type"] == "aoi" else scope["exclude"]
    assert len(set(codes)) == len(codes)
    return set(codes)


def in_scope(policy, aois):
    scope = policy["scope"]
    if set(aois) & set(scope.get("exclude", [])):
        return False
    return scope["type"] == "all" or bool(set(aois) & set(scope["aois"]))


def evaluate(contexts, *arguments):
    lines = "".join(json.dumps(context, ensure_ascii=False) + "\n" for context in contexts)
    command = [str(PROMOCTL), "evaluate", "--policies", str(DEMO / "policies"), *arguments]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def demo():
    return read_set(DEMO / "policies")


def test_the_committed_files_are_the_generators_output(tmp_path):
    generate("--incident", "--out", tmp_path / "policies", "--requests", tmp_path / "requests.jsonl")
    assert contents(tmp_path / "policies") == contents(DEMO / "policies")
    assert (tmp_path / "requests.jsonl").read_bytes() == (DEMO / "requests.jsonl").read_bytes()


def test_the_set_is_the_incidents(demo):
    policies, _ = demo
    by_type = collections.Counter(policy["scope"]["type"] for policy in policies)
    lengths = [len(codes_of(policy)) for policy in policies]
    assert len(policies) == 14 and by_type["all"] >= 3
    assert all(280 <= length <= 320 for length in lengths), lengths
    assert sum("experiment" in policy for policy in policies) >= 3


def test_the_set_shows_every_kind_of_offer_and_both_ways_to_pick(demo):
    policies, settings = demo
    offers = [policy["offer"] for policy in policies if "offer" in policy]
    for policy in policies:
        offers += [variant["offer"] for variant in policy.get("experiment", {}).get("variants", [])]
    kinds = {offer["kind"] for offer in offers if offer}
    assert kinds == {"amount_off", "percent_off", "fixed_price", "free_delivery", "coupon"}
    assert {group["pick"] for group in settings["groups"]} == {"first", "best"}
    assert {policy["group"] for policy in policies if "group" in policy} == {g["name"] for g in settings["groups"]}
    assert any(policy.get("exclusive") for policy in policies)


def test_experiments_of_one_layer_own_disjoint_slots(demo):
    owned = collections.defaultdict(list)
    for policy in demo[0]:
        if "experiment" in policy:
            layer = policy["experiment"]["layer"]
            owned[layer["salt"]].append((layer["from"], layer["to"]))
    assert any(len(ranges) > 1 for ranges in owned.values())
    for ranges in owned.values():
        ranges.sort()
        assert all(left[1] <= right[0] for left, right in zip(ranges, ranges[1:]))


def test_a_typical_request_has_four_to_eight_candidates(demo):
    counts = sorted(sum(in_scope(policy, aois_of(context)) for policy in demo[0]) for context in requests())
    assert 4 <= counts[len(counts) // 10] and 4 <= counts[len(counts) // 2] <= 8
    assert sum(4 <= count <= 8 for count in counts) >= len(counts) * 3 // 4


def test_every_policy_is_hit_by_some_request(demo):
    missed = [p["id"] for p in demo[0] if not any(in_scope(p, aois_of(context)) for context in requests())]
    assert missed == []


def test_some_requests_come_from_a_place_that_a_policy_for_all_users_leaves_out(demo):
    for_all = [policy for policy in demo[0] if policy["scope"]["type"] == "all"]
    left_out = [c for c in requests() if not all(in_scope(policy, aois_of(c)) for policy in for_all)]
    assert len(requests()) // 10 <= len(left_out) <= len(requests()) // 2


def test_the_same_seed_gives_the_same_large_set(tmp_path):
    for name in ("a", "b"):
        generate("--policies", 50, "--out", tmp_path / name)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    generate("--policies", 50, "--seed", 2, "--out", tmp_path / "c")
    assert contents(tmp_path / "a") != contents(tmp_path / "c")


def test_matching_makes_every_code_hit_by_so_many_policies(tmp_path):
    generate("--policies", 700, "--aois", 30, "--matching", 6, "--all-share", 30, "--out", tmp_path)
    policies, _ = read_set(tmp_path)
    hits = collections.Counter(aoi for p in policies if p["scope"]["type"] == "aoi" for aoi in p["scope"]["aois"])
    assert sum(policy["scope"]["type"] == "all" for policy in policies) == 2
    assert set(hits.values()) <= {3, 4, 5}


def test_a_large_set_has_the_lists_asked_for(tmp_path):
    report = generate("--policies", 300, "--aois", 300, "--universe", 3000, "--out", tmp_path)
    policies, _ = read_set(tmp_path)
    assert [len(set(policy["scope"]["aois"])) for policy in policies] == [300] * 300
    assert len({policy["id"] for policy in policies}) == 300
    assert "30.0 policies per AOI" in report


def test_promoctl_accepts_the_demo_set_and_a_large_one(tmp_path):
    generate("--policies", 200, "--all-share", 500, "--out", tmp_path)
    for folder in (DEMO / "policies", tmp_path):
        done = subprocess.run([str(PROMOCTL), "check", str(folder)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_first_request_a_newcomer_sends_gets_the_same_offer_of_an_experiment_at_any_time():
    decisions = [evaluate([FIRST_REQUEST], "--at", at)[0] for at in ANY_TIME]
    assert decisions == [decisions[0]] * len(ANY_TIME)
    assert decisions[0]["discount"] > 0
    assert [exposure["offered"] for exposure in decisions[0]["exposures"]] == [True]


def test_no_policy_leaves_out_the_place_of_the_first_request(demo):
    assert [p["id"] for p in demo[0] if FIRST_REQUEST["aoi"] in p["scope"].get("exclude", [])] == []
    assert 4 <= sum(in_scope(policy, [FIRST_REQUEST["aoi"]]) for policy in demo[0]) <= 8


def test_the_requests_are_valid_and_most_of_them_get_offers_at_any_time():
    for at in ANY_TIME:
        decisions = evaluate(requests(), "--at", at)
        assert [decision for decision in decisions if "offers" not in decision] == []
        assert sum(bool(decision["offers"]) for decision in decisions) > len(decisions) // 2
        assert any(decision["exposures"] for decision in decisions)
