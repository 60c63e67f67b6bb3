"""Publishes with the real promoctl, and knows what each release must answer.

    published = Publisher(redis.url("main"), redis)
    published.publish(numbered_set(1))          # a dict of documents, or a folder
    published.rollback(1)
"""

import json
import pathlib
import subprocess
import tempfile

import redis_layout
from gateway import BUILD

TIMEOUT_S = 120.0


def promoctl(*arguments, check=True):
    """The finished process, output as text."""
    done = subprocess.run([BUILD / "promoctl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=TIMEOUT_S)
    assert not check or done.returncode == 0, f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def write_documents(folder, documents):
    """One file each; bytes as they are, other values as JSON."""
    for name, document in documents.items():
        (pathlib.Path(folder) / name).write_bytes(redis_layout.encoded(document))


def publish(documents_or_folder, url, *options, check=True):
    """promoctl publish; the finished process."""
    if not isinstance(documents_or_folder, dict):
        return promoctl("publish", documents_or_folder, "--redis", url, *options, check=check)
    with tempfile.TemporaryDirectory(prefix="promogate-set-") as folder:
        write_documents(folder, documents_or_folder)
        return promoctl("publish", folder, "--redis", url, *options, check=check)


def rollback(release, url, *options, check=True):
    return promoctl("rollback", release, "--redis", url, *options, check=check)


def root_of(server, namespace="main"):
    """The root in Redis, decoded; None when there is none. `server` has call()."""
    text = server.call("GET", redis_layout.key(namespace, "root"))
    return json.loads(text) if text is not None else None


class Publisher:
    """Of one namespace; its functions give the number of the release that they made."""

    def __init__(self, url, server, namespace="main"):
        self.url, self.server, self.namespace = url, server, namespace

    def publish(self, documents_or_folder, *options):
        publish(documents_or_folder, self.url, *options)
        return self.number()

    def rollback(self, release, *options):
        rollback(release, self.url, *options)
        return self.number()

    def number(self):
        return root_of(self.server, self.namespace)["release"]


# a set that tells which one it is

FILLERS = 5


def numbered_set(number, fillers=FILLERS):
    """Offers everybody the coupon C-<number>; besides it policies that nobody matches."""
    documents = {f"filler-{i}.json": {"id": f"filler-{i}", "scope": {"type": "aoi", "aois": [f"NOWHERE-{i}"]},
                                      "offer": {"coupon": "C", "kind": "coupon"}} for i in range(fillers)}
    documents["numbered.json"] = {"id": "numbered", "scope": {"type": "all"},
                                  "offer": {"coupon": f"C-{number}", "kind": "coupon"}}
    return documents


def number_in(decision):
    """Which numbered set gave this decision; None for a fallback."""
    if decision["degraded"]:
        return None
    (offer,) = decision["offers"]
    return int(offer["coupon"].removeprefix("C-"))
