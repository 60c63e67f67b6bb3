#!/usr/bin/env bash
# clang-tidy over the product's sources and, through them, its headers: .clang-tidy says which checks, the debug preset how
# a file is compiled. The last line is `tidy: N files, M findings`; any finding fails.
#     tests/tidy.sh                      all files, some minutes
#     tests/tidy.sh --changed [REVISION] those that differ from REVISION (main): a header by the sources that include it
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1
command -v clang-tidy >/dev/null || { echo "tidy: clang-tidy is missing (Debian's package of that name)" >&2; exit 1; }
all=({policy,cache,degrade,publish,service}/*.c)

differing() { # REVISION
    local file
    { git diff --name-only --diff-filter=d "$1" && git ls-files --others --exclude-standard; } |
        while read -r file; do
            case $file in
            *.h) grep -lF "#include \"$file\"" "${all[@]}" ;;
            *) printf '%s\n' "${all[@]}" | grep -xF "$file" ;;
            esac || true # one that is not ours to check
        done | sort -u
}

files=("${all[@]}")
if [ "${1:-}" = --changed ]; then
    base=$(git merge-base HEAD "${2:-main}") || exit 1
    mapfile -t files < <(differing "$base")
fi

cmake --preset debug >/dev/null || exit 1
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
printf '%s\n' "${files[@]}" | xargs -r -P "$(nproc)" -I {} \
    sh -c 'clang-tidy -p build/debug --quiet "$1" >"$2/$(echo "$1" | tr / :)" 2>&1 || touch "$2/failed"' - {} "$found"
findings=$(cat "$found"/* 2>/dev/null | grep -E '^[^ ]+:[0-9]+:[0-9]+: (warning|error):' | sed "s|^$top/||" | sort -u) # a header's once
[ -z "$findings" ] || printf '%s\n' "$findings"
[ ! -e "$found/failed" ] || [ -n "$findings" ] || cat "$found"/*
count=$([ -z "$findings" ] && echo 0 || printf '%s\n' "$findings" | wc -l)
echo "tidy: ${#files[@]} files, $count findings"
[ ! -e "$found/failed" ] && [ "$count" -eq 0 ]
