"""Two publishers at once: one wins, the other is told by whom it lost, and the release in force is whole."""

import re

from namespace import encoded, finish, policies, policy, start, write_folder

ROUNDS = 200
BASE = policies(60)


def test_of_two_publishers_one_wins_and_the_other_is_told(namespace, tmp_path):
    namespace.published(BASE)
    lost_late = 0
    for number in range(1, ROUNDS + 1):
        sets = {name: {**BASE, f"{name}.json": policy(name, priority=number)} for name in ("ann", "bob")}
        folders = {name: write_folder(tmp_path / name, documents) for name, documents in sets.items()}
        racers = {name: start("publish", folder, "--redis", namespace.url, "--author", name, "--expect", number)
                  for name, folder in folders.items()}
        done = {name: finish(process) for name, process in racers.items()}
        assert sorted(process.returncode for process in done.values()) == [0, 1], done
        (winner,) = [name for name, process in done.items() if process.returncode == 0]
        (loser,) = set(done) - {winner}
        told = done[loser].stderr
        assert re.search(rf"release {number + 1} by {winner} \(\S+Z\) (was published meanwhile|is in force, not {number})"
                         rf"; look at it, then (publish|try) again with --expect {number + 1}\n", told), told
        lost_late += "meanwhile" in told
        root, documents = namespace.release()
        assert root["release"] == number + 1 and documents == encoded(sets[winner])
    assert [record["root"]["release"] for record in namespace.records()] == list(range(ROUNDS + 1, ROUNDS - 49, -1))
    assert lost_late > 0, "no two publishers ever met at the swap: the test has proven nothing"
    print(f"{lost_late} of {ROUNDS} rounds were decided by the swap")


def test_publishers_that_expect_nothing_get_numbers_of_their_own(namespace, tmp_path):
    namespace.published(policies(5))
    published = 1
    for number in range(20):
        racers = [start("publish", write_folder(tmp_path / name, {**policies(5), "x.json": policy(name, priority=number)}),
                        "--redis", namespace.url) for name in ("ann", "bob", "eve")]
        published += sum(finish(process).returncode == 0 for process in racers)
        assert namespace.release()[0]["release"] == published
    assert [record["root"]["release"] for record in namespace.records()][-1:] >= [1]
