"""The harness around Redis itself: a fake that does not misbehave, or a judge that lets all pass, proves nothing."""

import pytest

import redis_layout
import resp
from callers import Answer, judge, percentile
from fake_redis import MODES, FakeRedis, Pipe
from redis_server import HOST, RedisServer
from redis_topology import Cluster, Replicated, wait_in_step
from wire import wait_until


# the protocol

@pytest.mark.parametrize("data, value", [
    (b"+OK\r\n", "OK"), (b":-7\r\n", -7), (b"$3\r\na\r\n\r\n", b"a\r\n"), (b"$0\r\n\r\n", b""), (b"$-1\r\n", None),
    (b"*0\r\n", []), (b"*-1\r\n", None), (b"*2\r\n:1\r\n*1\r\n+a\r\n", [1, ["a"]])])
def test_a_value_is_read_once_it_is_whole(data, value):
    for length in range(len(data)):
        assert resp.take(data[:length]) is None
    assert resp.take(data + b"+NEXT\r\n") == (value, len(data))


def test_an_error_reply_is_raised_by_call_and_a_value_in_a_pipeline():
    with RedisServer() as redis, redis.client() as client:
        with pytest.raises(resp.Fault, match="unknown command"):
            client.call("NOSUCH")
        first, second = client.pipeline([("NOSUCH",), ("ECHO", "x")])
        assert isinstance(first, resp.Fault) and first.code == "ERR" and second == b"x"


# servers

def test_a_server_starts_empty_or_with_what_was_saved():
    with RedisServer() as redis:
        redis.call("SET", "a", 1)
        redis.save()
        redis.call("SET", "a", 2)
        redis.kill()
        assert redis.start().call("GET", "a") == b"1"
        redis.kill()
        redis.forget()
        assert redis.start().call("GET", "a") is None


def test_a_paused_server_accepts_and_does_not_answer():
    with RedisServer() as redis:
        redis.pause()
        with pytest.raises(TimeoutError):
            redis.client(timeout_s=0.1).call("PING")
        redis.resume()
        assert redis.call("PING") == "PONG"


def test_a_sentinel_fails_over():
    with Replicated() as topology:
        topology.master.call("SET", "a", 1)
        wait_in_step(topology.master, topology.replica)
        topology.master.kill()
        topology.wait_failover()
        assert topology.replica.call("GET", "a") == b"1"


def test_a_cluster_owns_every_key():
    with Cluster() as cluster:
        owner = cluster.owner("promogate:{main}:root")
        owner.call("SET", "promogate:{main}:root", 1)
        for other in cluster.others("promogate:{main}:root"):
            with pytest.raises(resp.Fault, match=f"MOVED .*:{owner.port}"):
                other.call("GET", "promogate:{main}:root")


def test_a_held_pipe_keeps_a_replica_behind():
    with RedisServer() as redis, Pipe(redis.address) as pipe, RedisServer(replica_of=pipe.address) as replica:
        wait_in_step(redis, replica)
        pipe.hold()
        redis.call("SET", "a", 1)
        assert replica.call("GET", "a") is None
        pipe.release()
        wait_until(lambda: replica.call("GET", "a") == b"1")


# the fake

@pytest.fixture(scope="module")
def fake():
    with RedisServer() as redis, FakeRedis(redis.address) as running:
        redis.call("SET", "a", "a value of some length")
        yield running


def test_a_fake_that_behaves_is_the_server_behind_it(fake):
    fake.behave()
    with resp.Client((HOST, fake.port)) as client:
        client.call("CLIENT", "SETNAME", "me")
        assert client.call("GET", "a") == b"a value of some length"
    assert fake.names()[-1] == "me"
    assert fake.connections[-1].bytes_in == len(resp.encode("CLIENT", "SETNAME", "me") + resp.encode("GET", "a"))
    assert fake.connections[-1].bytes_out == len(b"+OK\r\n" + b"$22\r\na value of some length\r\n")


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_gives_what_is_not_the_value(fake, mode):
    fake.misbehave(mode, only={"GET"})
    with resp.Client((HOST, fake.port), timeout_s=0.3) as client:
        assert client.call("PING") == "PONG", "other commands are served"
        try:
            value = client.call("GET", "a")
        except (OSError, AssertionError, ValueError, resp.Fault, resp.ConnectionEnded):
            return
        if mode == "extra reply":
            assert client.message() == "OK"
        else:
            assert value != b"a value of some length"


def test_a_muted_fake_passes_no_message_on():
    with RedisServer() as redis, FakeRedis(redis.address) as fake, resp.Client((HOST, fake.port)) as client:
        client.call("SUBSCRIBE", "c")
        wait_until(lambda: fake.connections[0].is_subscriber)
        redis.call("PUBLISH", "c", "heard")
        assert client.message() == [b"message", b"c", b"heard"]
        fake.is_muted = True
        redis.call("PUBLISH", "c", "unheard")
        with pytest.raises(TimeoutError):
            client.message(0.2)


# the layout

@pytest.mark.parametrize("length", [0, 1, 4000, 4001, 800000, 804001, 3000000])
def test_a_blobs_pieces_hold_its_bytes(length):
    data = bytes(i * 7919 % 251 for i in range(length))
    blob = redis_layout.Blob(data)
    assert max(map(len, blob.pieces.values())) <= redis_layout.PIECE_BYTES_MAX

    def read(name):
        piece = blob.pieces[name]
        assert redis_layout.digest(piece) == name
        if piece[:1] == b"D":
            return piece[1:]
        children = [piece[at:at + 20] for at in range(2, len(piece), 20)]
        assert len(children) >= 2
        parts = [read(child[:16]) for child in children]
        assert [len(part) for part in parts] == [int.from_bytes(child[16:], "little") for child in children]
        return b"".join(parts)

    assert read(blob.digest) == data and blob.length == length


# the judge

def answer(release=1, number=1, failure=None, caller=0, at=0.0, seconds=0.001):
    return Answer(caller, at, seconds, release, number, failure)


def test_the_judge_lets_right_answers_pass():
    judge([answer(1, 1), answer(2, 5), answer(1, 1, caller=1)], {1: 1, 2: 5})


@pytest.mark.parametrize("answers", [
    [], [answer(failure="status 503")], [answer(number=2)], [answer(release=3)], [answer(None, None)],
    [answer(2, 5), answer(1, 1)], [answer(number=["C-1", "C-2"])]],
    ids=["none", "failed", "another set's", "never published", "a fallback", "back to an older one", "mixed"])
def test_the_judge_refuses_wrong_answers(answers):
    with pytest.raises(AssertionError):
        judge(answers, {1: 1, 2: 5})


def test_a_percentile_is_of_the_answers_of_that_time():
    answers = [answer(at=i, seconds=i) for i in range(200)]
    assert percentile(answers, 0.99) == 198 and percentile(answers, 0.5, 100, 200) == 150
