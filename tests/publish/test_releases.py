"""promoctl releases, show, diff, rollback and export: what operators see of the releases, and how they go back."""

import hashlib
import json
import re

import pytest

from namespace import encoded, policies, policy, write_folder

SET = {**policies(14), "settings.json": {"max_offers": 8}}


def changed(number, **members):
    return {**SET, f"p-{number}.json": policy(number, **members)}


@pytest.fixture
def two(namespace):
    """Release 1 is SET by ann, release 2 has p-3 changed and is in force."""
    namespace.published(SET, "--author", "ann", "--note", "first")
    namespace.published(changed(3, priority=7), "--author", "bob")
    return namespace


def differences(namespace, before, after):
    done = namespace.promoctl("diff", before, after, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)["differences"]


def changes_of(namespace, before, after):
    """Of the one policy that differs between two documents."""
    namespace.published({**SET, "it.json": before})
    namespace.published({**SET, "it.json": after})
    (difference,) = differences(namespace, 1, 2)
    return difference["changes"]


# releases, show

def test_releases_come_newest_first_with_who_and_why(two):
    rows = two.promoctl("releases").stdout.splitlines()
    assert re.fullmatch(r" +2  \S+T\S+Z +14 +\d+  bob +\(in force\)", rows[1]), rows
    assert re.fullmatch(r" +1  \S+T\S+Z +14 +\d+  ann +first", rows[2]), rows


def test_releases_as_json(two):
    table = json.loads(two.promoctl("releases", "--json").stdout)
    assert table["in_force"] == 2
    assert [(row["release"], row["author"], row["note"], row["in_force"], row["rollback_of"], row["forced"])
            for row in table["releases"]] == [(2, "bob", "", True, None, False), (1, "ann", "first", False, None, False)]


def test_an_empty_namespace_has_no_release(namespace):
    done = namespace.promoctl("releases")
    assert (done.returncode, done.stdout) == (0, "no release\n")
    assert json.loads(namespace.promoctl("releases", "--json").stdout) == {"in_force": 0, "releases": []}
    assert namespace.promoctl("show", "current").returncode == 1


def test_a_record_that_cannot_be_read_hides_no_other(two):
    two.client.call("LPUSH", two.key("releases"), b'{"root":{},"author":"\\u001b","note":1}')
    done = two.promoctl("releases")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3
    assert "1 records are left out" in done.stderr


def test_show_names_every_document_with_length_and_digest(two):
    shown = json.loads(two.promoctl("show", "2", "--json").stdout)
    assert shown["facts"]["release"] == 2 and shown["facts"]["in_force"] is True
    documents = encoded(changed(3, priority=7))
    assert [(row["name"], row["bytes"]) for row in shown["documents"]] == [
        (name, len(documents[name])) for name in sorted(documents)]
    digests = {row["name"]: row["digest"] for row in shown["documents"]}
    for name, content in documents.items():  # all are short: one piece of data
        assert digests[name] == hashlib.blake2b(b"D" + content, digest_size=16).hexdigest()
    assert two.promoctl("show", "current", "--json").stdout == two.promoctl("show", "2", "--json").stdout
    assert "p-3.json" in two.promoctl("show", "1").stdout


@pytest.mark.parametrize("command", [["show", "9"], ["diff", "1", "9"], ["rollback", "9"], ["export", "9", "x"]])
def test_a_release_that_is_not_there_is_refused(two, command):
    done = two.promoctl(*command)
    assert done.returncode == 1 and "release 9 is not there" in done.stderr


@pytest.mark.parametrize("command", [["show"], ["show", "x"], ["show", "0"], ["diff", "1"], ["rollback", "current"],
                                     ["rollback", "1", "2"], ["export", "1"], ["releases", "1"], ["gc", "1"]],
                         ids=" ".join)
def test_wrong_usage_is_told_apart(two, command):
    assert two.promoctl(*command).returncode == 2


