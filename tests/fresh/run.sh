#!/usr/bin/env bash
# The fresh-machine proof: a bare root of a distribution, a clean clone of HEAD, and in it the README's two commands.
#
#   tests/fresh/run.sh debian12 | debian13 | ubuntu24.04 [OPTION...]
#     --tests REGEX   of tests/run.sh only these; without it all
#     --mirror URL    where packages come from; without it the first of this machine's apt that has the distribution
#     --keep DIR      the root stays in DIR, and a later run goes on with it: for developing
#
# As root, with debootstrap and the distribution's keyring; some 20 minutes. Debian 12 is the reference. Debian 13 has
# newer libraries: libmicrohttpd 1.0, and a hiredis with TLS, whose tests must run there. The last line is
#
#   fresh: debian13: 281 passed, 0 failed
#
# with the quickstart, whether TLS to Redis could be tested, and each test; the exit status is 0 only if all passed.
# Everything lies in a temporary folder; mounts and processes are in namespaces that end with this script, even when it
# is killed (inside.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)

BOOTSTRAP_S=1200 QUICKSTART_S=1800 TESTS_S=5400        # each step's bound, for a slow mirror and a busy machine
PORTS=(PROMOGATE_PORT=18490 PROMOGATE_ADMIN_PORT=18491) # the network is this machine's, where others may have the usual

usage() {
    sed -n '2,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
}

fail() {
    echo "fresh: $*" >&2
    exit 1
}

distribution=${1:-}
case $distribution in
debian12) suite=bookworm components=main keyrings=(debian-archive-keyring debian-archive-bookworm-stable) alike=sid ;;
debian13) suite=trixie components=main keyrings=(debian-archive-keyring debian-archive-trixie-stable) alike=sid ;;
ubuntu24.04) suite=noble components=main,universe keyrings=(ubuntu-archive-keyring) alike=gutsy ;;
*) usage ;;
esac
shift

tests=() mirror='' keep=''
while [ $# -ge 2 ]; do
    case $1 in
    --tests) tests=(-R "$2") ;;
    --mirror) mirror=$2 ;;
    --keep) keep=$2 ;;
    *) usage ;;
    esac
    shift 2
