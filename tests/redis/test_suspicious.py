"""A release that looks like a mistake, or is damaged, is refused with a reason; what is in force stays, and the next
good release becomes active without help.

The releases are written piece by piece (redis_layout.py): promoctl would refuse most of them.
"""

import json

import pytest

from redis_gateway import RedisGateway
from redis_layout import (Blob, Release, digest, encoded, entry, key, tree, write_pieces, write_release, write_root)
from releases import number_in, numbered_set
from wire import wait_until

NAMESPACE = "main"
IN_FORCE = 10
POLICIES = len(numbered_set(1))
RELEASE_BYTES_MAX = 1 << 20
LIMITS = {"max_candidates": 12, "snapshot_max_bytes": 8 << 20}


@pytest.fixture
def writer(redis):
    with redis.client() as client:
        write_release(client, NAMESPACE, IN_FORCE, numbered_set(1))
        yield client


@pytest.fixture
def gateway(redis, writer):
    with RedisGateway(redis.url(), redis={"poll_ms": 100, "release_max_bytes": RELEASE_BYTES_MAX},
                      limits=LIMITS) as running:
        yield running


def refuses(gateway, writer, *words):
    """The log and the status page say these words, the old decision stays, and a good release follows."""
    event = gateway.wait_reason(words[0])
    status = gateway.status()["source"]
    for word in words:
        assert word in event["reason"] and word in status["error"], (event, status)
    assert (gateway.decide()["release"], number_in(gateway.decide())) == (IN_FORCE, 1)
    assert gateway.is_ready()
    writer.call("DEL", key(NAMESPACE, "root"))
    write_release(writer, NAMESPACE, 100, numbered_set(2))
    gateway.wait_release(100)
    assert number_in(gateway.decide()) == 2
    assert gateway.status()["source"]["error"] == "", "what is over is over"


# what looks like a mistake

def test_a_release_without_a_policy(gateway, writer):
    write_release(writer, NAMESPACE, 11, {"settings.json": {"max_offers": 3}})
    refuses(gateway, writer, "has no policy", "--accept-drop")


