"""The manual pages say what the programs say: commands, options, settings; and two readers find no fault in them."""

import re
import shutil
import subprocess

import pytest

import promoctl_help
from gateway import BUILD, ROOT

PROMOCTL = (ROOT / "deploy/man/promoctl.1").read_text()
PROMOGATE = (ROOT / "deploy/man/promogate.8").read_text()
CONFIGURATION = BUILD / "man/promogate.conf.5"
PAGES = [ROOT / "deploy/man/promogate.8", ROOT / "deploy/man/promoctl.1", CONFIGURATION]
COMMANDS = promoctl_help.commands()


def sections(page, macro):
    """{first word of the title: text}"""
    parts = re.split(rf"(?m)^\.{macro} (\S+).*\n", page)
    return dict(zip(parts[1::2], parts[2::2]))


def options_in(text):
    items = re.findall(r"(?m)^\.It (Fl .*)$", text)
    return {f"--{name}" for item in items for name in re.findall(r"Fl -([a-z-]+)", item)}


def documented(command):
    """The options of a command's part of the page, those that it refers to included."""
    chapters = sections(PROMOCTL, "Sh")
    text = sections(chapters["COMMANDS"], "Ss")[command]
    referred = re.findall(r"(?m)^\.Sx (\S+) OPTIONS", text)
    return set().union(options_in(text), *[options_in(chapters[name]) for name in referred])


def test_promoctl_1_has_the_commands_that_promoctl_has():
    assert list(sections(sections(PROMOCTL, "Sh")["COMMANDS"], "Ss")) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_promoctl_1_says_of_a_command_what_its_help_says(command):
    assert documented(command) | {"--help"} == set(promoctl_help.options(command))
    text = sections(sections(PROMOCTL, "Sh")["COMMANDS"], "Ss")[command]
    assert text.startswith(COMMANDS[command] + ".\n")


def test_promogate_8_has_the_options_that_promogate_has():
    told = subprocess.run([BUILD / "promogate", "--help"], check=True, capture_output=True, text=True).stdout
    assert options_in(PROMOGATE) | {"--config"} == set(re.findall(r"(?m)^  (?:-\w, |    )(--[a-z-]+)", told))
    assert ".It Fl c , Fl -config Ar file" in PROMOGATE


def test_promogate_conf_5_has_every_setting_as_the_program_prints_it():
    told = subprocess.run([BUILD / "promogate", "--print-settings"], check=True, capture_output=True, text=True).stdout
    rows = [[cell.replace("`", "").strip() for cell in line.strip("|\n").split(" | ")] for line in told.splitlines()[2:]]
    listed = sections(CONFIGURATION.read_text(), "Sh")["SETTINGS"]
    items = dict(re.findall(r"(?m)^\.It Va (\S+)\n((?:[^.].*\n)+)", listed))
    assert list(items) == [row[0] for row in rows]
    for name, default, bounds, applies, meaning in rows:
        said = " ".join(items[name].split())
        state = "It is required." if default == "required" else f"Default: {default}."
        assert said == f"{meaning} {state} Range: {bounds}. A change applies {applies}.", name


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_finds_no_fault(page):
    ran = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, timeout=30)
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("man") is None, reason="needs man-db")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_man_warns_of_nothing(page):
    ran = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True, text=True,
                         timeout=30, env={"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80", "PATH": "/usr/bin:/bin"})
    assert (ran.returncode, ran.stderr) == (0, "")
