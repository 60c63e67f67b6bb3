"""The largest sets that the contract allows go through, in pieces of at most 8 KiB."""

import os
import time

from namespace import encoded, policy, write_folder

POLICIES = 1000 if os.environ.get("PROMOGATE_SANITIZE") else 10000  # a tenth under sanitizers
OFFER = {"coupon": "c" * 64, "kind": "amount_off",
         "tiers": [{"reach": 10**12 - 5 + i, "off": 10**12} for i in range(5)]}


def largest_policy():
    """Every limit of the contract at once."""
    def name(i):
        return f"{i:064}"
    windows = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "10:30", "to": "24:00"}] * 14
    conditions = [{"attr": name(i), "op": "in", "value": [f"{j:0256}" for j in range(1000)]} for i in range(16)]
    return {
        "id": "a" * 64, "name": "午" * 128, "interfaces": [name(i) for i in range(1024)],
        "scope": {"type": "aoi", "aois": [name(i) for i in range(100000)], "exclude": [name(-i) for i in range(1, 100001)]},
        "schedule": {"from": "2026-02-12T20:00:00+08:00", "to": "2026-03-01T00:00:00+08:00", "utc_offset": "+14:00",
                     "windows": windows},
        "conditions": conditions,
        "rollout": {"salt": name(1), "steps": [{"from": f"2026-02-12T20:00:{i:02}Z", "share": 10000} for i in range(16)]},
        "experiment": {"salt": name(2), "unit": "aoi", "layer": {"salt": name(3), "from": 0, "to": 10000},
                       "variants": [{"name": name(i), "weight": 1250, "offer": OFFER} for i in range(8)]},
        "group": name(4), "priority": 1000000, "exclusive": True}


def timed_publish(namespace, folder, *options):
    started = time.monotonic()
    done = namespace.promoctl("publish", folder, "--timeout", "20000", *options)
    duration_s = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    print(f"{duration_s:.2f} s  {done.stdout.strip()}")
    return duration_s


def largest_value(namespace):
    keys = sorted(namespace.piece_keys())
    return max(max(namespace.client.pipeline([("STRLEN", key) for key in keys[at:at + 1000]]))
               for at in range(0, len(keys), 1000))


def test_the_largest_legal_policy_goes_through(namespace, tmp_path):
    documents = {"largest.json": largest_policy(), "other.json": policy(1)}
    timed_publish(namespace, write_folder(tmp_path / "set", documents))
    assert namespace.release()[1] == encoded(documents)
    assert largest_value(namespace) <= 8192
    assert namespace.promoctl("export", "current", tmp_path / "out").returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == encoded(documents)


def test_ten_thousand_policies_go_through(namespace, tmp_path):
    documents = {f"p-{i:05}.json": policy(i, scope={"type": "aoi", "aois": [f"{i:05}-{j:04}" for j in range(300)]})
                 for i in range(POLICIES)}
    folder = write_folder(tmp_path / "set", documents)
    assert timed_publish(namespace, folder) < 30
    root, read = namespace.release()
    assert root["policies"] == POLICIES and read == encoded(documents)
    assert largest_value(namespace) <= 8192

    documents["p-00500.json"] = policy(500, priority=7)
    (folder / "p-00500.json").write_bytes(encoded(documents)["p-00500.json"])
    before = namespace.piece_keys()
    timed_publish(namespace, folder)
    values = [namespace.client.call("GET", key) for key in namespace.piece_keys() - before]
    assert sum(map(len, values)) <= 16 * 1024
    (line, *_) = namespace.promoctl("diff", "1", "2").stdout.splitlines()
    assert line == "~ p-500 (p-00500.json)"
    assert "2 releases need" in namespace.promoctl("gc").stdout
