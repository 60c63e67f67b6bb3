#!/usr/bin/python3
"""Includes go one way, and one file a library knows it: the house's directions, checked."""
import pathlib
import re
import sys

ALLOWED = {
    "policy": {"policy"},
    "degrade": {"degrade"},
    "cache": {"cache", "policy"},
    "publish": {"publish", "policy", "cache", "degrade"},
    "service": {"service", "policy", "cache", "degrade"},
}
DOORS = {
    "microhttpd.h": r"^service/http_[a-z_]+\.[ch]$",
    "libconfig.h": r"^service/config_[a-z]+\.[ch]$",
    "urcu-qsbr.h": r"^cache/slot\.c$",
    "curl/curl.h": r"^publish/admin_client\.c$",
    "cjson/cJSON.h": r"^(policy|publish)/[a-z_]+_json\.[ch]$",
    "xxhash.h": r"^policy/hash\.c$",
    "sodium.h": r"^cache/digest\.c$",
    "hiredis/hiredis.h": r"^cache/redis_(link|reply|tls)\.c$",
    "hiredis/hiredis_ssl.h": r"^cache/redis_tls\.c$",
    "openssl/err.h": r"^cache/redis_tls\.c$",
    "openssl/ssl.h": r"^cache/redis_tls\.c$",
    "openssl/x509v3.h": r"^cache/redis_tls\.c$",
    "systemd/sd-daemon.h": r"^service/notify\.c$",
}
# What a pure folder must not reach for: clocks, sockets, the environment, output.
IMPURE = {"time.h", "sys/time.h", "sys/socket.h", "unistd.h", "pthread.h", "fcntl.h", "signal.h"}


def faults(root):
    for folder, allowed in ALLOWED.items():
        for path in sorted((root / folder).glob("*.[ch]")):
            name = f"{folder}/{path.name}"
            for line, text in enumerate(path.read_text().splitlines(), 1):
                found = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', text)
                if not found:
                    continue
                header = found[1]
                target = header.split("/")[0]
                if target in ALLOWED and target not in allowed:
                    yield f"{name}:{line}: {folder} may not include {header}"
                if header in DOORS and not re.match(DOORS[header], name):
                    yield f"{name}:{line}: {header} belongs to {DOORS[header]}"
                if folder in ("policy", "degrade") and header in IMPURE:
                    yield f"{name}:{line}: {folder} is pure, {header} is not"


if __name__ == "__main__":
    found = list(faults(pathlib.Path(__file__).resolve().parent.parent))
    print("\n".join(found) or "includes go one way")
    sys.exit(bool(found))