def test_a_release_that_takes_most_policies_away(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3, fillers=POLICIES // 2 - 2))
    refuses(gateway, writer, f"{POLICIES} are in force", "drop_max_bp")


def test_half_of_the_policies_may_go(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3, fillers=POLICIES // 2 - 1))
    gateway.wait_release(11)


@pytest.mark.parametrize("documents", [{"settings.json": {"max_offers": 3}}, numbered_set(3, fillers=0)],
                         ids=["empty", "drop"])
def test_what_a_person_has_confirmed_becomes_active(gateway, writer, documents):
    write_release(writer, NAMESPACE, 11, documents, forced=True)
    gateway.wait_release(11)
    assert gateway.status()["policies"] == len(set(documents) - {"settings.json"})


def test_an_older_number(gateway, writer):
    write_release(writer, NAMESPACE, 9, numbered_set(3))
    refuses(gateway, writer, "release 9 is older than 10", "lost data")


def test_an_older_number_is_refused_even_if_a_person_confirmed_it(gateway, writer):
    write_release(writer, NAMESPACE, 9, numbered_set(3), forced=True)
    refuses(gateway, writer, "release 9 is older than 10")


def test_the_same_number_with_other_content(gateway, writer):
    write_release(writer, NAMESPACE, IN_FORCE, numbered_set(3))
    refuses(gateway, writer, "other content")


def test_the_same_number_with_the_same_content_is_confirmed(gateway, writer):
    seen = len(gateway.events)
    write_release(writer, NAMESPACE, IN_FORCE, numbered_set(1), at=1)
    write_release(writer, NAMESPACE, 11, numbered_set(2))
    gateway.wait_release(11)
    assert not [event for event in gateway.events[seen:] if event["event"] == "snapshot_refused"]


def test_more_bytes_than_redis_release_max_bytes(gateway, writer):
    write_release(writer, NAMESPACE, 11, {**numbered_set(3), "large.json": {
        "id": "large", "scope": {"type": "aoi", "aois": [f"{i:060}" for i in range(RELEASE_BYTES_MAX // 60)]},
        "offer": {"coupon": "C", "kind": "coupon"}}}, forced=True)
    fetched = gateway.metric("promogate_source_pieces_total", origin="fetched")
    gateway.wait_reason("release_max_bytes")
    assert gateway.metric("promogate_source_pieces_total", origin="fetched") == fetched, "refused unfetched"
    refuses(gateway, writer, "redis.release_max_bytes")


def test_more_memory_than_limits_snapshot_max_bytes(redis, writer):
    """Documents that fit, whose compiled form does not."""
    documents = {f"p{p}.json": {"id": f"p{p}", "scope": {"type": "aoi", "aois": [f"{p}-{i}" for i in range(3000)]},
                                "offer": {"coupon": "C", "kind": "coupon"}} for p in range(12)}
    with RedisGateway(redis.url(), limits={"snapshot_max_bytes": 65536}) as gateway:
        write_release(writer, NAMESPACE, 11, {**numbered_set(3), **documents})
        refuses(gateway, writer, "snapshot_max_bytes")


def test_more_work_than_limits_max_candidates(gateway, writer):
    documents = {f"p{p}.json": {"id": f"p{p}", "scope": {"type": "all"}, "offer": {"coupon": "C", "kind": "coupon"}}
                 for p in range(LIMITS["max_candidates"])}
    write_release(writer, NAMESPACE, 11, {**numbered_set(3), **documents})
    refuses(gateway, writer, "max_candidates")


def test_what_was_refused_becomes_active_when_the_limit_is_raised(redis, gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3, fillers=0))
    gateway.wait_reason("drop_max_bp")
    seen = len(gateway.events)
    gateway.reload(source=redis.url(), limits=LIMITS,
                   redis={"poll_ms": 100, "spread_ms": 0, "drop_max_bp": 10000, "release_max_bytes": RELEASE_BYTES_MAX})
    gateway.wait_release(11, since=seen)


def test_a_refusal_is_over_when_redis_says_again_what_is_in_force(gateway, writer):
    root = writer.call("GET", key(NAMESPACE, "root"))
    write_release(writer, NAMESPACE, 9, numbered_set(3))
    gateway.wait_reason("is older than")
    writer.call("SET", key(NAMESPACE, "root"), root)
    wait_until(lambda: gateway.status()["source"]["error"] == "", what="the status page forgets the refusal")
    assert gateway.decide()["release"] == IN_FORCE


def test_a_refusal_is_told_once_not_at_every_poll(gateway, writer):
    write_release(writer, NAMESPACE, 9, numbered_set(3))
    gateway.wait_reason("is older than")
    polls = gateway.metric("promogate_source_exchanges_total")
    wait_until(lambda: gateway.metric("promogate_source_exchanges_total") >= polls + 10, what="ten more polls")
    assert len([event for event in gateway.events if event["event"] == "snapshot_refused"]) == 1


# roots

def root_with(**changes):
    return Release(11, numbered_set(3), **changes).root_bytes()


ROOTS = {
    "no JSON": (b"no JSON", "no JSON object"),
    "nothing": (b"", "no JSON object"),
    "a JSON list": (b"[1]", "no JSON object"),
    "cut short": (root_with()[:-1], "no JSON object"),
    "two objects": (root_with() * 2, "no JSON object"),
    "a member twice": (root_with()[:-1] + b',"release":12}', "a member twice"),
    "a NUL": (root_with() + b"\x00", "no JSON object"),
    "another format": (root_with(format=2), "format"),
    "another format and other members": (b'{"format":2,"root":"elsewhere"}', "format"),
    "no format": (root_with(format=None), "lacks a member"),
    "no manifest": (root_with(manifest=None), "lacks a member"),
    "a manifest that is no digest": (root_with(manifest="x" * 32), "hexadecimal"),
    "a manifest in upper case": (root_with(manifest="AB" * 16), "hexadecimal"),
    "release 0": (root_with(release=0), "out of its range"),
    "a release past 2^53": (root_with(release=1 << 53), "out of its range"),
    "a release as text": (root_with(release="11"), "out of its range"),
    "a negative count": (root_with(policies=-1), "out of its range"),
    "a level that no blob has": (root_with(level=200), "out of its range"),
    "a length that no manifest has": (root_with(length=1 << 40), "out of its range"),
    "a rollback to itself": (root_with(rollback_of=11), "not older"),
    "forced as a number": (root_with(forced=1), "neither true nor false"),
    "600 bytes": (root_with(padding="x" * 450), "512 bytes"),
    "1 MiB": (b"x" * (1 << 20), "more than 64 KiB"),
}


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_that_is(gateway, writer, root):
    value, words = ROOTS[root]
    assert root != "600 bytes" or len(value) > 512
    write_root(writer, NAMESPACE, value)
    refuses(gateway, writer, words)


def test_a_root_with_a_member_of_tomorrow_is_fine(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3), canary={"share": 500})
    gateway.wait_release(11)


@pytest.mark.parametrize("command", [("RPUSH", "a", "b"), ("HSET", "a", "b"), ("SADD", "a"), ("ZADD", 1, "a")],
                         ids=lambda command: command[0])
def test_a_root_of_another_type(gateway, writer, command):
    name, *rest = command
    writer.call("DEL", key(NAMESPACE, "root"))
    writer.call(name, key(NAMESPACE, "root"), *rest)
    refuses(gateway, writer, "WRONGTYPE")


def test_a_root_that_is_gone(gateway, writer):
    writer.call("DEL", key(NAMESPACE, "root"))
    refuses(gateway, writer, "does not exist")


def test_numbers_in_the_root_that_the_manifest_does_not_bear_out(gateway, writer):
    write_release(writer, NAMESPACE, 11, numbered_set(3), policies=POLICIES + 1)
    refuses(gateway, writer, "other counts than the root says")


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
    release.root.update({"manifest": manifest.digest.hex(), "level": manifest.level, "length": manifest.length, **changes})
    write_pieces(writer, NAMESPACE, {**release.pieces, **manifest.pieces})
    write_root(writer, NAMESPACE, release.root_bytes())


DOCUMENT = Blob(encoded(numbered_set(3)["numbered.json"]))
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
    "with a document of 4 GiB": (entry("a.json", DOCUMENT)[:17] + b"\xff" * 4 + entry("a.json", DOCUMENT)[21:], "64 MiB"),
    "with a level that its length forbids": (entry("a.json", DOCUMENT)[:16] + b"\x08" + entry("a.json", DOCUMENT)[17:], "impossible"),
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


def test_numbers_that_flap_compile_what_is_new_and_nothing_else(gateway, writer):
    """Root flips between two releases many times: only growing numbers become active."""
    roots = [write_release(writer, NAMESPACE, number, numbered_set(number)).root_bytes() for number in (11, 12)]
    gateway.wait_release(12)
    for i in range(200):
        writer.call("SET", key(NAMESPACE, "root"), roots[i % 2])
    writer.call("SET", key(NAMESPACE, "root"), roots[1])
    write_release(writer, NAMESPACE, 13, numbered_set(13))
    gateway.wait_release(13)
    active = [event["release"] for event in gateway.events if event["event"] == "snapshot_active"]
    assert active == sorted(set(active)), json.dumps(active)
