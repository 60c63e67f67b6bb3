#!/usr/bin/env bash
# Fuzzes each target for so many seconds with its corpus and dictionary; fails on any finding.
#
#     tests/fuzz/run.sh SECONDS [TARGET...]       TARGET: context_json, policy_set, ...; all without one
#
# What a run discovers stays in build/fuzz/tests/fuzz/findings/TARGET: inputs in corpus/, crashes beside it.
set -uo pipefail
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "SECONDS is a positive number, not $seconds" >&2; exit 2; }
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PROMOGATE_BUILD_DIR:-$top/build/fuzz}

cd "$top" || exit 1
cmake --preset fuzz -B "$build" >/dev/null && cmake --build "$build" -j 2 --target fuzz_targets || exit 1

if [ $# -gt 0 ]; then
    targets=("$@")
else
    mapfile -t targets < <(cd "$build/fuzz" && printf '%s\n' fuzz_*.options | sed 's/^fuzz_//; s/\.options$//')
fi

clean=0
found=0
for target in "${targets[@]}"; do
    program=$build/fuzz/fuzz_$target
    findings=$build/tests/fuzz/findings/$target
    mapfile -t options <"$program.options"
    mkdir -p "$findings/corpus"
    echo "::: $target for $seconds s"
    if "$program" -max_total_time="$seconds" -print_final_stats=1 "${options[@]}" "$findings/corpus" \
        "$here/corpus/$target" >"$findings/log" 2>&1; then
        clean=$((clean + 1))
        sed -n 's/^stat::number_of_executed_units: */    executions /p; s/^stat::new_units_added: */    new inputs /p' \
            "$findings/log"
    else
        found=$((found + 1))
        tail -n 60 "$findings/log"
        echo "    a finding: see $findings"
    fi
done
echo "fuzz: $clean targets without a finding, $found with one, $seconds s each"
[ "$found" -eq 0 ] && [ "$clean" -gt 0 ]
