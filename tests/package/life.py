#!/usr/bin/python3
"""A package's life in a throw-away root: installed, started, upgraded, removed, purged. Prints what it saw as JSON.

    unshare --mount --net --pid --fork --kill-child life.py FOLDER FIRST.deb SECOND.deb

The root is the machine's own under an overlay in memory, so that nothing of the machine changes, and the ports are those
of a network of its own. No systemd runs in it: the daemon is started as the unit says, by the unit's user. What the
maintainer scripts ask of a systemd is seen in a second root, which looks as if one ran and notes what it is told.
"""

import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

WAIT_S = 20.0
UNIT = "usr/lib/systemd/system/promogate.service"
CONFIGURATION = "etc/promogate/promogate.conf"
LINK = "etc/systemd/system/multi-user.target.wants/promogate.service"
SERVICE, ADMIN = "http://127.0.0.1:8080", "http://127.0.0.1:8081"
QUESTION = SERVICE + "/v1/evaluate?user_id=u42&aoi=310115-0001&amount=6200&tier=gold"
# What dpkg and adduser keep of every package that comes and goes.
BOOKS = re.compile(r"(var/lib/dpkg|var/log(?!/promogate)|var/cache|run/adduser|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|"
                   r"etc/\.pwd\.lock)")
# Empty folders there are deb-systemd-helper's, on a machine that never had a service.
FOLDERS_OF_SERVICES = re.compile(r"(etc|var/lib)/systemd")
RECORDER = '#!/bin/sh\necho "${0##*/} $*" >>/told\n'


def quietly(*command, **options):
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    assert ran.returncode == 0, f"{command}: {ran.returncode}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


class Root:
    def __init__(self, folder, name):
        self.upper, self.path = folder / name / "upper", folder / name / "root"
        work = folder / name / "work"
        for made in (self.upper, self.path, work):
            made.mkdir(parents=True)
        layers = f"lowerdir=/,upperdir={self.upper},workdir={work}"
        if subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, self.path], capture_output=True).returncode:
            sys.exit(json.dumps({"refused": "this machine mounts no overlay over its root"}))
        quietly("mount", "-t", "proc", "proc", self.path / "proc")
        quietly("mount", "--bind", "/dev", self.path / "dev")
        (self.path / "var/lib/man-db/auto-update").unlink(missing_ok=True)  # its index takes longer than all else
        shutil.rmtree(self.path / "run/systemd", ignore_errors=True)  # the machine's own may show
        self._accounts = self._read_accounts()

    def dpkg(self, *arguments):
        quietly("chroot", self.path, "env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-unsafe-io", *arguments)

    def install(self, package):
        copy = self.path / "tmp" / pathlib.Path(package).name
        shutil.copy(package, copy)
        self.dpkg("--install", f"/tmp/{copy.name}")
        copy.unlink()

    def unit(self, name):
        return re.findall(rf"(?m)^{name}=(.*)$", (self.path / UNIT).read_text())[-1]

    def _read_accounts(self):
        return [sorted((self.path / "etc" / name).read_text().splitlines()) for name in ("passwd", "group")]

    def left(self):
        """Files, and folders that the machine lacks, but for the books; and whether users and groups are as before."""
        made = (path.relative_to(self.upper) for path in self.upper.rglob("*"))
        kept = [str(path) for path in made if not BOOKS.match(str(path)) and self._is_new(path)]
        return {"files": kept, "has_other_accounts": self._accounts != self._read_accounts()}

    def _is_new(self, path):
        mode = os.lstat(self.upper / path).st_mode
        if stat.S_ISDIR(mode):
            return not (pathlib.Path("/") / path).is_dir() and not FOLDERS_OF_SERVICES.match(str(path))
        return not stat.S_ISCHR(mode)  # a whiteout: it was there and is gone


