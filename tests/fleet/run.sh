#!/usr/bin/env bash
# A fleet of gateways on one Redis: what each event costs, and how soon all gateways have it.
#
#   tests/fleet/run.sh [--gateways N] [--json FILE] [--strict] [--build DIR]
#   tests/fleet/run.sh --short [--build DIR]
#     --gateways N   default 1000 (--short: 100); three open files each
#     --json FILE    everything measured, the times of each gateway included
#     --strict       exit 1 when a claim falls short (it is always printed)
#     --short        half a minute, one pass without spread; exit 1 when a claim falls short
#     --build DIR    where fleet and promoctl are; by default build/release, which is built first
#
# Prints Markdown. README.md says what is simulated and what is not.
set -euo pipefail

fail() {
    echo "run.sh: $*" >&2
    exit 2
}

gateways= build=${PROMOGATE_BUILD_DIR:-} more=()
while [ $# -gt 0 ]; do
    case $1 in
    --gateways)
        [[ ${2:-} =~ ^[1-9][0-9]{0,4}$ && $2 -le 20000 ]] || fail "--gateways takes 1 to 20000"
        gateways=$2
        shift
        ;;
    --json | --build)
        [ -n "${2:-}" ] || fail "$1 takes a path"
        path=$(realpath -m "$2")
        [ "$1" = --build ] && build=$path || more+=(--json "$path")
        shift
        ;;
    --short) gateways=${gateways:-100} more+=(--short) ;;
    --strict) more+=(--strict) ;;
    --help | -h)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) fail "unknown option $1; see --help" ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in redis-server /usr/bin/python3; do
    command -v "$program" >/dev/null || fail "$program is missing (apt-get install redis-server python3)"
done
if [ -z "$build" ]; then
    build=$PWD/build/release
    log=$(cmake --preset release 2>&1 && cmake --build build/release --target fleet promoctl 2>&1) ||
        { tail -n 30 <<<"$log" >&2; fail "the release build failed"; }
fi

driver=
cleanup() {
    if [ -n "$driver" ] && kill -0 "$driver" 2>/dev/null; then
        kill -TERM "$driver" # it stops the servers and the fleet that it started, each by its pid
        wait "$driver" || true
    fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

echo "$(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) cores, Linux $(uname -r), $(redis-server --version |
    cut -d' ' -f1-3), $(date -u +%Y-%m-%dT%H:%MZ), load average before $(cut -d' ' -f1 /proc/loadavg)."
echo "Gateways fetch, verify and hash their documents; they do not compile them."
echo
export PYTHONDONTWRITEBYTECODE=1 PROMOGATE_BUILD_DIR=$build
/usr/bin/python3 tests/fleet/simulation.py --build "$build" --gateways "${gateways:-1000}" "${more[@]}" &
driver=$!
wait "$driver"
