"""A release of which a piece is missing, damaged or a lie is refused with a reason; what is in force stays, and the next
good release becomes active without help.
"""

import pytest

from redis_layout import Blob, Release, digest, encoded, entry, key, tree, write_pieces, write_release, write_root
from refusals import NAMESPACE, POLICIES, gateway, refuses, writer  # with fixtures
from releases import numbered_set


# pieces

def largest_document():
    """Of two levels: several pieces of data and a tree."""
    return {"id": "large", "scope": {"type": "aoi", "aois": [f"AOI-{i}" for i in range(3000)]},
            "offer": {"coupon": "C", "kind": "coupon"}}


def damaged(writer, which, change):
    """Publishes release 11 with a document of several pieces; `change` says what becomes of the chosen piece."""
    release = Release(11, {**numbered_set(3), "large.json": largest_document()})
    large = release.blobs["large.json"]
    name = {"manifest": release.manifest.digest, "tree": large.digest,
            "data": next(name for name, piece in large.pieces.items() if piece[:1] == b"D")}[which]
    write_pieces(writer, NAMESPACE, release.pieces)
    change(writer, key(NAMESPACE, "piece", name.hex()), release.pieces[name])
    write_root(writer, NAMESPACE, release.root_bytes())
    return release, name


OTHER = "has another content than its name says"
CHANGES = {
    "missing": (lambda writer, at, piece: writer.call("DEL", at), "is missing"),
    "empty": (lambda writer, at, piece: writer.call("SET", at, b""), OTHER),
    "cut short": (lambda writer, at, piece: writer.call("SET", at, piece[:-1]), OTHER),
    "longer": (lambda writer, at, piece: writer.call("SET", at, piece + b"x"), OTHER),
    "bit-flipped": (lambda writer, at, piece: writer.call("SET", at, piece[:-1] + bytes([piece[-1] ^ 1])), OTHER),
    "of an unknown format": (lambda writer, at, piece: writer.call("SET", at, b"Z" + piece[1:]), OTHER),
    "oversize": (lambda writer, at, piece: writer.call("SET", at, piece + bytes(9000)), OTHER),
    "of 1 MiB": (lambda writer, at, piece: writer.call("SET", at, bytes(1 << 20)), "more than 64 KiB"),
    "a list": (lambda writer, at, piece: (writer.call("DEL", at), writer.call("RPUSH", at, piece)), "is missing"),
}


