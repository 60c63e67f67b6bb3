"""Redis in more than one process: Sentinels over a master and its replica, a Cluster of three nodes.

    with Replicated() as redis:             # master, replica, one Sentinel that knows both
        redis.master.kill()
        redis.wait_failover()
        redis.url("main")                   # redis+sentinel://…

    with Cluster() as cluster:
        cluster.nodes[0].url("main")        # any node will do
"""

import contextlib

import resp
import wire
from redis_server import HOST, RedisServer, free_port

MASTER_NAME = "mymaster"
DOWN_AFTER_MS = 500
FAILOVER_TIMEOUT_S = 30.0
SLOTS = 16384


class Sentinel(RedisServer):
    arguments = ("--sentinel",)

    def __init__(self, master, quorum=1):
        super().__init__()
        self._master, self._quorum = master, quorum

    def _lines(self):
        return [f"bind {HOST}", f"port {self.port}", f"dir {self.folder}", "protected-mode no",
                f"sentinel monitor {MASTER_NAME} {HOST} {self._master.port} {self._quorum}",
                f"sentinel down-after-milliseconds {MASTER_NAME} {DOWN_AFTER_MS}",
                f"sentinel failover-timeout {MASTER_NAME} 3000"]

    def master_port(self):
        return int(self.call("SENTINEL", "get-master-addr-by-name", MASTER_NAME)[1])

    def knows_replica(self):
        replicas = self.call("SENTINEL", "replicas", MASTER_NAME)
        facts = [dict(zip(replica[::2], replica[1::2])) for replica in replicas]
        return any(fact[b"flags"] == b"slave" and fact[b"master-link-status"] == b"ok" for fact in facts)


def wait_in_step(master, replica):
    """Until the replica has all that the master has."""
    def is_in_step():
        info = replica.info("replication")
        return (info.get("master_link_status") == "up"
                and info["slave_repl_offset"] == master.info("replication")["master_repl_offset"])
    wire.wait_until(is_in_step, 20.0, what="the replica is in step")


class Replicated:
    """A master, a replica, and a Sentinel that fails over within seconds."""

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.master = stack.enter_context(RedisServer())
            self.replica = stack.enter_context(RedisServer(replica_of=self.master))
            wait_in_step(self.master, self.replica)
            self.sentinel = stack.enter_context(Sentinel(self.master))
            wire.wait_until(self.sentinel.knows_replica, 30.0, 0.05, what="the Sentinel knows the replica")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def url(self, namespace="main", database=0):
        return f"redis+sentinel://{HOST}:{self.sentinel.port}/{MASTER_NAME}/{database}?namespace={namespace}"

    def wait_failover(self):
        """After the master's death: until the replica takes writes, and the Sentinel says so."""
        wire.wait_until(lambda: self.sentinel.master_port() == self.replica.port
                        and self.replica.info("replication")["role"] == "master", FAILOVER_TIMEOUT_S, 0.02,
                        what="the Sentinel fails over")


class ClusterNode(RedisServer):
    def __init__(self):
        self.bus_port = free_port()
        super().__init__("cluster-enabled yes", f"cluster-port {self.bus_port}", "cluster-node-timeout 2000")


class Cluster:
    """Three masters, a third of the slots each."""

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.nodes = [stack.enter_context(ClusterNode()) for _ in range(3)]
            for i, node in enumerate(self.nodes):
                node.call("CLUSTER", "ADDSLOTSRANGE", SLOTS * i // 3, SLOTS * (i + 1) // 3 - 1)
                node.call("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
            for node in self.nodes[1:]:
                self.nodes[0].call("CLUSTER", "MEET", HOST, node.port, node.bus_port)
            wire.wait_until(lambda: all(self._is_whole(node) for node in self.nodes), 30.0, 0.05,
                            what="the nodes agree on the slots")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    @staticmethod
    def _is_whole(node):
        info = dict(line.split(":", 1) for line in node.call("CLUSTER", "INFO").decode().split())
        return info["cluster_state"] == "ok" and info["cluster_known_nodes"] == "3"

    def owner(self, key):
        """The node that has the key's slot."""
        for node in self.nodes:
            try:
                node.call("EXISTS", key)
                return node
            except resp.Fault as fault:
                assert fault.code == "MOVED", fault
        raise AssertionError("no node owns the slot")

    def others(self, key):
        owner = self.owner(key)
        return [node for node in self.nodes if node is not owner]
