"""The floods under which probes must be answered, by name; each is a context that lasts while it is open."""

import contextlib

from flood_process import Flood
from load import Load

KEEP_ALIVES = 256
CONNECTIONS_MAX = 300  # of the gateway: room for the requests, and not for the churn
LIMITS = {"max_connections": CONNECTIONS_MAX, "head_timeout_ms": 1000}


@contextlib.contextmanager
def _one(kind, address):
    with Flood(kind, address) as flood:
        yield
        done = flood.stop()
        assert all(done[count] > 0 for count in ("connections", "requests") if count in done), done


def connections(address):
    """They come and go, past the ceiling."""
    return _one("churn", address)


def slow_heads(address):
    return _one("slow_heads", address)


def pipelines(address):
    return _one("pipelines", address)


def requests(address):
    """From many keep-alive connections, as fast as they are answered."""
    return Load(address, KEEP_ALIVES)


@contextlib.contextmanager
def everything(address):
    """All of it at once. The load is let in first: the churn leaves no room."""
    with requests(address), pipelines(address), slow_heads(address), connections(address):
        yield


ALL = {flood.__name__: flood for flood in (connections, requests, slow_heads, pipelines, everything)}
