#!/usr/bin/env bash
# Does what a newcomer does: deploy/quickstart.sh, then the curl line that it prints, then ends it.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
said=$(mktemp)
trap 'rm -f "$said"' EXIT

PROMOGATE_PORT=${PROMOGATE_PORT:-18480} PROMOGATE_ADMIN_PORT=${PROMOGATE_ADMIN_PORT:-18481} \
    "$top/deploy/quickstart.sh" --background | tee "$said"
pid=$(sed -n 's/^pid //p' "$said")
line=$(sed -n 's/^ *\(curl .*\)$/\1/p' "$said")
answer=$(bash -c "${line/curl/curl -fsS}")
kill "$pid"
echo "$answer"
grep -q '"degraded":false,"offers":\[{"policy":"' <<<"$answer"
for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || exit 0
    sleep 0.1
done
echo "the gateway did not end within 10 s of SIGTERM" >&2
exit 1
