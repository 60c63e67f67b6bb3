"""How Redis is run for real: a Cluster, replicas that lag, passwords that change, users with too few rights, TLS."""

import subprocess

import pytest

import redis_layout
import resp
from fake_redis import FakeRedis, Pipe
from gateway import BUILD, ROOT as TREE
from redis_gateway import RedisGateway
from redis_server import HOST, RedisServer, free_port
from redis_topology import MASTER_NAME, SLOTS, Cluster, Replicated, wait_in_step
from releases import Publisher, number_in, numbered_set, promoctl
from wire import wait_until

PACE = {"poll_ms": 100, "backoff_max_ms": 300}
ROOT = redis_layout.key("main", "root")
USERS = TREE / "deploy/redis/users.acl"


def polls_on(gateway, times):
    exchanges = gateway.metric("promogate_source_exchanges_total")
    wait_until(lambda: gateway.metric("promogate_source_exchanges_total") >= exchanges + times, what=f"{times} polls")


def drop_clients(redis):
    """Their connections; replicas keep theirs."""
    for kind in ("NORMAL", "PUBSUB"):
        redis.call("CLIENT", "KILL", "TYPE", kind)


# Cluster

@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        yield running


@pytest.mark.parametrize("i", range(3))
def test_any_node_of_a_cluster_will_do(cluster, i):
    namespace = f"any-{i}"
    owner = cluster.owner(redis_layout.key(namespace, "root"))
    publisher = Publisher(cluster.nodes[i].url(namespace), owner, namespace)
    with RedisGateway(cluster.nodes[(i + 1) % 3].url(namespace), redis=PACE, wait_ready=False) as gateway:
        first = publisher.publish(numbered_set(1))
        gateway.wait_release(first)
        gateway.wait_release(publisher.publish(numbered_set(2)))
        gateway.wait_release(publisher.rollback(first))
        assert number_in(gateway.decide()) == 1


def test_hints_arrive_from_any_node_of_a_cluster(cluster):
    owner = cluster.owner(redis_layout.key("hinted", "root"))
    publisher = Publisher(owner.url("hinted"), owner, "hinted")
    publisher.publish(numbered_set(1))
    with RedisGateway(cluster.others(redis_layout.key("hinted", "root"))[0].url("hinted"),
                      redis={"poll_ms": 600000}) as gateway:
        channel = redis_layout.key("hinted", "published")
        wait_until(lambda: any(node.call("PUBSUB", "NUMSUB", channel)[1] for node in cluster.nodes),
                   what="it has subscribed")
        gateway.wait_release(publisher.publish(numbered_set(2)))


