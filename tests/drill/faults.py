"""Redis dies, or stops answering, while callers of both servers go on asking: what each one's callers saw."""

import contextlib
import time

import crowd
from wire import wait_until

CALM_S = 0.5
AFTER_S = 1.5  # longer than the baseline's second of patience with a Redis that does not answer
BACK_S = 10.0


def bytes_heard(gateway):
    return gateway.metric("promogate_source_bytes_total", direction="in")


def suffer(servers, questions, seconds, breaks, mends):
    """`servers` by name; breaks() and mends() do it to Redis. By name: a Tally of the fault, and how it ended."""
    gateway = servers["promogate"]
    with contextlib.ExitStack() as stack:
        crowds = {name: stack.enter_context(crowd.Crowd(server.address, questions)) for name, server in servers.items()}
        time.sleep(CALM_S)
        begin = time.monotonic()
        breaks()
        time.sleep(seconds)
        end, heard = time.monotonic(), bytes_heard(gateway)
        mends()
        returned = time.monotonic()
        wait_until(lambda: bytes_heard(gateway) > heard, BACK_S, what="promogate hears Redis again")
        heard_again_s = time.monotonic() - returned
        time.sleep(max(0.0, AFTER_S - heard_again_s))
        records = {name: one.stop() for name, one in crowds.items()}
    return {name: {**vars(crowd.Tally(of_one, begin, end)), "right_again_s": crowd.right_again_s(of_one, returned),
                   "heard_again_s": heard_again_s} for name, of_one in records.items()}


def kill(servers, redis, questions, seconds):
    """SIGKILL; it comes back with its data."""
    redis.save()
    return suffer(servers, questions, seconds, redis.kill, redis.start)


def stall(servers, redis, questions, seconds):
    """SIGSTOP: connections are still accepted by the kernel, nobody answers. What an overloaded Redis looks like."""
    return suffer(servers, questions, seconds, redis.pause, redis.resume)
