#!/usr/bin/env bash
# Counts what a keep-alive GET of the demo set costs one worker in user mode: instructions of its turns, by valgrind's
# callgrind, as the difference of two lengths of load, so that neither the start nor the machine's noise matters.
#
#   tests/bench/instructions.sh [BUILD] [SETTING...]     BUILD: a finished release build (build/release)
#   tests/bench/instructions.sh build/release 'decision_log = { file = "/tmp/decisions.jsonl"; };'
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
top=$PWD
build=${1:-build/release}
shift || true
[ -x "$build/promogate" ] && [ -x "$build/bench_load" ] || { echo "instructions.sh: $build holds no build" >&2; exit 2; }
command -v valgrind >/dev/null || { echo "instructions.sh: valgrind is missing (apt-get install valgrind)" >&2; exit 2; }

folder=$(mktemp -d)
gateway=
trap '[ -z "$gateway" ] || kill "$gateway" 2>/dev/null || true; rm -rf "$folder"' EXIT
cat >"$folder/promogate.conf" <<CONF
listen = "127.0.0.1:0";
workers = 1;
source = "file:$top/deploy/demo/policies";
admin = { listen = "127.0.0.1:0"; };
drain = { grace_ms = 0; };
breaker = { mode = "off"; };
interfaces = ( { name = "checkout"; fallback = "none"; } );
fallbacks = ( { name = "none"; offers = (); } );
$*
CONF
echo '/v1/evaluate?user_id=u42&aoi=310115-0001&amount=6200&tier=gold' >"$folder/targets"

count() { # REQUESTS
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=http_loop_turn \
        "$build/promogate" -c "$folder/promogate.conf" >"$folder/log" 2>"$folder/counted" &
    gateway=$!
    for _ in $(seq 300); do # listening comes before the first release
        grep -q '"snapshot_active"' "$folder/log" && grep -q '"listening"' "$folder/log" && break
        sleep 0.1
    done
    local address
    address=$(sed -n 's/.*"event":"listening","listen":"\([^"]*\)".*/\1/p' "$folder/log")
    "$build/bench_load" "$address" --get "$folder/targets" --requests "$1" --seconds 120 >/dev/null
    kill "$gateway"
    wait "$gateway"
    gateway=
    sed -n 's/.*Collected : *//p' "$folder/counted"
}

few=$(count 10000)
many=$(count 30000)
echo "instructions of a GET in user mode: $(((many - few) / 20000))"