def test_a_slot_moves_to_another_node(cluster):
    """Half way some pieces are here and some there: -ASK and -TRYAGAIN. The release in force stays; then all is well."""
    root = redis_layout.key("moved", "root")
    old, new = cluster.owner(root), cluster.others(root)[0]
    slot = old.call("CLUSTER", "KEYSLOT", root)
    publisher = Publisher(old.url("moved"), old, "moved")
    publisher.publish(numbered_set(1))
    old_id, new_id = (node.call("CLUSTER", "MYID").decode() for node in (old, new))
    with RedisGateway(old.url("moved"), redis=PACE) as gateway:
        new.call("CLUSTER", "SETSLOT", slot, "IMPORTING", old_id)
        old.call("CLUSTER", "SETSLOT", slot, "MIGRATING", new_id)
        keys = [key for key in old.call("CLUSTER", "GETKEYSINSLOT", slot, 1000) if key != root.encode()]
        old.call("MIGRATE", HOST, new.port, "", 0, 5000, "KEYS", root, *keys[:len(keys) // 2])
        polls_on(gateway, 5)
        assert number_in(gateway.decide()) == 1
        old.call("MIGRATE", HOST, new.port, "", 0, 5000, "KEYS", *old.call("CLUSTER", "GETKEYSINSLOT", slot, 1000))
        for node in (new, old):
            node.call("CLUSTER", "SETSLOT", slot, "NODE", new_id)
        publisher.server = new
        gateway.wait_release(publisher.publish(numbered_set(2)))
        assert number_in(gateway.decide()) == 2


def test_a_cluster_that_lost_a_node_leaves_the_release_in_force():
    with Cluster() as broken:
        owner = broken.owner(ROOT)
        publisher = Publisher(owner.url(), owner)
        publisher.publish(numbered_set(1))
        with RedisGateway(owner.url(), redis=PACE) as gateway:
            lost = broken.others(ROOT)[0]
            lost.save()
            lost.kill()
            gateway.wait_reason("CLUSTERDOWN", timeout_s=20)
            assert number_in(gateway.decide()) == 1 and gateway.is_ready()
            lost.start()
            wait_until(lambda: b"cluster_state:ok" in owner.call("CLUSTER", "INFO"), 20, what="the cluster is whole")
            gateway.wait_release(publisher.publish(numbered_set(2)))


def test_slots_of_the_test_are_those_of_redis(cluster):
    assert sum(int(b"cluster_slots_ok:16384" in node.call("CLUSTER", "INFO")) for node in cluster.nodes) == 3
    assert SLOTS == 16384


# replicas

@pytest.fixture
def replicated(redis):
    """(master, replica, the pipe between them); the replica takes writes of tests."""
    with Pipe(redis.address) as pipe:
        with RedisServer("replica-read-only no", "repl-timeout 600", replica_of=pipe.address) as replica:
            wait_in_step(redis, replica)
            yield redis, replica, pipe


def reads(server):
    """Commands of readers that it has served."""
    stats = server.info("commandstats")
    return sum(int(stats[name].split("calls=")[1].split(",")[0]) for name in ("cmdstat_get", "cmdstat_mget") if name in stats)


def test_a_replica_takes_the_reads_from_the_primary(replicated, publisher):
    master, replica, _ = replicated
    publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis=PACE) as gateway:
        before, of_replica = reads(master), reads(replica)
        polls_on(gateway, 5)
        assert reads(master) == before and reads(replica) > of_replica
        gateway.wait_release(publisher.publish(numbered_set(2)))


def test_a_replica_that_lags_delays_and_does_no_more(replicated, publisher):
    master, replica, pipe = replicated
    first = publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis={**PACE, "hints": False}) as gateway:
        pipe.hold()
        second = publisher.publish(numbered_set(2))
        polls_on(gateway, 5)
        assert gateway.decide()["release"] == first
        pipe.release()
        gateway.wait_release(second)
        assert not [event for event in gateway.events if event["event"] in ("snapshot_refused", "source_unavailable")]


def test_pieces_that_a_replica_has_not_yet_come_from_the_primary(replicated, publisher):
    master, replica, pipe = replicated
    publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis={**PACE, "hints": False}) as gateway:
        pipe.hold()
        release = publisher.publish(numbered_set(2))
        replica.call("SET", ROOT, master.call("GET", ROOT))
        gateway.wait_release(release)
        assert number_in(gateway.decide()) == 2


@pytest.mark.parametrize("is_paused", [False, True], ids=["dead", "silent"])
def test_without_its_replica_it_reads_from_the_primary(replicated, publisher, is_paused):
    master, replica, _ = replicated
    publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis=PACE) as gateway:
        replica.pause() if is_paused else replica.kill()
        gateway.wait_release(publisher.publish(numbered_set(2)))
        assert gateway.is_ready()


def test_a_replica_that_comes_back_behind_never_takes_a_release_away(replicated, publisher):
    """The newer release stays, and the next one becomes active."""
    master, replica, pipe = replicated
    publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis={**PACE, "hints": False}) as gateway:
        pipe.hold()
        replica.pause()
        second = publisher.publish(numbered_set(2))
        gateway.wait_release(second)
        replica.resume()
        served = reads(replica)
        drop_clients(master)
        polls_on(gateway, 5)
        assert reads(replica) > served, "its old root was read"
        assert gateway.decide()["release"] == second and gateway.is_ready()
        pipe.release()
        gateway.wait_release(publisher.publish(numbered_set(3)))


# Sentinels

@pytest.fixture(scope="module")
def sentinels():
    with Replicated() as running:
        Publisher(running.url(), running.master).publish(numbered_set(1))
        yield running


def test_a_dead_sentinel_in_the_list_is_passed_over(sentinels):
    url = sentinels.url().replace("//", f"//{HOST}:{free_port()},")
    with RedisGateway(url, redis=PACE) as gateway:
        assert number_in(gateway.decide()) == 1


