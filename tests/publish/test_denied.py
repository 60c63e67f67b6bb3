"""promoctl publish against a Redis that says no, says nothing, or dies: what operators read, and that nothing changes."""

import hashlib
import signal

import pytest

from fake_redis import MODES, CloseNow, FakeRedis
from namespace import encoded, finish, policies, policy, run, start, write_folder
from redis_server import RedisServer

SET = policies(14)
ROOM_BYTES = 64 * 1024  # enough for the connection, and for some of 200 policies' pieces


def changed(number, **members):
    return {**SET, f"p-{number}.json": policy(number, **members)}


def test_a_redis_that_is_not_there_is_named(tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    done = run("publish", folder, "--redis", "redis://127.0.0.1:1/0")
    assert done.returncode == 1 and "127.0.0.1:1" in done.stderr and "Connection refused" in done.stderr


def test_a_redis_that_is_silent_ends_at_the_timeout(tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    with RedisServer() as server:
        server.pause()
        done = run("publish", folder, "--redis", server.url(), "--timeout", "300")
    assert done.returncode == 1 and str(server.port) in done.stderr


def test_a_wrong_password_is_a_clear_message(tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    (tmp_path / "good").write_text("right\n")
    with RedisServer(password="right") as server:
        wrong = run("publish", folder, "--redis", server.url(password="wrong-secret"))
        assert wrong.returncode == 1 and "WRONGPASS" in wrong.stderr and "wrong-secret" not in wrong.stderr
        none = run("publish", folder, "--redis", f"redis://127.0.0.1:{server.port}/0")
        assert none.returncode == 1 and "NOAUTH" in none.stderr
        good = run("publish", folder, "--redis", f"redis://127.0.0.1:{server.port}/0", "--password-file",
                   tmp_path / "good")
        assert good.returncode == 0, good.stderr


PUBLISHER = ("+get", "+set", "+ttl", "+persist", "+expire", "+lrange", "+lpush", "+ltrim", "+eval", "+publish", "+scan",
             "+wait")


def allow(server, *rights):
    server.call("ACL", "SETUSER", "pub", "reset", "on", ">pw", "~promogate:*", "&promogate:*", "+auth", "+select",
                "+client|setname", *rights)


def test_the_publishers_rights_are_enough_for_every_command(tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    with RedisServer() as server:
        allow(server, *PUBLISHER)
        url = server.url(user="pub", password="pw")
        for arguments in [("publish", folder), ("publish", write_folder(tmp_path / "b", changed(1, priority=1))),
                          ("rollback", 1), ("gc",), ("releases",), ("show", 1), ("diff", 1, 2),
                          ("export", 2, tmp_path / "out")]:
            done = run(*arguments, "--redis", url)
            assert (done.returncode, done.stderr) == (0, ""), arguments


def test_readers_need_get_and_lrange(tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    with RedisServer() as server:
        assert run("publish", folder, "--redis", server.url()).returncode == 0
        allow(server, "+get", "+lrange")
        url = server.url(user="pub", password="pw")
        for arguments in [("releases",), ("show", 1), ("diff", 1, "current"), ("export", 1, tmp_path / "out")]:
            assert run(*arguments, "--redis", url).returncode == 0, arguments


@pytest.mark.parametrize("missing", sorted(set(PUBLISHER) - {"+wait", "+expire", "+scan", "+persist", "+publish"}))
def test_a_missing_right_is_named_and_nothing_is_in_force(missing, tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    with RedisServer() as server:
        allow(server, *[right for right in PUBLISHER if right != missing])
        done = run("publish", folder, "--redis", server.url(user="pub", password="pw"))
        assert done.returncode == 1 and missing[1:] in done.stderr.lower(), done.stderr
        assert server.call("EXISTS", "promogate:{main}:root", "promogate:{main}:releases") == 0


def test_a_root_that_cannot_be_written_leaves_no_trace_in_the_list(namespace):
    """A rollback writes nothing but the root: only within the script does it turn out that SET is forbidden."""
    namespace.published(SET)
    namespace.published(changed(3, priority=7))
    before = namespace.state()
    allow(namespace.redis, *[right for right in PUBLISHER if right != "+set"])
    done = run("rollback", 1, "--redis", namespace.redis.url(namespace.name, user="pub", password="pw"))
    assert done.returncode == 1 and "ERR SET: " in done.stderr, done.stderr
    assert namespace.state() == before


def test_an_announcement_that_is_forbidden_is_a_warning(tmp_path):
    folder = write_folder(tmp_path / "set", SET)
    with RedisServer() as server:
        allow(server, *[right for right in PUBLISHER if right != "+publish"])
        done = run("publish", folder, "--redis", server.url(user="pub", password="pw"))
        assert done.returncode == 0 and "gateways were not told" in done.stderr
        assert server.call("EXISTS", "promogate:{main}:root") == 1


def test_a_full_redis_refuses_and_nothing_is_in_force(tmp_path):
    folder = write_folder(tmp_path / "set", policies(200))
    with RedisServer("maxmemory-policy noeviction") as server:
        server.call("CONFIG", "SET", "maxmemory", int(server.info("memory")["used_memory"]) + ROOM_BYTES)
        done = run("publish", folder, "--redis", server.url())
        assert done.returncode == 1 and "OOM" in done.stderr
        assert server.call("EXISTS", "promogate:{main}:root") == 0


def test_a_redis_killed_during_a_publish_is_a_failure(tmp_path):
    folder = write_folder(tmp_path / "set", policies(3000))
    with RedisServer() as server:
        process = start("publish", folder, "--redis", server.url())
        with server.client() as client:
            while client.call("DBSIZE") < 200:
                pass
        server.kill()
        done = finish(process)
        assert done.returncode == 1 and done.stdout == ""
        assert str(server.port) in done.stderr


def test_ctrl_c_leaves_the_old_release(tmp_path):
    folder, next_folder = write_folder(tmp_path / "a", SET), write_folder(tmp_path / "b", policies(3000))
    with RedisServer() as server:
        assert run("publish", folder, "--redis", server.url()).returncode == 0
        before = server.call("GET", "promogate:{main}:root")
        process = start("publish", next_folder, "--redis", server.url())
        with server.client() as client:
            while client.call("DBSIZE") < 400:
                pass
        process.send_signal(signal.SIGINT)
        assert finish(process).returncode == -signal.SIGINT
        assert server.call("GET", "promogate:{main}:root") == before


# links that break at the worst moment

@pytest.fixture
def fake(redis):
    """Between promoctl and Redis; `namespace.url` of these tests goes through it."""
    with FakeRedis(redis.address) as between:
        yield between


def test_a_lost_answer_to_the_swap_is_found_out(namespace, fake, tmp_path):
    fake.misbehave("close", only={"EVAL"})
    done = run("publish", write_folder(tmp_path / "set", SET), "--redis", fake.url(namespace.name))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("release 1: ")
    assert namespace.release()[1] == encoded(SET)


def test_a_swap_that_cannot_be_found_out_is_told_so(namespace, fake, tmp_path):
    is_over = []

    def die_at_the_swap(call, reply):
        is_over.extend([1] * (call.name == "EVAL"))
        if is_over:
            raise CloseNow
        return reply

    fake.misbehave(die_at_the_swap)
    done = run("publish", write_folder(tmp_path / "set", SET), "--redis", fake.url(namespace.name))
    assert done.returncode == 1
    assert "whether the release is in force cannot be said: ask promoctl releases" in done.stderr


def test_who_is_overtaken_between_upload_and_swap_is_told_by_whom(namespace, fake, tmp_path):
    namespace.published(SET)
    overtaken = []

    def overtake(call, reply):
        if call.name == "SET" and not overtaken:
            overtaken.append(namespace.published(changed(1, priority=1), "--author", "bob"))
        return reply

    fake.misbehave(overtake)
    done = run("publish", write_folder(tmp_path / "set", changed(2, priority=2)), "--redis", fake.url(namespace.name))
    assert overtaken == [2] and done.returncode == 1 and done.stdout == ""
    assert "release 2 by bob (" in done.stderr
    assert "was published meanwhile; look at it, then publish again with --expect 2" in done.stderr
    assert namespace.release()[1] == encoded(changed(1, priority=1))
    assert len(namespace.records()) == 2


def test_pieces_that_read_back_as_something_else_never_get_a_root(namespace, fake, tmp_path):
    fake.misbehave(lambda call, reply: reply.replace(b"p-3", b"p-4") if call.name == "GET" else reply)
    done = run("publish", write_folder(tmp_path / "set", SET), "--redis", fake.url(namespace.name))
    assert done.returncode == 1 and "reads back as something else" in done.stderr
    assert namespace.root() is None and namespace.records() == []


def test_a_piece_that_is_lost_before_the_swap_stops_it(namespace, fake, tmp_path):
    namespace.published(SET)
    before = namespace.state()[:2]
    reused = hashlib.blake2b(b"D" + encoded(SET)["p-9.json"], digest_size=16).hexdigest()

    def lose_a_piece(call, reply):
        if call.name == "SET":
            namespace.client.call("DEL", namespace.key(f"piece:{reused}"))
        return reply

    fake.misbehave(lose_a_piece)
    done = run("publish", write_folder(tmp_path / "set", changed(2, priority=2)), "--redis", fake.url(namespace.name))
    assert done.returncode == 1 and "1 of 15 pieces are missing" in done.stderr
    assert namespace.state()[:2] == before


@pytest.mark.parametrize("command", ["GET", "SET", "EVAL"])
@pytest.mark.parametrize("mode", sorted(MODES))
def test_whatever_redis_answers_a_whole_release_is_in_force(namespace, fake, tmp_path, mode, command):
    """Who is told that the publish succeeded may rely on it."""
    namespace.published(SET)
    fake.misbehave(mode, only={command})
    folder = write_folder(tmp_path / "set", changed(2, priority=2))
    done = run("publish", folder, "--redis", fake.url(namespace.name), "--timeout", "300")
    root, documents = namespace.release()
    assert done.returncode in (0, 1) and (done.returncode == 0 or done.stderr.startswith("promoctl publish: "))
    assert documents == encoded(SET if root["release"] == 1 else changed(2, priority=2))
    assert done.returncode == 1 or root["release"] == 2
