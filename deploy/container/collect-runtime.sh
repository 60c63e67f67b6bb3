#!/usr/bin/env bash
# Collects what promogate and promoctl need at run time, and nothing else, into a folder that becomes an image's root.
#
#   deploy/container/collect-runtime.sh BUILD ROOT    BUILD holds the two programs; ROOT is made, or is empty
#
#   usr/bin                    the programs, stripped: stacks in the log take names from the dynamic table, which stays
#   usr/lib, usr/lib64         the loader and what ldd names, where the loader looks without a cache
#   etc                        the one user, the order of name lookups, certificate authorities
#   var/lib/dpkg/status.d      the Debian packages that all of it came from: scanners of images read this
#   usr/share/doc/*/copyright  their licences
#   etc/promogate, run/secrets/promogate, var/lib/promogate    empty: where configuration, secrets and state are mounted
#
# No module for name lookups is missing: since glibc 2.34 files and dns are part of libc.so.6.
set -euo pipefail

readonly user_id=10001 authorities=/etc/ssl/certs/ca-certificates.crt

fail() {
    echo "collect-runtime.sh: $*" >&2
    exit 1
}

# Paths as the loader will ask for them. ldd of a program lists what its libraries need too.
libraries_of() {
    local listed
    listed=$(ldd "$@") || fail "ldd cannot read $*"
    ! grep 'not found' <<<"$listed" >&2 || fail "a library is missing"
    awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $1 !~ /:$/ { print $1 }' <<<"$listed" | sort -u
}

# The package that a file came from. On a merged /usr it may be registered with or without the /usr.
package_of() {
    local path
    path=$(realpath "$1")
    { dpkg-query -S "$path" || dpkg-query -S "${path#/usr}"; } 2>/dev/null | sed -n '1s/: .*//p'
}

copy_with_origin() { # FILE: to the same place below root, and a note of its package
    mkdir -p "$root$(dirname "$1")"
    cp --dereference "$1" "$root$1"
    package_of "$1" >>"$packages" || fail "no package has $1"
}

describe_package() {
    local name=${1%%:*}
    dpkg-query -s "$1" >"$root/var/lib/dpkg/status.d/$name"
    install -D -m 644 "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$name/copyright"
}

if [ $# -ne 2 ]; then
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
build=$1
root=$2
for program in promogate promoctl; do
    [ -x "$build/$program" ] || fail "$build holds no $program"
done
[ -f "$authorities" ] || fail "$authorities is missing: install ca-certificates"
mkdir -p "$root"
[ -z "$(ls -A "$root")" ] || fail "$root is not empty"
packages=$(mktemp)
trap 'rm -f "$packages"' EXIT

mkdir -p "$root"/{etc/ssl/certs,run,usr/bin,usr/lib/ssl,usr/lib64,var/lib/dpkg/status.d}
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"

for program in promogate promoctl; do
    strip --strip-unneeded -o "$root/usr/bin/$program" "$build/$program"
done
while read -r library; do
    copy_with_origin "$library"
done < <(libraries_of "$build/promogate" "$build/promoctl")

cp "$authorities" "$root$authorities"
ln -s "$authorities" "$root/usr/lib/ssl/cert.pem" # where OpenSSL looks when no ca_file is set
echo ca-certificates >>"$packages"
echo "promogate:x:$user_id:$user_id:promogate:/var/lib/promogate:/sbin/nologin" >"$root/etc/passwd"
echo "promogate:x:$user_id:" >"$root/etc/group"
echo "hosts: files dns" >"$root/etc/nsswitch.conf"

while read -r package; do
    describe_package "$package"
done < <(sort -u "$packages")

mkdir -p "$root/etc/promogate" "$root/run/secrets/promogate"
install -d -m 700 "$root/var/lib/promogate"