def test_a_silent_sentinel_in_the_list_leaves_time_for_the_next(sentinels):
    with FakeRedis() as silent:
        silent.misbehave("silent")
        url = sentinels.url().replace("//", f"//{HOST}:{silent.port},")
        with RedisGateway(url, redis=PACE) as gateway:
            assert number_in(gateway.decide()) == 1


def test_a_master_that_no_sentinel_knows_is_told(sentinels):
    with RedisGateway(sentinels.url().replace(MASTER_NAME, "nobody"), redis=PACE, wait_ready=False) as gateway:
        tells(gateway, "nobody")


def test_sentinels_that_are_all_away_are_told():
    port = free_port()
    url = f"redis+sentinel://{HOST}:{port}/{MASTER_NAME}/0?namespace=main"
    with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
        tells(gateway, str(port))


# who may

def tells(gateway, *words):
    """The log and the status page say these words."""
    event = gateway.wait_reason(words[0])
    error = gateway.status()["source"]["error"]
    for word in words:
        assert word in event["reason"] and word in error, (event, error)
    return event["reason"]


def test_a_password_that_is_wrong_or_missing_is_told_and_never_shown():
    with RedisServer(password="right-one") as redis:
        publisher = Publisher(redis.url(), redis)
        publisher.publish(numbered_set(1))
        with RedisGateway(redis.url(), redis=PACE) as gateway:
            assert number_in(gateway.decide()) == 1
        for url, words in ((redis.url(password="wrong-one"), "WRONGPASS"), (redis.url(password=""), "NOAUTH"),
                           (redis.url(user="nobody"), "WRONGPASS")):
            with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
                tells(gateway, words)
                said = str(gateway.events) + str(gateway.status()) + gateway.stderr()
                assert "wrong-one" not in said and "right-one" not in said


def test_print_config_does_not_show_the_password():
    with RedisServer(password="right-one") as redis:
        with RedisGateway(redis.url(), redis=PACE, wait_ready=False) as gateway:
            shown = subprocess.run([BUILD / "promogate", "-c", gateway.folder / "promogate.conf", "--print-config"],
                                   capture_output=True, text=True, timeout=60)
            assert shown.returncode == 0 and "right-one" not in shown.stdout


def test_a_password_file_is_read_again_when_the_password_changes():
    def write(folder):
        (folder / "password").write_text("old-one\n")

    with RedisServer(password="old-one") as redis:
        publisher = Publisher(redis.url(), redis)
        publisher.publish(numbered_set(1))
        with RedisGateway(redis.url(password=""), redis={**PACE, "password_file": "password"}, prepare=write) as gateway:
            redis.call("CONFIG", "SET", "requirepass", "new-one")
            redis.password, publisher.url = "new-one", redis.url(password="new-one")
            drop_clients(redis)
            tells(gateway, "WRONGPASS")
            (gateway.folder / "password").write_text("new-one\n")
            gateway.wait_release(publisher.publish(numbered_set(2)))
            assert gateway.status()["source"]["error"] == ""


def test_a_password_file_that_is_missing_is_told():
    with RedisServer(password="right-one") as redis:
        with RedisGateway(redis.url(password=""), redis={**PACE, "password_file": "nowhere"}, wait_ready=False) as gateway:
            assert "No such file" in tells(gateway, "nowhere")


READER = ("~promogate:*", "&promogate:*", "-@all", "+auth", "+ping", "+select", "+get", "+mget", "+subscribe",
          "+unsubscribe", "+client|setname")


@pytest.fixture
def users(redis, publisher):
    """Creates the reader with the rights less one; gives the gateway's URL."""
    release = publisher.publish(numbered_set(1))

    def create(without=None, *further):
        rights = [right for right in READER if right != without]
        redis.call("ACL", "SETUSER", "reader", "reset", "on", ">secret", *rights, *further)
        return redis.url(user="reader", password="secret")

    create.release = release
    return create


def test_a_reader_needs_few_rights(users, redis, publisher):
    with RedisGateway(users(), redis=PACE) as gateway:
        gateway.wait_release(publisher.publish(numbered_set(2)))
        assert redis.call("ACL", "LOG") == [], "nothing was denied"


