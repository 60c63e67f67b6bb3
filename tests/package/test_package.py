"""The Debian package installs, starts, upgrades, removes and purges cleanly: in a root of its own, which is thrown away."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from gateway import BUILD
from packing import TOOLS, pack
from redis_gateway import IS_SANITIZED

LIFE = pathlib.Path(__file__).parent / "life.py"
VERSIONS = ("0.1.0", "0.1.1")

pytestmark = [
    pytest.mark.skipif(IS_SANITIZED, reason="nobody ships a sanitizer's build"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The package, and one of the same files with a higher version."""
    folder = tmp_path_factory.mktemp("packages")
    made = [pack(version, folder / version) for version in VERSIONS]
    yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def life(packages, tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("only root may install a package")
    if not all(map(shutil.which, ("unshare", "chroot", "adduser"))):
        pytest.skip("needs unshare, chroot and what the package depends on, adduser")
    ran = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", sys.executable, LIFE,
                          tmp_path_factory.mktemp("life"), *packages], capture_output=True, text=True, timeout=240)
    if "unshare failed" in ran.stderr or ran.stderr.startswith('{"refused"'):
        pytest.skip(f"no throw-away root here: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def field(package, name):
    return subprocess.run(["dpkg-deb", "--field", package, name], check=True, capture_output=True, text=True).stdout.strip()


# what it holds

def test_it_holds_programs_unit_configuration_manual_completion_demo_and_documents(packages):
    listed = subprocess.run(["dpkg-deb", "--contents", packages[0]], check=True, capture_output=True, text=True).stdout
    files = {line.split()[-1].removeprefix("./") for line in listed.splitlines()}
    assert {"usr/bin/promogate", "usr/bin/promoctl", "usr/lib/systemd/system/promogate.service",
            "etc/promogate/promogate.conf", "usr/share/man/man8/promogate.8.gz", "usr/share/man/man1/promoctl.1.gz",
            "usr/share/man/man5/promogate.conf.5.gz", "usr/share/bash-completion/completions/promoctl",
            "usr/share/promogate/demo/policies/aoi-0212-01.json", "usr/share/doc/promogate/copyright",
            "usr/share/doc/promogate/changelog.gz", "usr/share/doc/promogate/README.md"} <= files
    assert all(" root/root " in line for line in listed.splitlines())


def test_it_depends_on_the_libraries_that_its_programs_load_and_on_what_its_scripts_call(packages):
    depends = re.findall(r"[\w.+-]+", re.sub(r"\([^)]*\)", "", field(packages[0], "Depends")))
    assert {"libc6", "libsystemd0", "adduser", "procps"} <= set(depends)
    assert [name for name in depends if name.startswith("libmicrohttpd")]


def test_the_configuration_is_a_conffile_and_the_demo_it_names_is_in_the_package(packages, tmp_path):
    subprocess.run(["dpkg-deb", "--raw-extract", packages[0], tmp_path], check=True)
    assert (tmp_path / "DEBIAN/conffiles").read_text().split() == ["/etc/promogate/promogate.conf"]
    source = re.search(r'(?m)^source = "file:/(.*)";$', (tmp_path / "etc/promogate/promogate.conf").read_text())[1]
    assert len(list((tmp_path / source).glob("aoi-*.json"))) == 14


def test_an_installation_without_a_package_has_the_same_files(tmp_path):
    subprocess.run(["cmake", "--install", BUILD, "--prefix", tmp_path / "usr"], check=True, capture_output=True)
    for name in ("bin/promogate", "bin/promoctl", "lib/systemd/system/promogate.service", "share/man/man8/promogate.8",
                 "share/promogate/demo/policies/settings.json", "etc/promogate/promogate.conf"):
        assert (tmp_path / "usr" / name).is_file(), name


@pytest.mark.skipif(shutil.which("lintian") is None, reason="needs lintian")
def test_lintian_finds_no_error(packages):
    ran = subprocess.run(["lintian", "--fail-on", "error", packages[0]], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


# its life, where no systemd runs

def test_a_fresh_installation_answers_as_the_units_user(life):
    facts = life["installed"]
    assert (facts["livez"], facts["status"], facts["exit"], facts["is_root"]) == (200, 200, 0, False)
    assert not facts["decision"]["degraded"] and facts["decision"]["offers"][0]["policy"].startswith("aoi-0212-")


def test_a_fresh_installation_is_enabled_and_keeps_secrets_to_its_group(life):
    assert life["installed"]["is_enabled"] and life["installed"]["user"]
    assert life["installed"]["secrets"] == ["0o750", 0, "promogate"]


def test_it_keeps_its_state_where_the_unit_promises_it(life):
    assert [name for name in life["installed"]["state"] if name.endswith(".state")]


def test_an_upgrade_keeps_the_edited_configuration_in_force(life):
    facts = life["upgraded"]
    assert facts["is_kept"] and facts["is_enabled"] and facts["livez"] == 200
    assert facts["decision"]["degraded"] and facts["decision"]["cause"] == "switch"


def test_removing_takes_the_programs_and_keeps_configuration_state_and_user(life):
    removed = dict(life["removed"])
    removed.pop("is_enabled")
    assert removed == {"program": False, "configuration": True, "state": True, "user": True}


def test_purging_leaves_nothing(life):
    assert life["purged"] == {"files": [], "has_other_accounts": False}


# what its scripts ask of a systemd

def test_systemd_starts_it_once_restarts_it_with_an_upgrade_and_stops_it_before_it_goes(life):
    reload = "systemctl --system daemon-reload"
    told = {step: [line for line in lines if " preset " not in line] for step, lines in life["told"].items()}
    assert told == {
        "install": [reload, "deb-systemd-invoke start promogate.service"],
        "upgrade": [reload, "deb-systemd-invoke restart promogate.service"],
        "remove": ["deb-systemd-invoke stop promogate.service", reload],
        "purge": [],
    }
