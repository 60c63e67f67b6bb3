"""The gateway as a pod has it: in the image's root, which nobody can write to, as user 10001, with the base's
configuration as a mounted folder. Without an engine: a mount namespace and chroot do what of one is needed here.

    with Pod(runtime_root, redis, names) as pod:       # a Gateway (support/gateway.py)
        pod.get().json()
        pod.swap_config(text)                          # as kubelet does it
        pod.execute("promoctl", "--version")           # as kubectl exec does it

Mounts: the ConfigMap's folder, the Secret's, state, resolv.conf, /proc. Of the configuration only ports and the drain's
grace are others.
"""

import os
import pathlib
import subprocess

from gateway import ROOT, Gateway

USER_ID = 10001
BASE_CONFIG = ROOT / "deploy" / "kubernetes" / "base" / "promogate.conf"
SECRETS = {"redis-password": "the-password", "admin-token": "the-token"}
TOKEN_FILE = "/run/secrets/promogate/admin-token"
SEARCH = "search promo.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"

# $1 is the root, $2 the folder with what is mounted. Mounts are this namespace's own and end with its last process.
ENTER = """
set -e
mount --bind "$1" "$1"
for place in etc/promogate run/secrets/promogate etc/resolv.conf; do
    mount --bind "$2/$place" "$1/$place"
    mount -o remount,bind,ro "$1/$place"
done
mount --bind "$2/var/lib/promogate" "$1/var/lib/promogate"
mount --bind /proc "$1/proc"
mount -o remount,bind,ro "$1"
exec chroot --userspec=10001:10001 "$1" /usr/bin/promogate -c /etc/promogate/promogate.conf
"""


def why_not():
    """None where a namespace with mounts can be made."""
    if os.geteuid() != 0:
        return "chroot and mounts need root"
    tried = subprocess.run(["unshare", "--mount", "mount", "--bind", "/proc", "/proc"], capture_output=True, text=True)
    return f"no mounts here: {tried.stderr}" if tried.returncode else None


def base_config(redis_port, changes=()):
    """The base's, with free ports, Redis' port, a drain that a test can wait for, and the (old, new) changes."""
    text = BASE_CONFIG.read_text("utf-8")
    for old, new in (("0.0.0.0:8080", "127.0.0.1:0"), ("0.0.0.0:8081", "127.0.0.1:0"),
                     ("redis:6379", f"redis:{redis_port}"), ("grace_ms = 10000", "grace_ms = 100"), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Pod(Gateway):
    def __init__(self, root, redis, names, changes=(), config_files=None, **options):
        """`changes` are base_config's; `config_files` stand beside promogate.conf in the ConfigMap: names and bytes."""
        self._names, self._config_files, self._editions = names, config_files or {}, 0
        self.config_text = base_config(redis.port, changes)
        for folder in ("proc", "var/lib/promogate"):  # an engine makes mount points; the Dockerfile has one of these
            (root / folder).mkdir(exist_ok=True)
        (root / "etc/resolv.conf").touch()
        super().__init__(**options)
        self._launcher = ["unshare", "--mount", "sh", "-c", ENTER, "sh", root, self.folder]

    def write_config(self, **_):
        self.folder.chmod(0o711)
        self.swap_config(self.config_text)
        secrets = self._folder("run/secrets/promogate")
        for name, value in SECRETS.items():
            file = secrets / name
            file.write_text(value + "\n")
            file.chmod(0o440)
            os.chown(file, 0, USER_ID)
        state = self._folder("var/lib/promogate")
        os.chown(state, 0, USER_ID)
        state.chmod(0o2770)
        (self.folder / "etc" / "resolv.conf").write_text(f"nameserver {self._names.address}\n{SEARCH}")

    def write_policies(self, *_):
        """They come from Redis."""

    def _folder(self, path):
        folder = self.folder / path
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def swap_config(self, text):
        """A folder of its own for each edition, and one link that is renamed."""
        folder = self._folder("etc/promogate")
        self._editions += 1
        edition = folder / f"..{self._editions}"
        edition.mkdir()
        (folder / "..data_tmp").symlink_to(edition.name)
        for name, content in {"promogate.conf": text.encode(), **self._config_files}.items():
            (edition / name).write_bytes(content)
            if self._editions == 1:
                (folder / name).symlink_to(f"..data/{name}")
        (folder / "..data_tmp").rename(folder / "..data")

    def state(self):
        return self.folder / "var" / "lib" / "promogate"

    def execute(self, program, *arguments):
        """In its namespace, its root and as its user."""
        command = ["nsenter", "--target", str(self.process.pid), "--mount", "--root", "--wd=/", f"--setgid={USER_ID}",
                   f"--setuid={USER_ID}", f"/usr/bin/{program}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60,
                              env={"PATH": "/usr/bin", "PROMOGATE_TOKEN_FILE": TOKEN_FILE})

    def process_file(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text()