@pytest.mark.parametrize("right, words", [("+get", "get"), ("+mget", "mget"), ("~promogate:*", "")])
def test_a_right_that_is_missing_is_named(users, right, words):
    with RedisGateway(users(right), redis=PACE, wait_ready=False) as gateway:
        reason = tells(gateway, "NOPERM")
        assert words in reason.lower() and "secret" not in reason
        assert not gateway.is_ready()


@pytest.mark.parametrize("right", ["+subscribe", "&promogate:*", "+client|setname", "+ping"])
def test_a_right_that_only_makes_it_better_may_be_missing(users, publisher, right):
    with RedisGateway(users(right), redis=PACE) as gateway:
        gateway.wait_release(publisher.publish(numbered_set(2)))


def test_a_right_that_is_given_later_ends_it_without_help(users):
    with RedisGateway(users("+mget"), redis=PACE, wait_ready=False) as gateway:
        tells(gateway, "NOPERM")
        users()
        gateway.wait_ready()
        assert gateway.decide()["release"] == users.release


def test_a_right_that_is_taken_away_leaves_the_release_in_force(users, redis):
    with RedisGateway(users(), redis=PACE) as gateway:
        redis.call("ACL", "SETUSER", "reader", "off")
        drop_clients(redis)
        tells(gateway, "WRONGPASS")
        assert gateway.decide()["release"] == users.release and gateway.is_ready()


@pytest.fixture
def guarded():
    """A Redis with the users of deploy/redis/users.acl."""
    with RedisServer(acl_file=USERS) as running:
        yield running


def login(role):
    return {"user": f"promogate-{role}", "password": f"change-me-{role}"}


def test_the_users_in_deploy_suffice_for_a_publisher_and_a_gateway(guarded):
    publisher = Publisher(guarded.url(**login("publisher")), guarded)
    first = publisher.publish(numbered_set(1))
    with RedisGateway(guarded.url(**login("reader")), redis=PACE) as gateway:
        wait_until(lambda: guarded.call("PUBSUB", "NUMSUB", redis_layout.key("main", "published"))[1] == 1,
                   what="it has subscribed")
        gateway.wait_release(publisher.publish(numbered_set(2)))
        gateway.wait_release(publisher.rollback(first))
        promoctl("gc", "--redis", publisher.url)
        promoctl("releases", "--redis", publisher.url)
        assert guarded.call("ACL", "LOG") == [], "nothing was denied"


@pytest.mark.parametrize("role, command", [
    ("reader", ("SET", ROOT, "x")), ("reader", ("KEYS", "*")), ("reader", ("GET", "another-program")),
    ("reader", ("PUBLISH", "promogate:{main}:published", "")), ("reader", ("CONFIG", "GET", "*")),
    ("publisher", ("DEL", ROOT)), ("publisher", ("FLUSHALL",)), ("publisher", ("GET", "another-program")),
    ("publisher", ("KEYS", "*")), ("publisher", ("CONFIG", "GET", "*")), ("monitor", ("GET", ROOT)),
    ("monitor", ("SET", ROOT, "x")), ("monitor", ("MONITOR",))],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]))
def test_the_users_in_deploy_may_not(guarded, role, command):
    with guarded.client(**login(role)) as client, pytest.raises(resp.Fault, match="NOPERM"):
        client.call(*command)


def test_the_database_of_the_url_is_the_one_that_is_read(redis):
    with redis.client(database=3) as client:
        redis_layout.write_release(client, "main", 7, numbered_set(7))
    with RedisGateway(redis.url(database=3), redis=PACE) as gateway:
        assert gateway.decide()["release"] == 7
    with RedisGateway(redis.url(), redis=PACE, wait_ready=False) as gateway:
        tells(gateway, "does not exist")
    with RedisGateway(redis.url(database=9999), redis=PACE, wait_ready=False) as gateway:
        tells(gateway, "out of range")


# TLS

def hiredis_version():
    done = subprocess.run(["pkg-config", "--modversion", "hiredis"], capture_output=True, text=True)
    return tuple(map(int, done.stdout.strip().split("."))) if done.returncode == 0 else None


