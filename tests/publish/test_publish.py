"""promoctl publish: what it writes, what it refuses, and that a refusal changes nothing."""

import json
import os
import pty
import re
import time

import pytest

import wire
from fake_redis import FakeRedis
from namespace import encoded, finish, policies, policy, run, start, write_folder
from redis_server import RedisServer

SET = {**policies(14), "settings.json": {"groups": [{"name": "order", "pick": "best"}]}}


def changed(number, **members):
    return {**SET, f"p-{number}.json": policy(number, **members)}


# what is written

def test_a_published_set_is_in_redis_byte_for_byte(namespace):
    done = namespace.publish({**SET, "p-3.json": b'{ "id":"p-3",\n "scope":{"type":"all"},'
                                                 b'"offer":{"kind":"coupon","coupon":"\xe5\x8d\x88"} }\n'},
                             "--author", "ann", "--note", "Mittag 午餐")
    assert (done.returncode, done.stderr) == (0, "")
    root, documents = namespace.release()
    assert documents == encoded({**SET, "p-3.json": documents["p-3.json"]})
    assert documents["p-3.json"].startswith(b'{ "id":"p-3",\n')
    assert (root["format"], root["release"], root["policies"]) == (1, 1, 14)
    (record,) = namespace.records()
    assert record == {"root": root, "author": "ann", "note": "Mittag 午餐"}


def test_the_result_is_one_line_with_what_each_gateway_fetches(namespace):
    namespace.publish(SET)
    done = namespace.publish(changed(3, priority=7), "--gateways", "1000", "--window-s", "5")
    assert re.fullmatch(r"release 2: \d+ pieces written, \d+ reused, (\d+) bytes written; each gateway fetches \1 "
                        r"bytes: 1000 gateways in 5 s, \d+\.\d MB/s\n", done.stdout), done.stdout


def test_an_edit_of_one_area_writes_few_bytes_however_long_its_list_is(namespace):
    codes = [f"310115-{i:06}" for i in range(30000)]
    edited = [code for code in codes if code != "310115-015000"] + ["310115-999999"]
    assert namespace.publish({"long.json": policy(1, scope={"type": "aoi", "aois": codes})}).returncode == 0
    before = namespace.piece_keys()
    assert namespace.publish({"long.json": policy(1, scope={"type": "aoi", "aois": edited})}).returncode == 0
    values = [namespace.client.call("GET", key) for key in namespace.piece_keys() - before]
    assert sum(map(len, values)) <= 24 * 1024  # two places of 500 KB; each with its tree above
    assert namespace.release()[1] == encoded({"long.json": policy(1, scope={"type": "aoi", "aois": edited})})


def test_all_keys_share_the_prefix_and_nothing_is_larger_than_8_kib(namespace):
    namespace.published({"a.json": policy(1, scope={"type": "aoi", "aois": [f"A-{i}" for i in range(5000)]})})
    keys = namespace.client.call("KEYS", "*{%s}*" % namespace.name)
    assert all(key.startswith(b"promogate:{%s}:" % namespace.name.encode()) for key in keys)
    strings = [key for key in keys if not key.endswith(b":releases")]
    assert max(namespace.client.pipeline([("STRLEN", key) for key in strings])) <= 8192


def test_subscribers_hear_the_number(namespace):
    with namespace.redis.client() as subscriber:
        subscriber.call("SUBSCRIBE", namespace.key("published"))
        namespace.published(SET)
        assert subscriber.message() == [b"message", namespace.key("published").encode(), b"1"]


def test_the_list_keeps_the_last_50(namespace):
    for number in range(53):
        namespace.published({"p.json": policy(1, priority=number)})
    assert [record["root"]["release"] for record in namespace.records()] == list(range(53, 3, -1))


def test_the_same_content_is_no_new_release(namespace):
    namespace.published(SET)
    before = namespace.state()
    done = namespace.publish(SET)
    assert (done.returncode, done.stdout) == (0, "release 1 has this content already: no new release\n")
    assert namespace.state() == before


def test_the_same_content_mends_what_redis_lost(namespace):
    namespace.published(SET)
    lost = sorted(namespace.piece_keys())[3]
    namespace.client.call("DEL", lost)
    done = namespace.publish(SET)
    assert done.stdout.endswith("1 pieces of it were missing and were written again\n")
    assert namespace.release()[1] == encoded(SET)


