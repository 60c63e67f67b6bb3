"""How a gateway gets at its Redis, and what it says when it does not: passwords, rights, TLS, names, and who it was."""

import subprocess

import pytest

import libraries
import redis_layout
import resp
from fake_redis import FakeRedis
from gateway import BUILD
from redis_gateway import RedisGateway
from redis_server import HOST, RedisServer, free_port
from releases import Publisher, number_in, numbered_set

PACE = {"poll_ms": 100, "backoff_max_ms": 300}


# who may

def test_a_password_that_is_wrong_or_missing_is_told_and_never_shown():
    with RedisServer(password="right-one") as redis:
        publisher = Publisher(redis.url(), redis)
        publisher.publish(numbered_set(1))
        with RedisGateway(redis.url(), redis=PACE) as gateway:
            assert number_in(gateway.decide()) == 1
        for url, words in ((redis.url(password="wrong-one"), "WRONGPASS"), (redis.url(password=""), "NOAUTH"),
                           (redis.url(user="nobody"), "WRONGPASS")):
            with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
                gateway.tells(words)
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
            redis.drop_clients()
            gateway.tells("WRONGPASS")
            (gateway.folder / "password").write_text("new-one\n")
            gateway.wait_release(publisher.publish(numbered_set(2)))
            assert gateway.status()["source"]["error"] == ""


def test_a_password_file_that_is_missing_is_told():
    with RedisServer(password="right-one") as redis:
        with RedisGateway(redis.url(password=""), redis={**PACE, "password_file": "nowhere"}, wait_ready=False) as gateway:
            assert "No such file" in gateway.tells("nowhere")


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
        reason = gateway.tells("NOPERM")
        assert words in reason.lower() and "secret" not in reason
        assert not gateway.is_ready()


@pytest.mark.parametrize("right", ["+subscribe", "&promogate:*", "+client|setname", "+ping"])
def test_a_right_that_only_makes_it_better_may_be_missing(users, publisher, right):
    with RedisGateway(users(right), redis=PACE) as gateway:
        gateway.wait_release(publisher.publish(numbered_set(2)))


def test_a_right_that_is_given_later_ends_it_without_help(users):
    with RedisGateway(users("+mget"), redis=PACE, wait_ready=False) as gateway:
        gateway.tells("NOPERM")
        users()
        gateway.wait_ready()
        assert gateway.decide()["release"] == users.release


def test_a_right_that_is_taken_away_leaves_the_release_in_force(users, redis):
    with RedisGateway(users(), redis=PACE) as gateway:
        redis.call("ACL", "SETUSER", "reader", "off")
        redis.drop_clients()
        gateway.tells("WRONGPASS")
        assert gateway.decide()["release"] == users.release and gateway.is_ready()


def test_the_database_of_the_url_is_the_one_that_is_read(redis):
    with redis.client(database=3) as client:
        redis_layout.write_release(client, "main", 7, numbered_set(7))
    with RedisGateway(redis.url(database=3), redis=PACE) as gateway:
        assert gateway.decide()["release"] == 7
    with RedisGateway(redis.url(), redis=PACE, wait_ready=False) as gateway:
        gateway.tells("does not exist")
    with RedisGateway(redis.url(database=9999), redis=PACE, wait_ready=False) as gateway:
        gateway.tells("out of range")


# TLS

HAS_TLS = libraries.version("hiredis_ssl") >= (1, 0)


@pytest.mark.skipif(HAS_TLS, reason="this hiredis has TLS")
def test_tls_that_this_build_cannot_speak_is_a_clear_error(redis, publisher):
    publisher.publish(numbered_set(1))
    url = redis.url().replace("redis://", "rediss://")
    with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
        reason = gateway.tells("TLS", "hiredis")
        assert "1.0" in reason
        assert not gateway.is_ready() and gateway.admin("/startupz").status == 200


def make_certificate(folder):
    """Of an authority that is nobody else's; made out for the loopback address."""
    key, certificate = folder / "tls.key", folder / "tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=redis", "-addext", f"subjectAltName=IP:{HOST}", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    return key, certificate


@pytest.mark.skipif(not HAS_TLS, reason="hiredis 0.14 has no TLS")
def test_releases_travel_through_tls_from_promoctl_to_the_gateway_and_only_with_the_right_authority(tmp_path):
    key, certificate = make_certificate(tmp_path)
    port = free_port()
    with RedisServer(f"tls-port {port}", f"tls-cert-file {certificate}", f"tls-key-file {key}",
                     f"tls-ca-cert-file {certificate}", "tls-auth-clients no") as redis:
        url = f"rediss://{HOST}:{port}/0?namespace=main"
        trusting = ("--ca-file", certificate)
        publisher = Publisher(url, redis)
        publisher.publish(numbered_set(1), *trusting)
        with RedisGateway(url, redis={**PACE, "ca_file": str(certificate)}) as gateway:
            assert number_in(gateway.decide()) == 1
            redis.drop_clients()
            gateway.wait_release(publisher.publish(numbered_set(2), *trusting))
        with RedisGateway(url, redis=PACE, wait_ready=False) as gateway:
            gateway.tells("certificate")
            assert not gateway.is_ready()


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
        gateway.tells("nowhere.invalid")


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