@pytest.mark.skipif(hiredis_version() is None or hiredis_version() >= (1, 0), reason="this hiredis has TLS")
def test_tls_that_this_build_cannot_speak_is_a_clear_error(redis, publisher):
    publisher.publish(numbered_set(1))
    url = redis.url().replace("redis://", "rediss://")
    with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
        reason = tells(gateway, "TLS", "hiredis")
        assert "1.0" in reason
        assert not gateway.is_ready() and gateway.admin("/startupz").status == 200


# who was it

def test_a_slow_log_entry_leads_to_the_refresh_in_our_log(redis, publisher):
    publisher.publish(numbered_set(1))
    with RedisGateway(redis.url(), redis={**PACE, "hints": False}) as gateway:
        redis.call("CONFIG", "SET", "slowlog-log-slower-than", 0)
        active = gateway.wait_release(publisher.publish(numbered_set(2)))
        redis.call("CONFIG", "SET", "slowlog-log-slower-than", -1)
        names = [entry[5].decode() for entry in redis.call("SLOWLOG", "GET", 128) if entry[3][0].upper() == b"MGET"]
        assert len(active["trace_id"]) == 32 and int(active["trace_id"], 16)
        assert any(active["trace_id"] in name for name in names), (active, names)
        assert active["trace_id"] in redis.call("CLIENT", "LIST").decode()
        assert gateway.status()["source"]["trace_id"] == active["trace_id"]


def test_each_refresh_has_a_trace_of_its_own_and_a_name_that_tells_the_program(redis, publisher):
    publisher.publish(numbered_set(1))
    with FakeRedis(redis.address) as fake, RedisGateway(fake.url(), redis=PACE) as gateway:
        gateway.wait_release(publisher.publish(numbered_set(2)))
        traces = [event["trace_id"] for event in gateway.events if event["event"] == "snapshot_active"]
        assert len(set(traces)) == 2
        assert any(name.startswith("promogate/") and traces[1] in name for name in fake.names())


def test_a_redis_that_knows_no_client_name_is_used_all_the_same(redis, publisher):
    publisher.publish(numbered_set(1))
    with FakeRedis(redis.address) as fake:
        fake.misbehave(lambda call, reply: b"-ERR unknown command `CLIENT`, with args beginning with: \r\n", {"CLIENT"})
        with RedisGateway(fake.url(), redis=PACE) as gateway:
            gateway.wait_release(publisher.publish(numbered_set(2)))


# names of hosts, and other URLs

@pytest.mark.parametrize("host", ["localhost", "[::1]"])
def test_a_host_may_be_a_name_or_ipv6(publisher, redis, host):
    publisher.publish(numbered_set(1))
    with RedisServer("bind 127.0.0.1 ::1") as other:
        try:
            resp.Client(("::1", other.port)).close()
        except OSError:
            pytest.skip("this machine has no IPv6 on loopback")
        with other.client() as client:
            redis_layout.write_release(client, "main", 3, numbered_set(3))
        with RedisGateway(other.url().replace(HOST, host), redis=PACE) as gateway:
            assert gateway.decide()["release"] == 3


def test_a_host_that_does_not_exist_is_told():
    with RedisGateway("redis://nowhere.invalid:6379/0?namespace=main", redis=PACE, wait_ready=False) as gateway:
        tells(gateway, "nowhere.invalid")


@pytest.mark.parametrize("url", ["redis://", "redis://h:0", "redis://h:99999", "redis://h/x", "redis://h?namespace=A B",
                                 "redis://h?name=x", "redis://h?namespace=", "redis+sentinel://h:1", "redis://h:1/0?replica=",
                                 "redis://u:s3cret@h:x/"])
def test_a_url_that_is_none_is_refused_at_the_start(url, tmp_path):
    (tmp_path / "promogate.conf").write_text(
        f'listen = "127.0.0.1:0"; source = "{url}"; interfaces = ({{ name = "a"; degrade = "auto"; fallback = "f"; }}); '
        'fallbacks = ({ name = "f"; offers = (); });')
    done = subprocess.run([BUILD / "promogate", "-c", tmp_path / "promogate.conf", "--print-config"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode != 0 and "source" in done.stderr and "s3cret" not in done.stderr, done
