"""What real gateways expose: every series that rules and dashboards may ask for, those that show only sometimes too.

Two gateways: one with a directory, whose switches, limits and refusals are used, and one with a Redis. A scrape adds
`job` and `instance`; `namespace` is what Kubernetes adds, and empty elsewhere.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "degrade"))

import prometheus
import wire
from gateway import Gateway
from operators import order
from policies import AOI, POLICIES, SETTINGS, context
from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher

SCRAPED = {"job": "promogate", "instance": "127.0.0.1:8081", "namespace": ""}
LIMITED = {"caller_header": "X-Caller", "caller_per_second": 1}
DECIDED = "promogate_decisions_total"


def text_of(gateway):
    return gateway.admin("/metrics").body.decode()


def samples_of(text):
    """[(name, labels as a dict)] as a scrape stores them."""
    families = prometheus.parse(text).values()
    return [(name, {**dict(labels), **SCRAPED}) for family in families for name, labels in family.samples]


def use(gateway):
    """Decisions, a batch, a refused body, a switch and a drill."""
    order(gateway, "browse", "on", reason="a test", ttl_s=600)
    order(gateway, "checkout", "on", drill=True, ttl_s=600)
    for number in range(10):
        assert gateway.get(user_id=f"u{number}", aoi=AOI, amount=6200).status == 200
    gateway.post(context())
    gateway.post(b"{")
    gateway.batch({"requests": [context(), context(interface="browse")]})


def of_a_directory(folder):
    with Gateway(state_dir=str(folder), rate=LIMITED) as gateway:
        use(gateway)
        return text_of(gateway)


def of_a_redis():
    with RedisServer() as redis:
        Publisher(redis.url(), redis).publish({**POLICIES, "settings.json": SETTINGS})
        with RedisGateway(redis.url(), redis={"switch_poll_ms": 100}) as gateway:
            gateway.get()
            wire.wait_until(lambda: gateway.metric("promogate_switch_polls_total") > 0, what="a poll for switches")
            return text_of(gateway)
