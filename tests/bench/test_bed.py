"""The bed of the load-test standard: it finds machines of many kinds, and runs on each."""

import os

import bed
import pytest


@pytest.fixture
def autogroup(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "setpriority", lambda *_: None)
    monkeypatch.setattr(bed, "AUTOGROUP", tmp_path / "autogroup")
    monkeypatch.setattr(bed.atexit, "register", lambda *_: None)
    return tmp_path / "autogroup"


def test_a_session_of_its_own_group_raises_the_groups_weight(autogroup):
    autogroup.write_text("/autogroup-37 nice 0\n")
    assert bed.raise_priority()
    assert autogroup.read_text() == str(bed.PRIORITY)


def test_a_process_in_no_group_raises_its_own_only(autogroup):
    autogroup.write_text("")
    assert bed.raise_priority()
    assert autogroup.read_text() == ""


def test_a_kernel_without_groups_is_no_obstacle(autogroup):
    assert bed.raise_priority()
    assert not autogroup.exists()
