"""The example in cache/README.md is a release: a reader written from that page reads it, and sees every change to it."""

import ast
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

import layout  # noqa: E402

PAGE = (ROOT / "cache/README.md").read_text()


def example():
    lines = re.search(r"<!-- example -->\n```\n(.*?)```", PAGE, re.S)[1].splitlines()
    pairs = (line.split(" ", 1) for line in lines)
    return {key: ast.literal_eval("b" + value) for key, value in pairs}


def test_the_example_is_a_release_of_two_documents():
    reader = layout.Reader(example().get, "demo")
    root = layout.read_root(reader.value("root"))
    documents = reader.release(root)
    assert root["release"] == 1 and sorted(documents) == ["a.json", "b.json"]
    assert documents["b.json"].startswith(b'{"id":"b",') and documents["b.json"].endswith(b"}}\n")
    assert reader.keys == set(example())


def test_every_changed_byte_of_a_piece_is_seen():
    for key, value in example().items():
        for at in range(len(value) if ":piece:" in key else 0):
            changed = {**example(), key: value[:at] + bytes([value[at] ^ 1]) + value[at + 1:]}
            with pytest.raises(layout.Broken):
                layout.read_release(changed.get, "demo")


def test_a_missing_piece_is_seen():
    for key in example():
        with pytest.raises(layout.Broken):
            layout.read_release({other: value for other, value in example().items() if other != key}.get, "demo")


def test_every_file_of_the_folder_has_its_place_in_the_guide():
    guide = set(re.findall(r"`(\w+)`", PAGE[PAGE.index("## Reading the folder"):]))
    assert not {path.stem for path in (ROOT / "cache").glob("*.h")} - guide


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    named = re.findall(r"`((?:policy|cache|degrade|publish|service|tests|deploy)/[\w./-]+\.\w+)`", PAGE)
    anchors = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"(?m)^#+ (.*)$", PAGE)}
    assert named and not [name for name in links if not (ROOT / "cache" / name).exists()]
    assert not [name for name in named if not (ROOT / name).exists()]
    assert not [name for name in re.findall(r"\]\(#([^)]+)\)", PAGE) if name not in anchors]
