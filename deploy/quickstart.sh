#!/usr/bin/env bash
# From a clone to a running gateway on the demo set: packages, build, start, and a curl line that works.
#
#   deploy/quickstart.sh                runs until Ctrl-C
#   deploy/quickstart.sh --background   prints the pid and returns; stop it with: kill PID
#
# The ports are 8080 and 8081; PROMOGATE_PORT and PROMOGATE_ADMIN_PORT name others.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
port=${PROMOGATE_PORT:-8080}
admin_port=${PROMOGATE_ADMIN_PORT:-8081}
background=false

case "${1:-}" in
"") ;;
--background) background=true ;;
*)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac

"$top/deploy/packages.sh"
cd "$top"
cmake --preset release >/dev/null
cmake --build --preset release --target promogate promoctl

run=$(mktemp -d "${TMPDIR:-/tmp}/promogate.XXXXXX")
sed -e "s|127.0.0.1:8080|127.0.0.1:$port|" -e "s|127.0.0.1:8081|127.0.0.1:$admin_port|" \
    -e "s|\"file:policies\"|\"file:$top/deploy/demo/policies\"|" deploy/demo/promogate.conf >"$run/promogate.conf"
"$top/build/release/promogate" -c "$run/promogate.conf" >"$run/promogate.log" 2>&1 &
pid=$!
stop() {
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

for _ in $(seq 100); do
    if ! kill -0 "$pid" 2>/dev/null; then
        echo "the gateway did not start:" >&2
        cat "$run/promogate.log" >&2
        exit 1
    fi
    if curl -fsS -o /dev/null "http://127.0.0.1:$admin_port/readyz" 2>/dev/null; then
        ready=true
        break
    fi
    sleep 0.1
done
if [ "${ready:-false}" != true ]; then
    echo "the gateway is not ready after 10 s:" >&2
    cat "$run/promogate.log" >&2
    exit 1
fi

cat <<EOF

promogate answers on port $port, its probes and metrics on port $admin_port (log: $run/promogate.log). Try:

  curl 'http://127.0.0.1:$port/v1/evaluate?user_id=u42&aoi=310115-0001&amount=6200&tier=gold'

EOF
if $background; then
    trap - EXIT INT TERM
    echo "pid $pid"
    exit 0
fi
echo "Ctrl-C ends it."
wait "$pid"
