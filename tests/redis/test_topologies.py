"""Where Redis stands: in a Cluster, behind replicas that lag, under Sentinels."""

import pytest

import redis_layout
from fake_redis import FakeRedis, Pipe
from redis_gateway import RedisGateway
from redis_server import HOST, RedisServer, free_port
from redis_topology import MASTER_NAME, Cluster, Replicated, wait_in_step
from releases import Publisher, number_in, numbered_set
from wire import wait_until

PACE = {"poll_ms": 100, "backoff_max_ms": 300}
ROOT = redis_layout.key("main", "root")


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
        gateway.polls_on(5)
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
        gateway.polls_on(5)
        assert reads(master) == before and reads(replica) > of_replica
        gateway.wait_release(publisher.publish(numbered_set(2)))


def test_a_replica_that_lags_delays_and_does_no_more(replicated, publisher):
    master, replica, pipe = replicated
    first = publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis={**PACE, "hints": False}) as gateway:
        pipe.hold()
        second = publisher.publish(numbered_set(2))
        gateway.polls_on(5)
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
        master.drop_clients()
        gateway.polls_on(5)
        assert reads(replica) > served, "its old root was read"
        assert gateway.decide()["release"] == second and gateway.is_ready()
        assert not [event for event in gateway.events if event["event"] == "snapshot_refused"], "the primary knew better"
        pipe.release()
        gateway.wait_release(publisher.publish(numbered_set(3)))


def test_a_replica_that_is_back_takes_the_reads_again(replicated, publisher):
    master, replica, _ = replicated
    publisher.publish(numbered_set(1))
    wait_in_step(master, replica)
    with RedisGateway(master.url(replica=f"{HOST}:{replica.port}"), redis={**PACE, "hints": False}) as gateway:
        replica.pause()
        served = reads(master)
        wait_until(lambda: reads(master) > served, 10, what="reads come from the primary")
        replica.resume()
        served = reads(replica)
        wait_until(lambda: reads(replica) > served + 5, 25, what="and from the replica again, after ten seconds")


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
        gateway.tells("nobody")


def test_sentinels_that_are_all_away_are_told():
    port = free_port()
    url = f"redis+sentinel://{HOST}:{port}/{MASTER_NAME}/0?namespace=main"
    with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
        gateway.tells(str(port))