def test_pieces_that_were_about_to_expire_stay(namespace):
    namespace.published(SET)
    for key in namespace.piece_keys():
        namespace.client.call("EXPIRE", key, 1000)
    namespace.published(changed(3, priority=7))
    root = namespace.root()
    names = {namespace.key(f"piece:{name.hex()}").encode() for name in namespace.documents(root)[1]}
    assert {namespace.ttls()[name] for name in names} == {-1}


def test_a_dry_run_writes_nothing(namespace):
    namespace.published(SET)
    before = namespace.state()
    done = namespace.publish(changed(3, priority=7), "--dry-run")
    assert done.returncode == 0 and done.stdout.startswith("dry run: release 2 would write ")
    assert namespace.state() == before


def test_the_url_may_come_from_the_environment(namespace, tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    assert run("publish", folder, environment={"PROMOGATE_REDIS": namespace.url}).returncode == 0
    assert namespace.root()["release"] == 1


def test_namespaces_do_not_touch_each_other(namespace, tmp_path):
    namespace.published(SET)
    before = namespace.state()
    folder = write_folder(tmp_path / "set", policies(2))
    assert run("publish", folder, "--redis", namespace.redis.url(namespace.name + ".b")).returncode == 0
    assert namespace.state() == before


def test_the_release_waits_for_replicas(redis, tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    with RedisServer() as primary:
        refused = run("publish", folder, "--redis", primary.url(), "--replicas", 1, "--timeout", 400)
        assert refused.returncode == 1 and "0 of 1 replicas have the pieces" in refused.stderr
        assert primary.call("EXISTS", "promogate:{main}:root") == 0
        with RedisServer(replica_of=primary) as replica:
            wire.wait_until(lambda: replica.info("replication")["master_link_status"] == "up", 20, what="replica")
            done = run("publish", folder, "--redis", primary.url(), "--replicas", 1)
            assert done.returncode == 0, done.stderr


def read_terminal(ours):
    """All that was written to it, once its other side is closed: then reading is an error, not the end."""
    shown = b""
    try:
        while True:
            shown += os.read(ours, 1 << 16)
    except OSError:
        os.close(ours)
        return shown.decode()


def test_a_terminal_shows_how_far_it_is(namespace, tmp_path):
    ours, theirs = pty.openpty()
    with FakeRedis(namespace.redis.address) as slow:
        slow.misbehave(lambda call, reply: time.sleep(0.002) or reply)
        process = start("publish", write_folder(tmp_path / "set", policies(300)), "--redis", slow.url(namespace.name),
                        stderr=theirs)
        done = finish(process)
    os.close(theirs)
    shown = read_terminal(ours)
    assert done.returncode == 0 and done.stdout.startswith("release 1: ")
    assert re.search(r"\rwriting pieces  \[#+-+\]  \d+/\d+", shown), shown
    assert shown.endswith("\r\x1b[K")  # the line is taken away


# numbers

def test_expect_is_the_release_that_must_be_in_force(namespace):
    assert namespace.publish(SET, "--expect", "1").returncode == 1
    assert namespace.publish(SET, "--expect", "0", "--author", "ann").returncode == 0
    before = namespace.state()
    refused = namespace.publish(changed(3, priority=7), "--expect", "0")
    assert refused.returncode == 1
    assert re.search(r"release 1 by ann \(\S+Z\) is in force, not 0; look at it, then try again with --expect 1",
                     refused.stderr)
    assert namespace.state() == before
    assert namespace.publish(changed(3, priority=7), "--expect", "1").returncode == 0


def test_after_a_loss_of_data_the_number_can_be_given(namespace):
    assert namespace.published(SET, "--release", "43") == 43
    assert namespace.published(SET, "--release", "50") == 50  # also of the same content
    refused = namespace.publish(changed(3, priority=7), "--release", "50")
    assert refused.returncode == 1 and "50 is there already" in refused.stderr
    assert namespace.published(changed(3, priority=7)) == 51


def test_a_lost_root_does_not_bring_old_numbers_back(namespace):
    namespace.published(SET, "--release", "43")
    namespace.client.call("DEL", namespace.key("root"))
    assert namespace.published(SET) == 44


def test_the_last_number_is_2_to_the_53_minus_1(namespace):
    assert namespace.published(SET, "--release", 2**53 - 1) == 2**53 - 1
    refused = namespace.publish(changed(3, priority=7))
    assert refused.returncode == 1 and "no number above" in refused.stderr
    assert namespace.publish(SET, "--release", 2**53).returncode == 2


# what is refused

@pytest.fixture
def settled(namespace):
    """A namespace with a release; whatever the test does leaves it so."""
    namespace.published(SET)
    before = namespace.state()
    yield namespace
    assert namespace.state() == before


def test_a_bad_set_is_refused_with_every_problem_on_its_line(settled):
    bad = {**SET, "p-1.json": policy(1, priority=1.5, color="red"), "p-2.json": b"{"}
    done = settled.publish(bad)
    assert done.returncode == 1 and done.stdout == ""
    assert [line.split(": ")[:2] for line in sorted(done.stderr.splitlines())] == [
        ["p-1.json", "/color"], ["p-1.json", "/priority"], ["p-2.json", "(document)"],
        ["promoctl publish", "3 problems; nothing was published"]]


def test_a_folder_that_is_not_there_is_refused(settled):
    done = settled.promoctl("publish", "/does/not/exist")
    assert done.returncode == 1 and "No such file" in done.stderr


def test_an_empty_set_is_refused(settled):
    done = settled.publish({})
    assert done.returncode == 1 and "has no policy" in done.stderr and "--accept-drop" in done.stderr


def test_a_set_that_needs_too_many_candidates_is_refused(settled):
    done = settled.publish(policies(14, scope={"type": "all"}), "--max-candidates", "5")
    assert done.returncode == 1 and "candidates" in done.stderr


def test_a_set_with_fewer_than_half_of_the_policies_is_refused(settled):
    done = settled.publish(policies(6))
    assert done.returncode == 1 and "6 policies, 14 are in force" in done.stderr


def test_half_of_the_policies_may_go(namespace):
    namespace.published(SET)
    assert namespace.published(policies(7)) == 2
    assert "forced" not in namespace.root()


def test_how_many_may_go_can_be_said(namespace):
    namespace.published(SET)
    assert namespace.publish(policies(12), "--max-drop-bp", "1000").returncode == 1
    assert namespace.publish(policies(13), "--max-drop-bp", "1000").returncode == 0


@pytest.mark.parametrize("documents", [{}, policies(1)], ids=["empty", "one"])
def test_a_drop_that_is_accepted_is_marked_in_the_root(namespace, documents):
    namespace.published(SET)
    namespace.published(documents, "--accept-drop")
    assert namespace.root()["forced"] is True
    assert namespace.release()[1] == encoded(documents)


@pytest.mark.parametrize("options", [
    ["--author", "a" * 65], ["--author", "a\nb"], ["--note", "n" * 257], ["--note", "\x1b[2J"], ["--expect", "-1"],
    ["--expect", "1x"], ["--release", "0"], ["--replicas", "0"], ["--timeout", "9"], ["--max-drop-bp", "10001"],
    ["--gateways", "0"], ["--unknown"], ["more"]], ids=lambda options: " ".join(options)[:16])
def test_wrong_usage_is_told_apart(settled, options):
    assert settled.publish(changed(1, priority=1), *options).returncode == 2


@pytest.mark.parametrize("url", ["", "http://127.0.0.1/", "redis://127.0.0.1:0/", "redis://127.0.0.1/0?namespace=A",
                                 "redis://secret@@/"])
def test_a_wrong_url_is_wrong_usage_and_not_repeated(url, tmp_path):
    done = run("publish", tmp_path, "--redis", url)
    assert done.returncode == 2
    assert "secret" not in done.stderr


def test_without_a_url_it_says_so(tmp_path):
    done = run("publish", tmp_path, environment={"PROMOGATE_REDIS": "redis://"})
    assert done.returncode == 2
    done = run("publish", tmp_path)
    assert done.returncode == 2 and "--redis URL is missing" in done.stderr


@pytest.mark.parametrize("author,note", [("a" * 64, "n" * 256), ('"' * 64, "\\" * 256), ("é" * 32, "午" * 85)])
def test_the_longest_author_and_note_fit_a_record(namespace, author, note):
    namespace.published(SET, "--author", author, "--note", note, "--release", 2**53 - 1, "--accept-drop")
    (record,) = namespace.client.call("LRANGE", namespace.key("releases"), 0, -1)
    assert len(record) <= 1024
    (shown,) = json.loads(namespace.promoctl("releases", "--json").stdout)["releases"]
    assert (shown["author"], shown["note"]) == (author, note)


def test_a_root_of_another_format_stops_everything(namespace):
    namespace.client.call("SET", namespace.key("root"), b'{"format":2}')
    for command in [["publish"], ["releases"], ["gc"]]:
        folder = ["/dev/null"] if command == ["publish"] else []
        done = namespace.publish(SET) if folder else namespace.promoctl(*command)
        assert done.returncode == 1 and "root has a format that this program does not know" in done.stderr
