"""The publisher where Redis is more than one process: through a Sentinel, and through any node of a Cluster."""

from namespace import Namespace, encoded, policies, policy, run, write_folder
from redis_topology import Cluster, Replicated, wait_in_step

SET = policies(14)
EDITED = {**SET, "p-3.json": policy(3, priority=7)}
PIECES = "promogate:{%s}:piece:" + "0" * 32


def run_all(url, tmp_path):
    """Every command in turn."""
    for arguments in [("publish", write_folder(tmp_path / "a", SET)), ("publish", write_folder(tmp_path / "b", EDITED)),
                      ("releases",), ("show", "current"), ("diff", 1, 2), ("rollback", 1), ("rollback", 2), ("gc",),
                      ("export", "current", tmp_path / "out")]:
        done = run(*arguments, "--redis", url)
        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == encoded(EDITED)


def test_a_cluster_is_entered_through_any_node(tmp_path):
    with Cluster() as cluster:
        for number, node in enumerate(cluster.nodes):
            name = f"n{number}"
            owner = cluster.owner("promogate:{%s}:root" % name)
            owner.call("SET", PIECES % name, "D")  # what gc must find, wherever it entered
            folder = tmp_path / name
            folder.mkdir()
            run_all(node.url(name), folder)
            with owner.client() as client:
                namespace = Namespace(owner, client, name)
                assert namespace.release()[1] == encoded(EDITED)
                assert client.call("TTL", PIECES % name) > 0


def test_a_sentinel_leads_to_the_master_also_after_a_failover(tmp_path):
    with Replicated() as redis:
        run_all(redis.url("main"), tmp_path)
        wait_in_step(redis.master, redis.replica)
        redis.master.kill()
        redis.wait_failover()
        done = run("publish", write_folder(tmp_path / "c", SET), "--redis", redis.url("main"))
        assert done.returncode == 0 and done.stdout.startswith("release 5: "), done
