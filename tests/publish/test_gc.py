"""promoctl gc: what no release needs gets an end, what one needs never does, whoever publishes meanwhile."""

import random
import threading

from namespace import Namespace, encoded, finish, policies, policy, start, write_folder

WEEK_S = 7 * 24 * 3600
RELEASES_MAX = 50


def numbered(number):
    return {"p.json": policy(1, priority=number), "q.json": policy(2)}


def needed(namespace):
    """Keys of the pieces of all releases that Redis knows."""
    roots = [record["root"] for record in namespace.records()] + [namespace.root()]
    return {namespace.key(f"piece:{name.hex()}").encode() for root in roots for name in namespace.documents(root)[1]}


def test_pieces_that_no_release_needs_go_in_a_week(namespace):
    for number in range(RELEASES_MAX + 3):
        namespace.published(numbered(number))
    keep = needed(namespace)
    done = namespace.promoctl("gc")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"50 releases need {len(keep)} pieces; 6 others: 6 got an end in 7 days, 0 had one\n")
    ttls = namespace.ttls()
    assert {ttls[key] for key in keep} == {-1}
    assert all(WEEK_S - 60 < ttls[key] <= WEEK_S for key in set(ttls) - keep)


def test_a_second_run_leaves_the_end_as_it_is(namespace):
    for number in range(RELEASES_MAX + 1):
        namespace.published(numbered(number))
    namespace.promoctl("gc")
    key = sorted(key for key, ttl in namespace.ttls().items() if ttl != -1)[0]
    namespace.client.call("EXPIRE", key, 1000)
    assert "2 others: 0 got an end in 7 days, 2 had one" in namespace.promoctl("gc").stdout
    assert namespace.client.call("TTL", key) <= 1000


def test_a_dry_run_changes_nothing(namespace):
    for number in range(RELEASES_MAX + 2):
        namespace.published(numbered(number))
    before = namespace.ttls()
    done = namespace.promoctl("gc", "--dry-run")
    assert "4 others: 4 would get an end in 7 days" in done.stdout
    assert namespace.ttls() == before


def test_needed_pieces_lose_an_end_that_something_gave_them(namespace):
    namespace.published(policies(20))
    for key in namespace.piece_keys():
        namespace.client.call("EXPIRE", key, 1000)
    assert "are needed again and lost their end" in namespace.promoctl("gc").stdout
    assert set(namespace.ttls().values()) == {-1}


def test_large_documents_are_kept_to_the_last_leaf(namespace):
    codes = [f"310115-{i:06}" for i in range(60000)]
    namespace.published({"long.json": policy(1, scope={"type": "aoi", "aois": codes})})
    namespace.client.call("SET", namespace.key("piece:" + "0" * 32), b"Dx")
    done = namespace.promoctl("gc")
    assert "1 others: 1 got an end" in done.stdout
    assert [key for key, ttl in namespace.ttls().items() if ttl != -1] == [
        namespace.key("piece:" + "0" * 32).encode()]


def test_keys_that_are_no_pieces_are_left_alone(namespace):
    namespace.published(policies(3))
    for name in ["piece:xyz", "piece:" + "G" * 32, "other"]:
        namespace.client.call("SET", namespace.key(name), b"1")
    done = namespace.promoctl("gc")
    assert done.returncode == 0 and "2 keys look like pieces' and are none" in done.stderr
    assert [namespace.client.call("TTL", namespace.key(name)) for name in ["piece:xyz", "other"]] == [-1, -1]


def test_an_incomplete_old_release_is_told_and_stops_nothing(namespace):
    namespace.published(policies(2000))
    manifest = namespace.root()["manifest"]
    namespace.published(policies(1999))
    namespace.client.call("DEL", namespace.key(f"piece:{manifest}"))
    done = namespace.promoctl("gc")
    assert done.returncode == 0 and f"release 1 is not complete: piece {manifest} is missing" in done.stderr


def test_a_record_that_cannot_be_read_stops_it(namespace):
    namespace.published(policies(3))
    namespace.client.call("RPUSH", namespace.key("releases"), b'{"root":{"format":2},"author":"","note":""}')
    namespace.client.call("SET", namespace.key("piece:" + "0" * 32), b"Dx")
    done = namespace.promoctl("gc")
    assert done.returncode == 1 and "what that release needs is unknown" in done.stderr
    assert set(namespace.ttls().values()) == {-1}


def kill_a_publish(namespace, folder):
    """False when we were too slow: it was done before it could be killed."""
    process = start("publish", folder, "--redis", namespace.url)
    namespace.wait_for_pieces(100)
    process.kill()
    finish(process)
    return namespace.root() is None


def test_an_unfinished_publish_is_collected(redis, tmp_path):
    with redis.client() as client:
        for count in (3000, 9000, 27000):
            namespace = Namespace(redis, client, f"unfinished-{count}")
            if kill_a_publish(namespace, write_folder(tmp_path / str(count), policies(count))):
                break
        check_orphans(namespace)


def check_orphans(namespace):
    assert namespace.root() is None, "every publish was done before it could be killed"
    orphans = len(namespace.piece_keys())
    assert f"0 releases need 0 pieces; {orphans} others: {orphans} got an end" in namespace.promoctl("gc").stdout


def test_every_piece_of_a_release_survives_gc_during_publishes(namespace, tmp_path):
    """Contents come back from beyond the list, so that publishers reuse what gc is just giving an end."""
    folders = [write_folder(tmp_path / str(number), numbered(number)) for number in range(RELEASES_MAX + 20)]
    for folder in folders:
        assert namespace.promoctl("publish", folder).returncode == 0
    seed = random.randrange(1 << 32)
    print("seed", seed)
    choose, is_over, failures = random.Random(seed), threading.Event(), []

    def collect():
        while not is_over.is_set():
            done = namespace.promoctl("gc")
            if done.returncode != 0 or done.stderr:
                failures.append(done)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        for _ in range(300):
            number = choose.randrange(len(folders))
            done = namespace.promoctl("publish", folders[number])
            assert done.returncode == 0, done.stderr
            assert namespace.release()[1] == encoded(numbered(number))
    finally:
        is_over.set()
        collector.join()
    assert failures == []
    ttls = namespace.ttls()
    assert {ttls[key] for key in needed(namespace)} == {-1}
    assert set(ttls.values()) != {-1}, "nothing was collected: the test has proven nothing"
