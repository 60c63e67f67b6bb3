"""A publisher that is killed at any moment leaves the old release or the new one, whole, and in nobody's way."""

import random
import time

from namespace import encoded, finish, policies, policy, run, start, write_folder

KILLS = 200
WARM_UPS = 5


def numbered(number):
    """Half of it changes with the number."""
    return {**policies(30), **{f"v-{i}.json": policy(f"v-{i}", priority=number, scope={
        "type": "aoi", "aois": [f"{number}-{i}-{code}" for code in range(40)]}) for i in range(30)}}


def published_in_s(namespace, tmp_path, number):
    folder = write_folder(tmp_path / "set", numbered(number))
    started = time.monotonic()
    assert run("publish", folder, "--redis", namespace.url).returncode == 0
    return time.monotonic() - started


def test_killed_at_200_random_points_it_leaves_the_old_release_or_the_new_one(namespace, tmp_path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    choose = random.Random(seed)
    duration_s = min(published_in_s(namespace, tmp_path, number) for number in range(WARM_UPS))
    in_force, release, finished = WARM_UPS - 1, WARM_UPS, 0
    for number in range(WARM_UPS, KILLS + WARM_UPS):
        process = start("publish", write_folder(tmp_path / "set", numbered(number)), "--redis", namespace.url)
        time.sleep(choose.uniform(0, duration_s))
        process.kill()
        finish(process)
        root, documents = namespace.release()
        assert root["release"] in (release, release + 1)
        if root["release"] > release:
            in_force, release, finished = number, release + 1, finished + 1
        assert documents == encoded(numbered(in_force)), f"after kill {number}"
        assert namespace.records()[0]["root"] == root
    print(f"{finished} of {KILLS} were finished")
    assert 0 < finished < KILLS, "all kills were on one side of the swap: the test has proven nothing"
    assert run("publish", write_folder(tmp_path / "set", numbered(0)), "--redis", namespace.url).returncode == 0
    assert namespace.release()[1] == encoded(numbered(0))
