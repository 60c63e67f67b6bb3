"""Reads a release out of Redis by itself, from cache/README.md alone: as a second implementation that trusts nothing.

    root, documents = read_release(get, "main")          documents: {name: bytes}

`get(key)` gives the bytes of a key, None where there is none. Whatever the page says that a reader must check is checked:
a Broken says what is wrong. `Reader` also tells which keys were read, and the largest value.
"""

import hashlib
import json
import re
import struct

ROOT_BYTES_MAX, PIECE_BYTES_MAX, LEVEL_MAX = 512, 8192, 8
DOCUMENT_BYTES_MAX, DOCUMENTS_BYTES_MAX, DOCUMENTS_MAX = 64 << 20, 1 << 30, 100000
MANIFEST_BYTES_MAX = DOCUMENTS_MAX * (16 + 1 + 4 + 1 + 255)
INTEGERS = {"format": (1, 1), "release": (1, 2**53 - 1), "level": (0, LEVEL_MAX), "length": (0, MANIFEST_BYTES_MAX),
            "policies": (0, DOCUMENTS_MAX), "bytes": (0, DOCUMENTS_BYTES_MAX), "at": (0, 253402300799)}


class Broken(Exception):
    """What stands in Redis is no release."""


def must(holds, what):
    if not holds:
        raise Broken(what)


def distinct(members):
    names = [name for name, _ in members]
    known = [name for name in names if name in INTEGERS or name in ("manifest", "rollback_of", "forced")]
    must(len(known) == len(set(known)), "a member of the root stands there twice")
    return dict(members)


def read_root(value):
    must(value is not None, "there is no root")
    must(len(value) <= ROOT_BYTES_MAX, "the root is too large")
    try:
        root = json.loads(value.decode(), object_pairs_hook=lambda members: members)
    except ValueError as error:
        raise Broken(f"the root is no JSON: {error}") from error
    must(isinstance(root, list) and all(isinstance(member, tuple) for member in root), "the root is no object")
    root = distinct(root)
    root.setdefault("level", 0)
    for name, (least, most) in INTEGERS.items():
        must(type(root.get(name)) is int and least <= root[name] <= most, f"the root's {name}")
    must(isinstance(root.get("manifest"), str) and re.fullmatch("[0-9a-f]{32}", root["manifest"]), "the root's manifest")
    if "rollback_of" in root:
        older = root["rollback_of"]
        must(type(older) is int and 1 <= older < root["release"], "the root's rollback_of")
    must(type(root.get("forced", False)) is bool, "the root's forced")
    return root


class Reader:
    def __init__(self, get, namespace):
        self.get, self.prefix = get, "promogate:{%s}:" % namespace
        self.known = {}  # digest: (level, length), bytes
        self.keys, self.largest_bytes = set(), 0

    def value(self, rest):
        key = self.prefix + rest
        value = self.get(key)
        if value is not None:
            self.keys.add(key)
            self.largest_bytes = max(self.largest_bytes, len(value))
        return value

    def blob(self, digest, level, length):
        """The bytes below a name; pieces that several places need are read once."""
        if digest in self.known:
            must(self.known[digest][0] == (level, length), f"{digest.hex()} is named in two ways")
            return self.known[digest][1]
        piece = self.value("piece:" + digest.hex())
        must(piece is not None, f"{digest.hex()} is missing")
        must(1 <= len(piece) <= PIECE_BYTES_MAX, f"{digest.hex()} has {len(piece)} bytes")
        must(hashlib.blake2b(piece, digest_size=16).digest() == digest, f"{digest.hex()} has another content")
        data = self.tree(piece, level) if level > 0 else piece[1:]
        must(level > 0 or piece[:1] == b"D", f"{digest.hex()} is no data")
        must(len(data) == length, f"{digest.hex()} holds {len(data)} bytes, not {length}")
        self.known[digest] = (level, length), data
        return data

    def tree(self, piece, level):
        must(level <= LEVEL_MAX and piece[:2] == b"T" + bytes([level]), f"no tree of level {level}")
        must(len(piece) % 20 == 2 and len(piece) >= 42, "a tree of broken entries, or of less than two")
        children = [(piece[at:at + 16], *struct.unpack_from("<I", piece, at + 16)) for at in range(2, len(piece), 20)]
        must(all(length >= 1 for _, length in children), "a child of no bytes")
        return b"".join(self.blob(digest, level - 1, length) for digest, length in children)

    def manifest(self, root):
        """[(name, digest, level, length)]"""
        data = self.blob(bytes.fromhex(root["manifest"]), root["level"], root["length"])
        entries, at = [], 0
        while at < len(data):
            must(at + 22 <= len(data) and at + 22 + data[at + 21] <= len(data), "the manifest ends within an entry")
            digest, level, length, size = struct.unpack_from("<16sBIB", data, at)
            name = data[at + 22:at + 22 + size]
            must(name not in (b"", b".", b"..") and b"/" not in name and b"\0" not in name, f"the name {name!r}")
            must(not entries or entries[-1][0] < name, "names do not ascend")
            must(length <= DOCUMENT_BYTES_MAX and level <= LEVEL_MAX, f"{name!r} is too large")
            entries.append((name, digest, level, length))
            at += 22 + size
        must(len(entries) <= DOCUMENTS_MAX, "too many documents")
        return entries

    def release(self, root):
        entries = self.manifest(root)
        must(sum(name != b"settings.json" for name, *_ in entries) == root["policies"], "policies are miscounted")
        must(sum(length for *_, length in entries) == root["bytes"], "bytes are miscounted")
        return {name.decode(): self.blob(*blob) for name, *blob in entries}


def read_release(get, namespace, root=None):
    """The root in force, or one of the history, and its documents."""
    reader = Reader(get, namespace)
    root = read_root(reader.value("root")) if root is None else root
    return root, reader.release(root)
