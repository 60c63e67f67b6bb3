"""What the README says can be held against the tree and the binaries."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug")
README = (ROOT / "README.md").read_text()


def section(name):
    return re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.S)[1]


def test_the_settings_table_is_what_the_binary_prints():
    printed = subprocess.run([BUILD / "promogate", "--print-settings"], check=True, capture_output=True, text=True)
    assert section("settings").strip() == printed.stdout.strip()


def test_every_link_and_file_named_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    named = re.findall(r"`((?:policy|cache|degrade|publish|service|tests|deploy)/[\w./-]+\.\w+)`", README)
    missing = [name for name in links + named if not (ROOT / name).exists()]
    assert links and named and not missing


def test_the_example_configuration_is_valid_and_the_demo_checks(tmp_path):
    for config in ("deploy/demo/promogate.conf",):
        checked = subprocess.run([BUILD / "promogate", "-c", ROOT / config, "--check"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr


def test_the_configuration_of_the_review_is_valid(tmp_path):
    review = (ROOT / "deploy/REVIEW.zh.md").read_text()
    (tmp_path / "promogate.conf").write_text(f'listen = "127.0.0.1:0";\nsource = "file:{ROOT}/deploy/demo/policies";\n'
                                             + re.search(r"```\n(interfaces = .*?)```", review, re.S)[1])
    checked = subprocess.run([BUILD / "promogate", "-c", tmp_path / "promogate.conf", "--check"], capture_output=True,
                             text=True)
    assert checked.returncode == 0, checked.stderr


def test_the_packages_of_the_dependency_table_are_in_build_depends():
    packages = (ROOT / "deploy/build-depends.txt").read_text()
    for package in ("libmicrohttpd-dev", "libcjson-dev", "libconfig-dev", "liburcu-dev", "libxxhash-dev",
                    "libcriterion-dev", "python3-pytest", "nginx-light", "gcovr"):
        assert package in packages.splitlines()
