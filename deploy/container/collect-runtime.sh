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
#   etc/promogate, run/secrets/promogate    empty: where configuration and secrets are mounted
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

# The packages that files came from. On a merged /usr a file may be registered with or without the /usr.
packages_of() {
    local file path found
    found=$(for file in "$@"; do
        path=$(realpath "$file")
        printf '%s\n' "$path" "${path#/usr}"
    done | xargs dpkg-query -S 2>/dev/null) || true # one form of each is not registered
    for file in "$@"; do
        path=$(realpath "$file")
        grep -qF -e ": $path" -e ": ${path#/usr}" <<<"$found" || fail "no package has $file"
    done
    awk -F ': ' '{ print $1 }' <<<"$found" | sort -u
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
umask 022 # whoever builds: the user of the image must be able to read it
mkdir -p "$root"
[ -z "$(ls -A "$root")" ] || fail "$root is not empty"
chmod 755 "$root"

mkdir -p "$root"/{etc/ssl/certs,run,usr/bin,usr/lib/ssl,usr/lib64,var/lib/dpkg/status.d}
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"

for program in promogate promoctl; do
    strip --strip-unneeded -o "$root/usr/bin/$program" "$build/$program"
done
listed=$(libraries_of "$build/promogate" "$build/promoctl")
mapfile -t libraries <<<"$listed"
for library in "${libraries[@]}"; do
    mkdir -p "$root${library%/*}"
    cp --dereference "$library" "$root$library"
done

cp "$authorities" "$root$authorities"
ln -s "$authorities" "$root/usr/lib/ssl/cert.pem" # where OpenSSL looks when no ca_file is set
echo "promogate:x:$user_id:$user_id:promogate:/var/lib/promogate:/sbin/nologin" >"$root/etc/passwd"
echo "promogate:x:$user_id:" >"$root/etc/group"
echo "hosts: files dns" >"$root/etc/nsswitch.conf"

listed=$(packages_of "${libraries[@]}")
mapfile -t packages <<<"$listed"
packages+=(ca-certificates)
dpkg-query -s "${packages[@]}" | awk -v RS= -v folder="$root/var/lib/dpkg/status.d" '{ print > (folder "/" $2) }'
for package in "${packages[@]%%:*}"; do
    install -D -m 644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done

mkdir -p "$root/etc/promogate" "$root/run/secrets/promogate"
