"""A namespace in Redis as the tests see it: written by the real promoctl, read from the layout's description alone.

    namespace.publish({"a.json": {...}}, "--note", "why")     runs promoctl, returns the finished process
    namespace.promoctl("releases", "--json")
    namespace.release()                                       (root, {name: bytes}), everything verified
    namespace.state()                                         root, list and names of all pieces, to be compared
"""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile

import sanitizers
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMOCTL = ROOT / os.environ.get("PROMOGATE_BUILD_DIR", "build/debug") / "promoctl"
TIMEOUT_S = 60
PIECE_BYTES_MAX = 8192


def policy(number, **members):
    return {"id": f"p-{number}", "scope": {"type": "aoi", "aois": [f"A-{number}"]},
            "offer": {"coupon": f"C-{number}", "kind": "coupon"}, **members}


def policies(count, **members):
    return {f"p-{i}.json": policy(i, **members) for i in range(count)}


def encoded(documents):
    return {name: document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
            for name, document in documents.items()}


def write_folder(folder, documents):
    """The folder holds these documents and nothing else."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in encoded(documents).items():
        (folder / name).write_bytes(content)
    return folder


def start(*arguments, environment=None, stderr=subprocess.PIPE):
    """The running promoctl; its sanitizers report to us."""
    reports = sanitizers.Reports()
    variables = {**reports.environment(), **(environment or {})}
    if not environment:
        variables.pop("PROMOGATE_REDIS", None)
    process = subprocess.Popen([PROMOCTL, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=stderr, encoding="utf-8", env=variables)
    process.reports = reports
    return process


def finish(process):
    """Its output, once it has ended."""
    stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    if process.returncode != -signal.SIGKILL:  # killed while it looks for leaks, it leaves half a report
        process.reports.text()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def run(*arguments, environment=None):
    return finish(start(*arguments, environment=environment))


class Namespace:
    def __init__(self, redis, client, name):
        self.redis, self.client, self.name = redis, client, name
        self.url = redis.url(name)

    def key(self, rest):
        return "promogate:{%s}:%s" % (self.name, rest)

    # promoctl

    def promoctl(self, command, *arguments):
        return run(command, *arguments, "--redis", self.url)

    def publish(self, documents, *options):
        with tempfile.TemporaryDirectory(prefix="promogate-set-") as folder:
            return self.promoctl("publish", write_folder(folder, documents), *options)

    def published(self, documents, *options):
        """The number of the release that it became."""
        done = self.publish(documents, *options)
        assert done.returncode == 0, done.stderr
        return self.root()["release"]

    # Redis

    def root(self):
        text = self.client.call("GET", self.key("root"))
        return None if text is None else json.loads(text)

    def records(self):
        return [json.loads(text) for text in self.client.call("LRANGE", self.key("releases"), 0, -1)]

    def piece_keys(self):
        return set(self.client.call("KEYS", self.key("piece:*")))

    def state(self):
        return (self.client.call("GET", self.key("root")), self.client.call("LRANGE", self.key("releases"), 0, -1),
                self.piece_keys())

    def ttls(self):
        keys = sorted(self.piece_keys())
        return dict(zip(keys, self.client.pipeline([("TTL", key) for key in keys])))

    def piece(self, digest):
        value = self.client.call("GET", self.key(f"piece:{digest.hex()}"))
        assert value is not None, f"piece {digest.hex()} is missing"
        assert hashlib.blake2b(value, digest_size=16).digest() == digest
        assert 1 <= len(value) <= PIECE_BYTES_MAX
        return value

    def blob(self, digest, level, length):
        """Its bytes and the names of its pieces."""
        value = self.piece(digest)
        if level == 0:
            assert value[:1] == b"D" and len(value) == 1 + length
            return value[1:], {digest}
        assert value[:2] == b"T" + bytes([level]) and (len(value) - 2) % 20 == 0
        children = [value[at:at + 20] for at in range(2, len(value), 20)]
        assert len(children) >= 2
        data, names = b"", {digest}
        for child in children:
            (child_length,) = struct.unpack("<I", child[16:])
            below, below_names = self.blob(child[:16], level - 1, child_length)
            data += below
            names |= below_names
        assert len(data) == length
        return data, names

    def documents(self, root):
        """({name: bytes}, names of all pieces) of a release."""
        manifest, names = self.blob(bytes.fromhex(root["manifest"]), root.get("level", 0), root["length"])
        documents, at, last = {}, 0, b""
        while at < len(manifest):
            digest, level = manifest[at:at + 16], manifest[at + 16]
            length, name_length = struct.unpack("<IB", manifest[at + 17:at + 22])
            name = manifest[at + 22:at + 22 + name_length]
            assert last < name, (last, name)
            documents[name.decode()], more = self.blob(digest, level, length)
            names |= more
            at, last = at + 22 + name_length, name
        assert root["policies"] == len(set(documents) - {"settings.json"})
        assert root["bytes"] == sum(map(len, documents.values()))
        return documents, names

    def release(self):
        root = self.root()
        return root, self.documents(root)[0]

    def wait_for_pieces(self, count):
        wire.wait_until(lambda: len(self.piece_keys()) >= count, TIMEOUT_S, what=f"{count} pieces")
