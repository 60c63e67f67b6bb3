"""The package under a real systemd, with all of the unit's sandbox: by hand, and in no machine's CI.

    /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/package/under_systemd.py

The systemd is the first process of a throw-away root (boot.sh), which needs root and cgroups that may be branched. The
claims are one story, in their order.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from packing import pack
from stopped_thread import StoppedThread
from wire import strict_json, wait_until

BOOT = pathlib.Path(__file__).parent / "boot.sh"
BRANCH = f"promogate-boot-{os.getpid()}"
CONFIGURATION = "/etc/promogate/promogate.conf"
RAISE_LOOPBACK = ("import fcntl, socket, struct; "
                  "fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, struct.pack('16sh14x', b'lo', 1))")
IN_FORCE = r"release \d+ in force"


def cgroup_mounts():
    """{"cgroup2": path, "systemd": path}; the second where the first has no controllers."""
    found = {}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        place, (kind, _, options) = line.split()[4], line.split(" - ")[1].split(" ")
        if kind == "cgroup2":
            found["cgroup2"] = pathlib.Path(place)
        elif kind == "cgroup" and "name=systemd" in options:
            found["systemd"] = pathlib.Path(place)
    return found


class Host:
    """A machine of its own; commands run in it."""

    def __init__(self, folder):
        mounts = cgroup_mounts()
        self._branches = [mount / BRANCH for mount in mounts.values()]
        for branch in self._branches:
            branch.mkdir()
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "--kill-child", BOOT, folder,
             "hybrid" if "systemd" in mounts else "unified"], stdin=subprocess.DEVNULL, preexec_fn=self._join_branches)

    def wait_running(self):
        wait_until(self._children, what="a first process")
        wait_until(lambda: self.run("systemctl", "is-system-running", check=False) == "running", 30, what="a running systemd")
        self.run("python3", "-c", RAISE_LOOPBACK)

    def _join_branches(self):
        for branch in self._branches:
            (branch / "cgroup.procs").write_text("0")

    def _children(self):
        return pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()

    def _enter_it(self):
        return ["nsenter", "--target", self._children()[0], "--all", "--root", "--wd"]

    def run(self, *command, check=True):
        ran = subprocess.run([*self._enter_it(), *command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert not check or ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
        return ran.stdout.strip()

    def install(self, package):
        """Through its standard input: the root of this host shows the machine's files, not its /tmp."""
        copy = f"/root/{package.name}"
        subprocess.run([*self._enter_it(), "sh", "-c", f"cat >{copy}"], input=package.read_bytes(), check=True)
        self.run("dpkg", "--force-unsafe-io", "--install", copy)

    def show(self, name):
        return self.run("systemctl", "show", "--property", name, "--value", "promogate")

    def wait_status(self, pattern):
        wait_until(lambda: re.fullmatch(pattern, self.show("StatusText")), 20, what=f"the status {pattern}")

    def decide(self):
        url = "http://127.0.0.1:8080/v1/evaluate?user_id=u42&aoi=310115-0001&amount=6200"
        return strict_json(self.run("curl", "-fsS", url).encode())

    def edit(self, expression):
        self.run("sed", "-i", expression, CONFIGURATION)

    def machine_pid(self):
        """The daemon's number as the machine counts."""
        inner = self.show("MainPID")
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text()
                if text.startswith("Name:\tpromogate\n") and re.search(rf"(?m)^NSpid:\t\d+\t{inner}$", text):
                    return int(status.parent.name)
        raise AssertionError(f"nobody has the number {inner}")

    def halt(self):
        """All of its processes end with its first."""
        self._process.kill()  # and with it, by --kill-child, the first process
        self._process.wait(30)
        for branch in self._branches:
            for folder, _, _ in os.walk(branch, topdown=False):
                wait_until(lambda: self._is_removed(folder), 10, what=f"an empty {folder}")

    @staticmethod
    def _is_removed(folder):
        with contextlib.suppress(OSError):
            os.rmdir(folder)
        return not os.path.isdir(folder)


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    yield [pack(version, folder / version) for version in ("0.1.0", "0.1.1")]
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    if os.geteuid() != 0 or not cgroup_mounts() or not os.path.exists("/lib/systemd/systemd"):
        pytest.skip("needs root, cgroups and systemd's files")
    running = Host(tmp_path_factory.mktemp("host"))
    try:
        running.wait_running()
        yield running
    finally:
        running.halt()


def test_installing_starts_it_and_systemd_knows_the_release_in_force(host, packages):
    host.install(packages[0])
    assert host.show("ActiveState") == "active"
    host.wait_status(IN_FORCE)
    assert not host.decide()["degraded"]


def test_it_runs_as_its_user_without_capabilities_behind_its_filter(host):
    status = host.run("cat", f"/proc/{host.show('MainPID')}/status")
    user = host.run("id", "-u", "promogate")
    assert re.search(rf"(?m)^Uid:\t{user}\t{user}\t{user}\t{user}$", status)
    assert re.search(r"(?m)^CapEff:\t0+$", status) and "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status


def test_reload_applies_an_edit(host):
    host.edit('s/"checkout"; degrade = "auto"/"checkout"; degrade = "on"/')
    host.run("systemctl", "reload", "promogate")
    wait_until(lambda: host.decide()["degraded"], what="the switch")


def test_a_refused_reload_stands_in_the_status_until_it_is_mended(host):
    host.edit("$a listen =")
    host.run("systemctl", "reload", "promogate")
    host.wait_status(IN_FORCE + "; the changed configuration was refused: see the log")
    host.edit("$d")
    host.wait_status(IN_FORCE)
    assert host.show("ActiveState") == "active"


def test_an_upgrade_restarts_it_with_the_edited_configuration(host, packages):
    before = host.show("MainPID")
    host.install(packages[1])
    wait_until(lambda: host.show("ActiveState") == "active" and host.show("MainPID") != before, 40, what="a restart")
    assert host.decide()["degraded"] and host.run("dpkg-query", "-W", "-f", "${Version}", "promogate") == "0.1.1"


def test_a_hung_control_thread_is_restarted_by_the_watchdog(host):
    host.edit("1i stuck_after_s = 1;")
    host.run("systemctl", "reload", "promogate")
    time.sleep(1)
    with StoppedThread(host.machine_pid(), "control"):
        wait_until(lambda: host.show("Result") == "watchdog", 60, what="the watchdog")
    wait_until(lambda: host.show("ActiveState") == "active", 60, what="a start")
    assert host.show("NRestarts") == "1" and host.decide()["degraded"]


def test_stopping_drains_and_ends_well(host):
    host.run("systemctl", "stop", "promogate")
    assert (host.show("ActiveState"), host.show("Result"), host.show("ExecMainStatus")) == ("inactive", "success", "0")
    assert host.show("StatusText").startswith("draining; ")


def test_purging_leaves_nothing(host):
    host.run("systemctl", "start", "promogate")
    host.run("dpkg", "--force-unsafe-io", "--purge", "promogate")
    assert host.run("systemctl", "is-active", "promogate", check=False) != "active"
    assert host.run("getent", "passwd", "promogate", check=False) == ""
    assert host.run("find", "/etc", "/usr", "/var/lib", "-name", "*promogate*", "-not", "-path",
                    "/var/lib/dpkg/*") == ""