@pytest.mark.parametrize("command", ["publish", "releases", "show", "diff", "rollback", "export", "gc"])
def test_every_command_explains_itself(namespace, command):
    done = namespace.promoctl(command, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: promoctl {command} ")
    assert all(len(line) <= 120 for line in done.stdout.splitlines())


# diff

def test_diff_tells_policies_added_removed_and_changed(namespace):
    namespace.published(SET)
    namespace.published({**changed(3, priority=7), "p-99.json": policy(99), "p-5.json": policy(55)})
    done = namespace.promoctl("diff", "1", "2")
    assert done.stdout.splitlines() == [
        "~ p-3 (p-3.json)", "    /priority: added 7", "- p-5 (p-5.json)", "+ p-55 (p-5.json)", "+ p-99 (p-99.json)",
        "2 policies added, 1 removed, 1 changed, 0 renamed"]
    assert [(row["kind"], row["id"]) for row in differences(namespace, 2, 1)] == [
        ("changed", "p-3"), ("added", "p-5"), ("removed", "p-55"), ("removed", "p-99")]


def test_nothing_differs_between_a_release_and_itself(two):
    assert two.promoctl("diff", "1", "1").stdout == "0 policies added, 0 removed, 0 changed, 0 renamed\n"


def test_a_file_that_is_renamed_is_no_change(namespace):
    namespace.published(SET)
    renamed = {("z.json" if name == "p-3.json" else name): document for name, document in SET.items()}
    namespace.published(renamed)
    assert namespace.promoctl("diff", "1", "2").stdout.splitlines()[0] == "= p-3 (p-3.json -> z.json)"


def test_areas_are_told_as_sets(namespace):
    before = policy(50, scope={"type": "aoi", "aois": [f"B-{i}" for i in range(10)]})
    after = policy(50, scope={"type": "aoi", "aois": [f"B-{i}" for i in reversed(range(9))] +
                              [f"C-{i}" for i in range(7)]})
    assert changes_of(namespace, before, after) == [
        {"pointer": "/scope/aois", "added": 7, "removed": 1, "added_first": [f"C-{i}" for i in range(5)],
         "removed_first": ["B-9"]}]
    assert '    /scope/aois: +7 -1: +["C-0","C-1","C-2","C-3","C-4"] and more -["B-9"]\n' in \
        namespace.promoctl("diff", "1", "2").stdout


def test_areas_in_another_order_are_told_so(namespace):
    before = policy(50, scope={"type": "aoi", "aois": ["A", "B"]})
    after = policy(50, scope={"type": "aoi", "aois": ["B", "A"]})
    assert changes_of(namespace, before, after) == [{"pointer": "/scope/aois", "reordered": True}]


@pytest.mark.parametrize("before,after", [(10**12, 10**12 - 1), (1, 0)])
def test_amounts_are_told_to_the_last_digit(namespace, before, after):
    offer = {"coupon": "C", "kind": "fixed_price"}
    assert changes_of(namespace, policy(50, offer={**offer, "price": before}),
                      policy(50, offer={**offer, "price": after})) == [
        {"pointer": "/offer/price", "from": before, "to": after}]


def test_integers_up_to_2_to_the_53_are_told_to_the_last_digit(namespace):
    def with_value(value):
        return policy(50, conditions=[{"attr": "n", "op": "eq", "value": value}])
    done = changes_of(namespace, with_value(2**53), with_value(-2**53 + 1))
    assert done == [{"pointer": "/conditions/0/value", "from": 2**53, "to": -2**53 + 1}]
    assert "/conditions/0/value: 9007199254740992 -> -9007199254740991\n" in namespace.promoctl("diff", 1, 2).stdout


def test_places_are_told_as_json_pointers(namespace):
    before = policy(50, conditions=[{"attr": "a/b~c", "op": "in", "value": ["x", "y"]}], name="旧")
    after = policy(50, conditions=[{"attr": "a/b~c", "op": "in", "value": ["y", "z"]},
                                   {"attr": "d", "op": "exists", "value": True}])
    assert changes_of(namespace, before, after) == [
        {"pointer": "/conditions/0/value", "added": 1, "removed": 1, "added_first": ["z"], "removed_first": ["x"]},
        {"pointer": "/conditions/1", "to": {"attr": "d", "op": "exists", "value": True}},
        {"pointer": "/name", "from": "旧"}]


def test_white_space_is_told_apart(namespace):
    text = json.dumps(policy(50)).encode()
    assert changes_of(namespace, text, text + b"\n") == []
    assert "    only white space, or the order of members\n" in namespace.promoctl("diff", "1", "2").stdout


def test_settings_are_compared_too(namespace):
    namespace.published(SET)
    namespace.published({**SET, "settings.json": {"max_offers": 9}})
    assert namespace.promoctl("diff", "1", "2").stdout == (
        "~ settings.json\n    /max_offers: 8 -> 9\n"
        "0 policies added, 0 removed, 0 changed, 0 renamed; settings.json differs\n")
    namespace.published({name: document for name, document in SET.items() if name != "settings.json"})
    assert [row["kind"] for row in differences(namespace, 2, 3)] == ["removed"]


def test_long_values_are_shortened_for_people_only(namespace):
    value = ["é" * 100 + str(i) for i in range(1)]
    before = policy(50, conditions=[{"attr": "a", "op": "eq", "value": "x"}])
    after = policy(50, conditions=[{"attr": "a", "op": "eq", "value": value[0]}])
    assert changes_of(namespace, before, after)[0]["to"] == value[0]
    assert "... (204 bytes)" in namespace.promoctl("diff", "1", "2").stdout or "é" * 78 in \
        namespace.promoctl("diff", "1", "2").stdout


def test_only_what_differs_is_fetched(namespace):
    namespace.published(SET)
    namespace.published(changed(3, priority=7))
    digest = hashlib.blake2b(b"D" + encoded(SET)["p-9.json"], digest_size=16).hexdigest()
    namespace.client.call("DEL", namespace.key(f"piece:{digest}"))
    assert len(differences(namespace, 1, 2)) == 1


# rollback

def test_a_rollback_is_a_new_release_with_the_old_content(two):
    pieces = two.piece_keys()
    done = two.promoctl("rollback", "1", "--author", "eve", "--note", "because")
    assert (done.returncode, done.stdout) == (0, "release 3: the content of release 1, 14 policies\n")
    root, documents = two.release()
    assert documents == encoded(SET)
    assert (root["release"], root["rollback_of"]) == (3, 1)
    assert two.records()[0] == {"root": root, "author": "eve", "note": "because"}
    assert two.piece_keys() == pieces
    assert "because; rollback of 1 (in force)" in two.promoctl("releases").stdout


def test_a_rollback_of_a_rollback_names_what_was_asked_for(two):
    assert two.promoctl("rollback", "1").returncode == 0
    assert two.promoctl("rollback", "2").returncode == 0
    assert two.promoctl("rollback", "3").returncode == 0
    root, documents = two.release()
    assert (root["release"], root["rollback_of"]) == (5, 3)
    assert documents == encoded(SET)


def test_a_rollback_to_what_is_in_force_is_no_new_release(two):
    before = two.state()
    done = two.promoctl("rollback", "2")
    assert (done.returncode, done.stdout) == (0, "release 2 has the content of release 2 already: no new release\n")
    assert two.state() == before


def test_a_rollback_holds_expect_too(two):
    before = two.state()
    done = two.promoctl("rollback", "1", "--expect", "1")
    assert done.returncode == 1 and "release 2 by bob" in done.stderr
    assert two.state() == before


def test_a_rollback_with_a_piece_missing_is_refused(two):
    digest = hashlib.blake2b(b"D" + encoded(SET)["p-3.json"], digest_size=16).hexdigest()
    two.client.call("DEL", two.key(f"piece:{digest}"))
    before = two.state()
    done = two.promoctl("rollback", "1")
    assert done.returncode == 1 and re.search(r"release 1 cannot come back: 1 of its \d+ pieces are missing", done.stderr)
    assert two.state() == before


def test_a_rollback_keeps_what_was_about_to_expire(two):
    for key in two.piece_keys():
        two.client.call("EXPIRE", key, 1000)
    assert two.promoctl("rollback", "1").returncode == 0
    needed = {two.key(f"piece:{name.hex()}").encode() for name in two.documents(two.root())[1]}
    assert {two.ttls()[name] for name in needed} == {-1}


def test_a_rollback_to_far_fewer_policies_must_be_accepted(namespace):
    namespace.published(policies(3))
    namespace.published(SET)
    before = namespace.state()
    done = namespace.promoctl("rollback", "1")
    assert done.returncode == 1 and "3 policies, 14 are in force" in done.stderr
    assert namespace.state() == before
    assert namespace.promoctl("rollback", "1", "--accept-drop").returncode == 0
    assert namespace.root()["forced"] is True


# export

@pytest.mark.parametrize("release,expected", [("1", SET), ("2", changed(3, priority=7)),
                                              ("current", changed(3, priority=7))], ids=["1", "2", "current"])
def test_an_export_is_the_folder_byte_for_byte(two, tmp_path, release, expected):
    folder = tmp_path / "out"
    done = two.promoctl("export", release, folder)
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == encoded(expected)


def test_what_was_exported_is_the_same_content(two, tmp_path):
    assert two.promoctl("export", "current", tmp_path / "out").returncode == 0
    assert "no new release" in two.promoctl("publish", tmp_path / "out").stdout


def test_an_export_needs_an_empty_folder(two, tmp_path):
    folder = write_folder(tmp_path / "out", {"mine.json": b"1"})
    done = two.promoctl("export", "1", folder)
    assert done.returncode == 1 and "is not empty" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["mine.json"]
    (tmp_path / "empty").mkdir()
    assert two.promoctl("export", "1", tmp_path / "empty").returncode == 0


def test_an_export_that_fails_leaves_nothing(two, tmp_path):
    digest = hashlib.blake2b(b"D" + encoded(SET)["p-9.json"], digest_size=16).hexdigest()
    two.client.call("DEL", two.key(f"piece:{digest}"))
    done = two.promoctl("export", "1", tmp_path / "out")
    assert done.returncode == 1 and f"piece {digest} is missing" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_piece_that_was_changed_is_never_taken(two, tmp_path):
    digest = hashlib.blake2b(b"D" + encoded(SET)["p-9.json"], digest_size=16).hexdigest()
    two.client.call("SET", two.key(f"piece:{digest}"), b"D{}")
    done = two.promoctl("export", "1", tmp_path / "out")
    assert done.returncode == 1 and f"piece {digest} has another content than its name says" in done.stderr
    assert not (tmp_path / "out").exists()
