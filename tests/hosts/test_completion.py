"""bash completes what promoctl knows: each command, each option of each, and nothing else."""

import shlex
import subprocess

import pytest

import promoctl_help
from gateway import ROOT

SCRIPT = ROOT / "deploy/completion/promoctl.bash"
COMMANDS = promoctl_help.commands()


def complete(*words, folder=ROOT):
    """What bash offers for the last word."""
    typed = " ".join(map(shlex.quote, ("promoctl", *words)))
    script = f"""source {shlex.quote(str(SCRIPT))}
        COMP_WORDS=({typed}); COMP_CWORD={len(words)}
        _promoctl && printf '%s\\n' "${{COMPREPLY[@]}}" """
    ran = subprocess.run(["bash", "--norc", "-c", script], cwd=folder, capture_output=True, text=True, timeout=30)
    assert (ran.returncode, ran.stderr) == (0, "")
    return sorted(ran.stdout.split("\n")[:-1]) if ran.stdout.strip() else []


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set one").mkdir()
    (tmp_path / "secret").write_text("")
    return tmp_path


def test_bash_asks_it_for_promoctl():
    asked = subprocess.run(["bash", "--norc", "-c", f"source '{SCRIPT}'; complete -p promoctl"], check=True,
                           capture_output=True, text=True)
    assert asked.stdout.split() == ["complete", "-F", "_promoctl", "promoctl"]


def test_every_command_is_offered_and_no_other():
    assert complete("") == sorted([*COMMANDS, "--help", "--version"])
    assert complete("re") == ["releases", "replay"]
    assert complete("nonsense", "") == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_offered_and_no_other(command):
    assert complete(command, "-") == sorted(promoctl_help.options(command))


@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_that_takes_something_is_not_followed_by_what_follows_a_flag(command, folder):
    """Files where it takes one; else what only the user knows."""
    known = {"FILE": ["secret", "set one"], "DIR": ["set one"]}
    for option, taken in promoctl_help.options(command).items():
        if taken:
            assert complete(command, option, "", folder=folder) == known.get(taken, []), option
        else:
            assert complete(command, option, "", folder=folder) == complete(command, "", folder=folder), option


@pytest.mark.parametrize("words, offered", [
    (("check", ""), ["set one"]),
    (("check", "--json", "se"), ["set one"]),
    (("check", "set one", ""), []),
    (("evaluate", "--policies", "set one", "s"), ["secret", "set one"]),
    (("evaluate", "--policies", "=", "s"), ["set one"]),
    (("evaluate", "--policies", "="), ["set one"]),
    (("evaluate", "--policies", "=", "set one", "--explain", "sec"), ["secret"]),
    (("export", ""), ["current"]),
    (("export", "--timeout", "500", "current", ""), ["set one"]),
    (("diff", "current", "c"), ["current"]),
    (("degrade", ""), ["auto", "never", "on", "status"]),
    (("degrade", "--interface", "checkout", "o"), ["on"]),
    (("degrade", "on", "--token-file", "se"), ["secret", "set one"]),
    (("replay", "--policies", "set one", "se"), ["secret", "set one"]),
    (("replay", "--policies", "set one", "secret", "secret", "se"), ["secret", "set one"]),
    (("rollback", ""), []),
    (("gc", ""), []),
])
def test_a_word_at_its_place(words, offered, folder):
    assert complete(*words, folder=folder) == offered
