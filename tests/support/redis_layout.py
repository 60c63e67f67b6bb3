"""Writes releases into Redis by itself, from cache/README.md alone: as a second implementation, and to write what
promoctl would refuse to.

    write_release(client, "main", 7, {"a.json": {...}})              root, manifest, pieces
    write_release(client, "main", 8, {}, forced=True)                members of the root, added or replaced
    write_root(client, "main", b"no JSON")

The cutting is not promoctl's: readers accept any.
"""

import hashlib
import json
import struct
import time

DATA_BYTES = 4000
CHILDREN = 200
PIECE_BYTES_MAX = 8192


def key(namespace, *rest):
    return "promogate:{%s}:%s" % (namespace, ":".join(rest))


def digest(piece):
    return hashlib.blake2b(piece, digest_size=16).digest()


class Blob:
    """Bytes cut into pieces: `pieces` by name, `digest` and `level` of the topmost."""

    def __init__(self, data):
        self.length, self.level, self.pieces = len(data), 0, {}
        cuts = [data[at:at + DATA_BYTES] for at in range(0, len(data), DATA_BYTES)] or [b""]
        children = [(self._keep(b"D" + cut), len(cut)) for cut in cuts]
        while len(children) > 1:
            self.level += 1
            groups = [children[at:at + CHILDREN] for at in range(0, len(children), CHILDREN)]
            if len(groups) > 1 and len(groups[-1]) == 1:  # a tree has two children at least
                groups[-1].insert(0, groups[-2].pop())
            children = [(self._keep(tree(self.level, group)), sum(length for _, length in group)) for group in groups]
        self.digest = children[0][0]

    def _keep(self, piece):
        name = digest(piece)
        self.pieces[name] = piece
        return name


def tree(level, children):
    """`children` are (digest, length)."""
    return b"T" + bytes([level]) + b"".join(name + struct.pack("<I", length) for name, length in children)


def entry(name, blob):
    """Of the manifest."""
    encoded = name.encode()
    return blob.digest + bytes([blob.level]) + struct.pack("<I", blob.length) + bytes([len(encoded)]) + encoded


def encoded(document):
    return document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()


class Release:
    """What a set of documents is in Redis: `pieces` by digest, and the members of its root."""

    def __init__(self, number, documents, **changes):
        blobs = {name: Blob(encoded(document)) for name, document in documents.items()}
        ordered = sorted(blobs.items(), key=lambda item: item[0].encode())
        self.manifest = Blob(b"".join(entry(name, blob) for name, blob in ordered))
        self.pieces = {name: piece for blob in [*blobs.values(), self.manifest] for name, piece in blob.pieces.items()}
        self.blobs = blobs
        self.root = {"format": 1, "release": number, "manifest": self.manifest.digest.hex(),
                     "level": self.manifest.level, "length": self.manifest.length,
                     "policies": len(set(blobs) - {"settings.json"}),
                     "bytes": sum(blob.length for blob in blobs.values()), "at": int(time.time()), **changes}

    def root_bytes(self):
        return json.dumps({name: value for name, value in self.root.items() if value is not None},
                          separators=(",", ":")).encode()


def write_pieces(client, namespace, pieces):
    for name, piece in pieces.items():
        client.call("SET", key(namespace, "piece", name.hex()), piece)


def write_root(client, namespace, root):
    """Swaps, remembers and announces, as promoctl does."""
    client.call("SET", key(namespace, "root"), root)
    client.call("LPUSH", key(namespace, "releases"), root)
    client.call("PUBLISH", key(namespace, "published"), b"")


def write_release(client, namespace, number, documents, **changes):
    """The Release, after it was written; a change to None leaves that member out."""
    release = Release(number, documents, **changes)
    write_pieces(client, namespace, release.pieces)
    write_root(client, namespace, release.root_bytes())
    return release