@pytest.mark.parametrize("which", ["manifest", "tree", "data"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_piece_that_is(gateway, writer, change, which):
    act, words = CHANGES[change]
    _, name = damaged(writer, which, act)
    refuses(gateway, writer, words, *([name.hex()] if change != "of 1 MiB" else []))


def test_a_piece_that_arrives_late_is_waited_for(gateway, writer):
    release, name = damaged(writer, "data", lambda writer, at, piece: writer.call("DEL", at))
    gateway.wait_reason("is missing")
    writer.call("SET", key(NAMESPACE, "piece", name.hex()), release.pieces[name])
    gateway.wait_release(11)


def write_manifest(writer, bytes_, **changes):
    """Release 11 with a manifest of these bytes; all pieces of numbered_set(3) are there."""
    release = Release(11, numbered_set(3))
    manifest = Blob(bytes_)
    release.root.update({"manifest": manifest.digest.hex(), "level": manifest.level, "length": manifest.length,
                         **changes})
    write_pieces(writer, NAMESPACE, {**release.pieces, **manifest.pieces})
    write_root(writer, NAMESPACE, release.root_bytes())


DOCUMENT = Blob(encoded(numbered_set(3)["numbered.json"]))
ENTRY = entry("a.json", DOCUMENT)
MANIFESTS = {
    "of text": (b"not a manifest, though a text that is long enough to hold an entry", "ends within an entry"),
    "that ends within an entry": (entry("a.json", DOCUMENT)[:-1], "ends within an entry"),
    "whose names do not ascend": (entry("b.json", DOCUMENT) + entry("a.json", DOCUMENT), "ascend"),
    "with a name twice": (entry("a.json", DOCUMENT) * 2, "ascend"),
    "with a path": (entry("../a.json", DOCUMENT), "no plain file name"),
    "with an absolute path": (entry("/etc/a.json", DOCUMENT), "no plain file name"),
    "with the name ..": (entry("..", DOCUMENT), "no plain file name"),
    "with a nameless document": (entry("", DOCUMENT), "no plain file name"),
    "with a NUL in a name": (entry("a\0.json", DOCUMENT), "no plain file name"),
    "with a document of 4 GiB": (ENTRY[:17] + b"\xff" * 4 + ENTRY[21:], "64 MiB"),
    "with a level that its length forbids": (ENTRY[:16] + b"\x08" + ENTRY[17:], "impossible"),
}


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_a_manifest(gateway, writer, manifest):
    bytes_, words = MANIFESTS[manifest]
    write_manifest(writer, bytes_)
    refuses(gateway, writer, words, "manifest")


def write_crafted(writer, top, pieces, length, level):
    """Release 11 whose only policy is a blob that is named so, whatever its pieces are."""
    class Named:
        digest = top
    Named.length, Named.level = length, level
    manifest = b"".join(entry(name, blob) for name, blob in sorted(
        [("crafted.json", Named), *[(name, Blob(encoded(document))) for name, document in numbered_set(3).items()]]))
    write_pieces(writer, NAMESPACE, pieces)
    documents = [encoded(document) for document in numbered_set(3).values()]
    write_manifest(writer, manifest, policies=POLICIES + 1, bytes=length + sum(map(len, documents)))


def crafted(level, children, length=None, head=None):
    """(digest, pieces, length, level) of a tree over these (digest, length)."""
    piece = tree(level if head is None else head, children)
    return digest(piece), {digest(piece): piece}, sum(size for _, size in children) if length is None else length, level


LEAF = b"D" + b"x" * 100
LARGE = b"D" + b"x" * 9000  # its name is right, and no reader takes it
TREES = {
    "of another level than its name says": (crafted(2, [(digest(LEAF), 100)] * 2, head=1), "tree of the level"),
    "of level 0": (crafted(1, [(digest(LEAF), 100)] * 2, head=0), "tree of the level"),
    "of one child": (crafted(1, [(digest(LEAF), 100)], 100), "less than two children"),
    "without a child": (crafted(1, [], 100), "less than two children"),
    "whose lengths do not add up": (crafted(1, [(digest(LEAF), 100)] * 2, 300), "another number of bytes"),
    "with a child that is shorter than it says": (crafted(1, [(digest(LEAF), 200)] * 2), "another number of bytes"),
    "with an empty child": (crafted(1, [(digest(LEAF), 100), (digest(b"D"), 0)], 100), "impossible length"),
    "with a child larger than 8 KiB": (crafted(1, [(digest(LEAF), 100), (digest(LARGE), 9000)]), "impossible length"),
}


@pytest.mark.parametrize("shape", TREES)
def test_a_tree(gateway, writer, shape):
    (top, pieces, length, level), words = TREES[shape]
    leaves = {digest(leaf): leaf for leaf in (LEAF, b"D", LARGE)}
    write_crafted(writer, top, {**pieces, **leaves}, length, level)
    refuses(gateway, writer, words)


# documents

POLICY = {"scope": {"type": "all"}, "offer": {"coupon": "C", "kind": "coupon"}}
DOCUMENTS = {
    "cut short": (b"{", "bad.json", "ends too early"),
    "of an unknown member": ({"id": "bad", **POLICY, "x": 1}, "bad.json", "is not a known member"),
    "of an id that another one has": ({"id": "numbered", **POLICY}, "numbered.json", "is also the id of bad.json"),
    "empty": (b"", "bad.json", "ends too early"),
    "binary": (bytes(range(256)), "bad.json", "unexpected character"),
    "deep": (b"[" * 100000, "bad.json", "nested too deeply"),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_that_is(gateway, writer, document):
    content, file, words = DOCUMENTS[document]
    write_release(writer, NAMESPACE, 11, {**numbered_set(3), "bad.json": content})
    assert gateway.wait_event("snapshot_problem")["file"] == file
    refuses(gateway, writer, words)