class Service:
    """Started as the unit says, with the folders that it promises."""

    def __init__(self, root):
        user = root.unit("User")
        account = next(line for line in (root.path / "etc/passwd").read_text().splitlines() if line.startswith(user + ":"))
        for folder in (f"var/lib/{root.unit('StateDirectory')}", f"var/log/{root.unit('LogsDirectory')}"):
            (root.path / folder).mkdir(mode=0o750, exist_ok=True)
            os.chown(root.path / folder, *map(int, account.split(":")[2:4]))
        self._process = subprocess.Popen(["chroot", f"--userspec={user}:{root.unit('Group')}", root.path,
                                          *root.unit("ExecStart").split()], stdout=subprocess.DEVNULL)
        self._root = root

    def facts(self):
        wait_for(lambda: fetch(ADMIN + "/readyz")[0] == 200, "readyz")
        status, body = fetch(QUESTION)
        status_file = self._root.path / f"proc/{self._process.pid}/status"
        owner = int(re.search(r"Uid:\s+(\d+)", status_file.read_text())[1])
        return {"livez": fetch(ADMIN + "/livez")[0], "status": status, "decision": json.loads(body),
                "is_root": owner == 0}

    def stop(self):
        """At once, by a second signal."""
        self._process.send_signal(signal.SIGTERM)
        wait_for(lambda: fetch(ADMIN + "/readyz")[0] == 503, "draining")
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(WAIT_S)


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""
    except OSError:
        return 0, b""


def wait_for(holds, what):
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, f"no {what}"
        time.sleep(0.05)


def serve(root):
    service = Service(root)
    facts = service.facts()
    facts["exit"] = service.stop()
    facts["state"] = sorted(path.name for path in (root.path / "var/lib/promogate").iterdir())
    return facts


def presence(root):
    return {"program": (root.path / "usr/bin/promogate").exists(), "configuration": (root.path / CONFIGURATION).exists(),
            "state": (root.path / "var/lib/promogate").exists(), "is_enabled": (root.path / LINK).is_symlink(),
            "user": "\npromogate:" in (root.path / "etc/passwd").read_text()}


def secrets_of(root):
    status = (root.path / "etc/promogate/secrets").stat()
    (group,) = [line.split(":")[0] for line in (root.path / "etc/group").read_text().splitlines()
                if line.split(":")[2] == str(status.st_gid)]
    return [oct(status.st_mode & 0o7777), status.st_uid, group]


def live_without_systemd(folder, first, second):
    root, report = Root(folder, "plain"), {}
    root.install(first)
    report["installed"] = {**presence(root), "secrets": secrets_of(root), **serve(root)}
    configuration = root.path / CONFIGURATION
    edited = configuration.read_text().replace('"checkout"; degrade = "auto"', '"checkout"; degrade = "on"')
    configuration.write_text(edited)
    root.install(second)
    report["upgraded"] = {**presence(root), "is_kept": configuration.read_text() == edited, **serve(root)}
    root.dpkg("--remove", "promogate")
    report["removed"] = presence(root)
    root.dpkg("--purge", "promogate")
    report["purged"] = root.left()
    return report


def live_with_systemd(folder, first, second):
    root, told = Root(folder, "managed"), {}
    (root.path / "run/systemd/system").mkdir(parents=True)
    for name in ("systemctl", "deb-systemd-invoke"):
        tool = root.path / "usr/bin" / name
        tool.unlink(missing_ok=True)
        tool.write_text(RECORDER)
        tool.chmod(0o755)

    def note(step, act, *arguments):
        act(*arguments)
        record = root.path / "told"
        told[step] = record.read_text().splitlines() if record.exists() else []
        record.unlink(missing_ok=True)

    note("install", root.install, first)
    note("upgrade", root.install, second)
    note("remove", root.dpkg, "--remove", "promogate")
    note("purge", root.dpkg, "--purge", "promogate")
    return told


def main(folder, first, second):
    quietly("mount", "--make-rprivate", "/")
    quietly("mount", "-t", "tmpfs", "tmpfs", folder)
    raise_loopback()
    folder = pathlib.Path(folder)
    print(json.dumps({**live_without_systemd(folder, first, second), "told": live_with_systemd(folder, first, second)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
