"""The configuration as operators meet it: --check, --print-config, and a running gateway whose file changes."""

import os
import re
import subprocess
import threading

import pytest

import sanitizers
from gateway import BUILD, CONFIG, ROOT, Gateway, get_request, libconfig
from wire import wait_until

REQUIRED = """\
listen = "127.0.0.1:0";
source = "file:policies";
interfaces = ( { name = "checkout"; degrade = "auto"; fallback = "safe"; } );
fallbacks = ( { name = "safe"; offers = ( { coupon = "C-SAFE"; off = 300; } ); } );
"""
EXAMPLE = ROOT / "deploy/promogate.conf.example"
RELOADS = 20


def promogate(*arguments, cwd=None):
    reports = sanitizers.Reports()
    ended = subprocess.run([BUILD / "promogate", *arguments], cwd=cwd, env=reports.environment(), timeout=60,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert reports.text() == ""
    return ended


@pytest.fixture
def folder(tmp_path):
    """A folder with an empty policy set."""
    (tmp_path / "policies").mkdir()
    return tmp_path


def check(folder, text):
    (folder / "x.conf").write_bytes(text if isinstance(text, bytes) else text.encode())
    return promogate("--check", "-c", folder / "x.conf")


def assert_refused(folder, text, line, setting, reason):
    """Exit 1, and a line of stderr that names file, line, setting and reason."""
    ended = check(folder, text)
    assert ended.returncode == 1, ended
    place = f"{folder}/x.conf:{line}: " + (f"{setting}: " if setting else "")
    assert any(told.startswith(place) and reason in told for told in ended.stderr.splitlines()), ended.stderr


def settings():
    """(path, default, least, most) of every number, as the program documents them."""
    table = promogate("--print-settings").stdout
    rows = re.findall(r"^\| `([a-z_.]+)` \| `(\d+)` \| (\d+) to (\d+) ", table, re.M)
    return [(path, int(default), int(least), int(most)) for path, default, least, most in rows]


def assignment(path, value):
    group, _, name = path.rpartition(".")
    return f"{group} = {{ {name} = {value}; }};\n" if group else f"{name} = {value};\n"


# --check

def test_a_valid_configuration_and_policy_source_pass_the_check(folder):
    assert check(folder, REQUIRED).returncode == 0


def test_every_number_is_accepted_on_its_bounds(folder):
    for bound in (2, 3):
        groups = {}
        for setting in settings():
            groups.setdefault(setting[0].rpartition(".")[0], []).append(setting)
        text = REQUIRED
        for group, rows in groups.items():
            members = "".join(f"{row[0].rpartition('.')[2]} = {row[bound]};\n" for row in rows)
            text += f"{group} = {{ {members} }};\n" if group else members
        ended = check(folder, text)
        assert ended.returncode == 0, ended.stderr


def test_every_number_past_its_bounds_is_refused(folder):
    rows = settings()
    assert len(rows) >= 19
    for path, _, least, most in rows:
        assert_refused(folder, REQUIRED + assignment(path, least - 1), 5, path, f"must be {least} to {most}")
        assert_refused(folder, REQUIRED + assignment(path, most + 1), 5, path, f"must be {least} to {most}")


@pytest.mark.parametrize("value", ["4294967296", "4294967298L", "0x100000002", "18446744073709551618", "-4294967294",
                                   "99999999999999999999999999"])
def test_an_integer_that_overflows_is_refused_for_its_range(folder, value):
    assert_refused(folder, REQUIRED + f"workers = {value};\n", 5, "workers", "must be 0 to 256 threads")


def test_an_offer_may_take_off_more_than_32_bits_hold(folder):
    assert check(folder, REQUIRED.replace("off = 300", "off = 3000000000")).returncode == 0


@pytest.mark.parametrize("text, setting", [
    ("nope = 1;", "nope"), ("limits = { nope = 1; };", "limits.nope"), ("nope = { x = 1; };", "nope"),
    ("interfaces_ = ();", "interfaces_"), ("Workers = 1;", "Workers"), ("body_max_bytes = 2000;", "body_max_bytes")])
def test_an_unknown_setting_is_refused(folder, text, setting):
    assert_refused(folder, REQUIRED + "\n" + text + "\n", 6, setting, "is no setting")


@pytest.mark.parametrize("text, setting, reason", [
    ('workers = "2";', "workers", "must be an integer, not a string"),
    ("workers = 2.0;", "workers", "must be an integer, not a float"),
    ("workers = 2e0;", "workers", "must be an integer, not a float"),
    ("workers = true;", "workers", "must be an integer, not a boolean"),
    ("serve_without_snapshot = 1;", "serve_without_snapshot", "must be a boolean, not an integer"),
    ('serve_without_snapshot = "true";', "serve_without_snapshot", "must be a boolean, not a string"),
    ("state_dir = 5;", "state_dir", "must be a string, not an integer"),
    ("limits = 5;", "limits", "must be a group { ... }, not an integer"),
    ("admin = ( );", "admin", "must be a group { ... }, not a list"),
    ('admin = { listen = ["127.0.0.1:1"]; };', "admin.listen", "must be a string, not an array")])
def test_a_value_of_another_type_is_refused(folder, text, setting, reason):
    assert_refused(folder, REQUIRED + text + "\n", 5, setting, reason)


@pytest.mark.parametrize("old, new, line, setting, reason", [
    ('"127.0.0.1:0"', '"127.0.0.1"', 1, "listen", "host:port"),
    ('"127.0.0.1:0"', '"example.org:80"', 1, "listen", "host:port"),
    ('"file:policies"', '"policies"', 2, "source", "file:PATH"),
    ('"file:policies"', '"redis://u:secret@127.0.0.1:0/0?namespace=x"', 2, "source", "must have host:port"),
    ('"file:policies"', '"redis://127.0.0.1:6379/0?namespace=X"', 2, "source", "must have a namespace"),
    ('"auto"', '"off"', 3, "interfaces[0].degrade", '"auto", "on" or "never"'),
    ('fallback = "safe"', 'fallback = "other"', 3, "interfaces[0].fallback", "names none of the fallbacks"),
    ('fallback = "safe"; }', 'fallback = "safe"; x = 1; }', 3, "interfaces[0].x", "is no setting"),
    ("off = 300", "off = -1", 4, "fallbacks[0].offers[0].off", "must be 0 to 1000000000000"),
    ("off = 300", "off = 1000000000001", 4, "fallbacks[0].offers[0].off", "must be 0 to 1000000000000"),
    ('"C-SAFE"', '""', 4, "fallbacks[0].offers[0].coupon", "1 to 64 bytes")])
def test_a_bad_value_is_refused_by_its_name(folder, old, new, line, setting, reason):
    assert old in REQUIRED
    assert_refused(folder, REQUIRED.replace(old, new, 1), line, setting, reason)


@pytest.mark.parametrize("line, name", enumerate(("listen", "source", "interfaces", "fallbacks")))
def test_what_is_required_must_be_there(folder, line, name):
    lines = REQUIRED.splitlines(keepends=True)
    assert_refused(folder, "".join(lines[:line] + lines[line + 1:]), 3, name, "is required")


@pytest.mark.parametrize("text, line, reason", [
    (b"", 1, "empty"),
    (REQUIRED.encode() + b"/* no end\n\n", 5, "no end"),
    (REQUIRED.encode() + b'@include "/etc/passwd"\n', 5, "@include"),
    (REQUIRED.encode() + b"limits = {\n @include \"other.conf\"\n};\n", 6, "@include"),
    (REQUIRED.encode() + b"# \xff\n", 5, "UTF-8"),
    (REQUIRED.encode() + b"workers\0= 1;\n", 5, "NUL"),
    (REQUIRED.encode() + b"workers = 1;\nworkers = 1;\n", 6, "duplicate"),
    (REQUIRED.encode() + b"workers 1;\n", 5, "syntax error"),
    (REQUIRED.encode() + b"settle_ms = 50", 5, "cut off")])
def test_a_file_that_is_no_configuration_is_refused(folder, text, line, reason):
    assert_refused(folder, text, line, "", reason)


def test_a_file_cut_off_anywhere_is_refused(folder):
    """By tens, for each cut is a process; test_config_scan.c cuts at every byte."""
    for length in range(1, len(REQUIRED) - len(";\n"), 10):
        ended = check(folder, REQUIRED[:length])
        assert ended.returncode == 1, length
        assert f"{folder}/x.conf:" in ended.stderr


def test_every_problem_is_told_at_once(folder):
    ended = check(folder, REQUIRED + "workers = 257;\nsettle_ms = -1;\nnope = 1;\n")
    assert ended.returncode == 1
    told = [line.removeprefix(f"{folder}/x.conf:").split(": ")[:2] for line in ended.stderr.splitlines()]
    assert told == [["5", "workers"], ["6", "settle_ms"], ["7", "nope"]]


def test_a_file_that_is_not_there_is_refused(folder):
    ended = promogate("--check", "-c", folder / "none.conf")
    assert ended.returncode == 1
    assert "none.conf: No such file or directory" in ended.stderr


def test_a_source_that_is_not_there_is_refused(folder):
    assert check(folder, REQUIRED.replace("file:policies", "file:elsewhere")).returncode == 1


# --print-config

def test_what_is_printed_is_a_configuration_that_prints_the_same(folder):
    (folder / "x.conf").write_text(REQUIRED + assignment("limits.bodies_max_bytes", 5000000000))
    first = promogate("--print-config", "-c", folder / "x.conf")
    assert first.returncode == 0, first.stderr
    assert check(folder, first.stdout).returncode == 0
    assert promogate("--print-config", "-c", folder / "x.conf").stdout == first.stdout


def test_every_setting_is_printed_with_unit_range_and_default(folder):
    (folder / "x.conf").write_text(REQUIRED)
    printed = promogate("--print-config", "-c", folder / "x.conf").stdout
    for path, default, least, most in settings():
        name = path.rpartition(".")[2]
        assert re.search(rf"# {least} to {most} [^\n]*default: {default}\b[^\n]*\n *{name} = {default};", printed), path


def test_the_example_file_is_what_it_prints_itself():
    printed = promogate("--print-config", "-c", EXAMPLE)
    assert printed.stdout == EXAMPLE.read_text("utf-8")


def test_the_example_file_passes_the_check():
    ended = promogate("--check", "-c", EXAMPLE)
    assert ended.returncode == 0, ended.stderr


def test_the_readme_has_the_table_of_settings():
    assert promogate("--print-settings").stdout in (ROOT / "README.md").read_text("utf-8")


# a file that changes while the gateway runs

def refusal(gateway, text):
    """Writes the file; the first of the events that refuse it, one a problem, once all are there."""
    seen = len(gateway.events)
    gateway.write_config_text(text)
    event = gateway.wait_event(("config_active", "config_refused"), since=seen)
    assert event["event"] == "config_refused", event
    wait_until(lambda: sum(e["event"] == "config_refused" for e in gateway.events[seen:]) == event["problems"])
    return event


def fallback_coupons(gateway, **parameters):
    decision = gateway.get(user_id="u1", aoi="A1", amount=6200, **parameters).json()
    return [offer["coupon"] for offer in decision["offers"]] if decision["degraded"] else None


def changed_fallback(coupon):
    return {"interfaces": [{"name": "checkout", "degrade": "on", "fallback": "safe"}],
            "fallbacks": [{"name": "safe", "offers": [{"coupon": coupon, "off": 1}]}]}


@pytest.fixture(scope="module")
def gateway():
    """Each test leaves CONFIG in force."""
    with Gateway() as running:
        yield running


def is_closed(gateway):
    """No breaker withholds anything: what a switch leaves behind is over."""
    states = re.findall(r'^promogate_breaker_state\{.*state="(\w+)"\} 1$', gateway.admin("/metrics").body.decode(), re.M)
    return set(states) <= {"closed", "forced_open", "forced_closed"}


def restore(gateway):
    """Switching back ramps: all users are back after some steps."""
    assert gateway.reload()["event"] == "config_active"
    wait_until(lambda: is_closed(gateway), what="the ramp's end")


def test_a_valid_change_applies_without_a_restart(gateway):
    assert fallback_coupons(gateway) is None
    assert gateway.reload(**changed_fallback("C-NEW"))["event"] == "config_active"
    assert fallback_coupons(gateway) == ["C-NEW"]
    assert gateway.ask(get_request(user_id="u1", aoi="A1", amount=1, interface="browse")).status == 400
    restore(gateway)
    assert fallback_coupons(gateway) is None


def test_an_invalid_change_is_refused_with_file_line_and_reason_and_the_old_stays(gateway):
    gateway.reload(**changed_fallback("C-OLD"))
    event = refusal(gateway, REQUIRED + "\nsettle_ms = 60001;\n")
    assert event["file"] == str(gateway.folder / "promogate.conf")
    assert (event["line"], event["setting"], event["reason"]) == (6, "settle_ms", "must be 0 to 60000 ms")
    assert fallback_coupons(gateway) == ["C-OLD"]
    restore(gateway)


@pytest.mark.parametrize("text", ["", "listen = ", "/* ", '@include "x"\n', "nope = 1;\n", "\x00", "}" * 1000,
                                  "#" * 300000])
def test_a_broken_file_leaves_the_gateway_serving(gateway, text):
    refusal(gateway, text)
    assert gateway.get().status == 200
    assert gateway.admin("/livez").status == 200
    restore(gateway)


def test_a_setting_that_needs_a_restart_stays_and_says_so(gateway):
    seen = len(gateway.events)
    active = gateway.reload(workers=3)
    assert active["event"] == "config_active"
    assert gateway.wait_event("config_needs_restart", since=seen)["setting"] == "workers"
    assert gateway.get().status == 200
    restore(gateway)


def test_a_file_written_in_place_is_noticed(gateway):
    seen = len(gateway.events)
    config = {**CONFIG, **changed_fallback("C-PLACE")}
    (gateway.folder / "promogate.conf").write_text(libconfig(config), "utf-8")
    # Its writing may be seen half done: refused, and then applied.
    gateway.wait_event("config_active", since=seen)
    assert fallback_coupons(gateway) == ["C-PLACE"]
    restore(gateway)


def test_a_file_that_is_deleted_and_comes_back_is_noticed(gateway):
    seen = len(gateway.events)
    (gateway.folder / "promogate.conf").unlink()
    gone = gateway.wait_event("config_refused", since=seen)
    assert gone["reason"] == "No such file or directory"
    assert gateway.get().status == 200
    restore(gateway)


def test_a_connection_lives_through_a_reload(gateway):
    with gateway.connect() as connection:
        for coupon in ("C-1", "C-2"):
            gateway.reload(**changed_fallback(coupon))
            connection.send(get_request(user_id="u1", aoi="A1", amount=6200))
            assert [offer["coupon"] for offer in connection.response().json()["offers"]] == [coupon]
    restore(gateway)


class ConfigMapGateway(Gateway):
    """Its configuration lies as a ConfigMap is mounted: promogate.conf -> ..data/promogate.conf, ..data -> ..generation."""

    generation = 0

    def write_config_text(self, text):
        self.generation += 1
        fresh = self.folder / f"..generation{self.generation}"
        fresh.mkdir()
        (fresh / "promogate.conf").write_text(text, "utf-8")
        (self.folder / "..data_tmp").symlink_to(fresh.name)
        old = os.readlink(self.folder / "..data") if self.generation > 1 else None
        (self.folder / "..data_tmp").rename(self.folder / "..data")
        if old is None:
            (self.folder / "promogate.conf").symlink_to("..data/promogate.conf")
        else:
            (self.folder / old / "promogate.conf").unlink()
            (self.folder / old).rmdir()


def test_a_config_map_swap_is_noticed_each_time():
    with ConfigMapGateway() as gateway:
        for coupon in (f"C-{number}" for number in range(5)):
            assert gateway.reload(**changed_fallback(coupon))["event"] == "config_active"
            assert fallback_coupons(gateway) == [coupon]


class Load(threading.Thread):
    """Asks without a pause, on one keep-alive connection; every answer must be one of those expected."""

    def __init__(self, gateway, coupons):
        super().__init__()
        self.gateway, self.coupons, self.answers, self.wrong, self.is_over = gateway, coupons, 0, None, False

    def run(self):
        try:
            with self.gateway.connect() as connection:
                while not self.is_over:
                    connection.send(get_request(user_id="u1", aoi="A1", amount=6200))
                    response = connection.response()
                    coupons = [offer["coupon"] for offer in response.json()["offers"]]
                    assert response.status == 200 and coupons[0] in self.coupons, response
                    self.answers += 1
        except Exception as error:
            self.wrong = error


def test_reloads_under_load_lose_no_request(gateway):
    coupons = [f"C-{number}" for number in range(RELOADS)]
    gateway.reload(**changed_fallback(coupons[0]))
    loads = [Load(gateway, coupons) for _ in range(4)]
    for load in loads:
        load.start()
    try:
        for coupon in coupons[1:]:
            before = [load.answers for load in loads]
            assert gateway.reload(**changed_fallback(coupon))["event"] == "config_active"
            refusal(gateway, "nope = 1;\n")
            wait_until(lambda: all(load.answers > count or load.wrong for load, count in zip(loads, before)))
    finally:
        for load in loads:
            load.is_over = True
        for load in loads:
            load.join(20)
    assert [load.wrong for load in loads] == [None] * len(loads)
    restore(gateway)