done
[ $# -eq 0 ] || usage
[ "$(id -u)" -eq 0 ] || fail "needs root, for chroot"
command -v debootstrap >/dev/null || fail "needs debootstrap"

folder=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/promogate-fresh.XXXXXX")}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd) # debootstrap wants it absolute
root=$folder/root
clone=$root/srv/promogate # where others than root may look into it: a test runs as nobody
step_pid=''
# shellcheck disable=SC2317 # the traps call it
clean() {
    if [ -n "$step_pid" ]; then
        kill -KILL "$step_pid" 2>/dev/null || true
        wait "$step_pid" 2>/dev/null || true
    fi
    if [ -z "$keep" ]; then
        rm -rf --one-file-system "$folder"
    fi
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

# bounded SECONDS COMMAND...: in namespaces of its own. Who is killed kills the next: this script, timeout, unshare, all.
# In the background, for a trap waits for what is not.
bounded() {
    local limit_s=$1
    shift
    setpriv --pdeathsig KILL timeout --foreground -s KILL "$limit_s" \
        setpriv --pdeathsig KILL unshare --mount --pid --fork --mount-proc --kill-child "$@" </dev/null &
    step_pid=$!
    local status=0
    wait "$step_pid" || status=$?
    step_pid=''
    [ "$status" -ne 137 ] || echo "fresh: given up after $limit_s s" >&2
    return "$status"
}

inside() { # SECONDS COMMAND...
    bounded "$1" "$here/inside.sh" "$root" "${@:2}"
}

# what it is made of

mirror_has_suite() {
    /usr/lib/apt/apt-helper download-file "${1%/}/dists/$suite/Release" "$folder/Release" >/dev/null 2>&1
}

find_mirror() {
    # shellcheck disable=SC2016 # it is apt's
    local candidate format='$(REPO_URI)'
    while read -r candidate; do
        if mirror_has_suite "$candidate"; then
            echo "$candidate"
            return
        fi
    done < <(apt-get indextargets --format "$format" 'Created-By: Packages' | sort -u)
    return 1
}

find_keyring() {
    local name
    for name in "${keyrings[@]}"; do
        if [ -f "/usr/share/keyrings/$name.gpg" ]; then
            echo "/usr/share/keyrings/$name.gpg"
            return
        fi
    done
    return 1
}

bootstrap() {
    local keyring options=(--variant=minbase --components="$components") script=()
    mirror=${mirror:-$(find_mirror)} || fail "no mirror of this machine's apt has $suite: --mirror names one"
    keyring=$(find_keyring) || fail "needs a keyring of: ${keyrings[*]}"
    [[ $mirror != https:* ]] || options+=(--include=ca-certificates)
    [ -e "/usr/share/debootstrap/scripts/$suite" ] || script=("/usr/share/debootstrap/scripts/$alike")
    eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
    http_proxy=${http_proxy:-} https_proxy=${https_proxy:-} bounded "$BOOTSTRAP_S" debootstrap "${options[@]}" \
        --keyring="$keyring" "$suite" "$root" "$mirror" "${script[@]}" >"$folder/bootstrap.log" 2>&1 || {
        tail -n 20 "$folder/bootstrap.log" >&2
        fail "debootstrap failed"
    }
    # How apt gets at packages here is the machine's affair; what it installs is not.
    apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)' >"$root/etc/apt/apt.conf.d/90machine" || true
    echo '127.0.0.1 localhost' >"$root/etc/hosts" # the installer would have written it
    touch "$folder/made"
}

clone_head() {
    local head
    head=$(git -C "$top" rev-parse HEAD)
    [ -d "$clone" ] || git clone -q --no-checkout "$top" "$clone"
    git -C "$clone" fetch -q "$top" HEAD
    git -C "$clone" checkout -q --detach "$head"
    [ -z "$(git -C "$top" status --porcelain)" ] || echo "fresh: the working tree has changes that are not in HEAD"
}

# what is proved

passed=0 failed=0
count() { # PASSED FAILED
    passed=$((passed + $1))
    failed=$((failed + $2))
}

quickstart() {
    echo "::: deploy/quickstart.sh --background, and the line that it prints"
    if inside "$QUICKSTART_S" env "${PORTS[@]}" /srv/promogate/tests/quickstart.sh; then
        count 1 0
    else
        count 0 1
    fi
}

versions() {
    echo "::: versions"
    # shellcheck disable=SC2016 # it is the inner shell's
    inside 60 sh -c '. /etc/os-release; echo "$PRETTY_NAME"; gcc --version | head -n 1
        for library in libmicrohttpd hiredis hiredis_ssl libcjson libconfig liburcu-qsbr libcurl criterion; do
            echo "$library $(pkg-config --modversion $library 2>/dev/null || echo "not there")"
        done
        redis-server --version; python3 --version'
}

# 0.14 has none, and nothing to be missed; where it is newer, no TLS would mean that its tests stayed out unseen.
tls_is_there() {
    inside 60 sh -c 'pkg-config --max-version=0.14.99 hiredis || pkg-config --exists hiredis_ssl'
}

all_tests() {
    local log=$folder/tests.log out tee_pid all bad
    echo "::: tests/run.sh ${tests[*]}"
    exec {out}> >(tee "$log") # and not a pipe: a trap would wait for it
    tee_pid=$!
    inside "$TESTS_S" env PYTEST_ADDOPTS=-rs /srv/promogate/tests/run.sh "${tests[@]}" >&"$out" 2>&1 || true
    exec {out}>&-
    wait "$tee_pid"
    read -r bad all < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$log") || true
    if [ "${all:-0}" -eq 0 ]; then
        echo "fresh: no test ran"
        count 0 1
        return
    fi
    count $((all - bad)) "$bad"
    echo "::: claims that were left out, and why"
    grep -a '^SKIPPED' "$clone/build/debug/Testing/Temporary/LastTest.log" || echo none
}

# One function, one line: bash has read all before it begins, and who edits this file meanwhile does no harm.
main() {
    [ -e "$folder/made" ] || bootstrap
    clone_head
    echo "::: $distribution at $(git -C "$clone" rev-parse --short HEAD), $(date -u +%Y-%m-%d)"
    quickstart
    versions
    if tls_is_there; then count 1 0; else
        echo "fresh: hiredis is new enough for TLS and was not found with it"
        count 0 1
    fi
    all_tests
    echo "fresh: $distribution: $passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

main; exit
