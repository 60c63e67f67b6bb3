#!/usr/bin/python3
"""How soon after its start a gateway without Redis gives the first correct answer, from a state file of many policies.

    tests/redis/start_time.py [--policies 10000] [--aois 300] [--starts 10] [--build build/release]

Publishes into a Redis of its own, lets a gateway write its state, takes Redis away, and starts the gateway again and
again: from exec to the first decision that is not a fallback.
"""

import argparse
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

LARGE_S = 600.0
PACE = {"fetch_bytes_per_second": 1 << 30, "release_max_bytes": 1 << 30}


def documents(policies, aois):
    """As many policies; their codes come from a city's worth of them."""
    chance = random.Random(1)
    codes = [f"310{i // 10000:03}-{i % 10000:04}" for i in range(100000)]
    return {f"p{p:05}.json": {"id": f"p{p:05}", "scope": {"type": "aoi", "aois": chance.sample(codes, aois)},
                              "offer": {"coupon": f"C-{p}", "kind": "amount_off", "tiers": [{"reach": 5000, "off": 800}]}}
            for p in range(policies)}


def first_answer_s(build, config, port, request, release):
    """Seconds from exec to the first full decision of that release."""
    begin = time.monotonic()
    process = subprocess.Popen([build / "promogate", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() - begin < 60:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as connection:
                    connection.settimeout(5)
                    connection.sendall(request)
                    answer = connection.recv(1 << 16)
                if b'"degraded":false' in answer and f'"release":{release},'.encode() in answer:
                    return time.monotonic() - begin
            except OSError:
                time.sleep(0.001)
        raise AssertionError("no answer within a minute")
    finally:
        process.terminate()
        process.wait()


def measure(given, folder):
    from gateway import BUILD, get_request
    from redis_gateway import RedisGateway
    from redis_layout import write_release
    from redis_server import RedisServer, free_port
    print(f"{given.policies} policies x {given.aois} AOIs, build {BUILD.name}")
    with RedisServer() as redis, redis.client() as client:
        content = documents(given.policies, given.aois)
        write_release(client, "main", 1, content)
        port = free_port()
        with RedisGateway(redis.url(), PACE, state_dir=str(folder / "state"), listen=f"127.0.0.1:{port}",
                          wait_ready=False) as gateway:
            gateway.wait_event("state_written", LARGE_S)
            config = folder / "promogate.conf"
            config.write_bytes((gateway.folder / "promogate.conf").read_bytes())
        redis.kill()
        request = get_request(user_id="u1", aoi=content["p00000.json"]["scope"]["aois"][0], amount=6200)
        seconds = sorted(first_answer_s(BUILD, config, port, request, 1) for _ in range(given.starts))
    size = max(file.stat().st_size for file in (folder / "state").iterdir())
    print(f"state file {size / 1e6:.1f} MB; first correct answer after {seconds[0] * 1e3:.0f} ms (fastest), "
          f"{seconds[len(seconds) // 2] * 1e3:.0f} ms (median), {seconds[-1] * 1e3:.0f} ms (slowest) of {len(seconds)} starts")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--policies", type=int, default=10000)
    options.add_argument("--aois", type=int, default=300)
    options.add_argument("--starts", type=int, default=10)
    options.add_argument("--build", default="build/release")
    given = options.parse_args()
    os.environ.setdefault("PROMOGATE_BUILD_DIR", given.build)
    with tempfile.TemporaryDirectory(prefix="promogate-start-") as folder:
        measure(given, pathlib.Path(folder))


if __name__ == "__main__":
    main()
