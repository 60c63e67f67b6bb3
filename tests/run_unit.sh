#!/usr/bin/env bash
# Runs one criterion suite and fails it on any sanitizer report, or when no test of it ran (criterion without /proc is
# content with none): a leak inside a criterion test prints, but does not fail the test. Reports of AddressSanitizer and LeakSanitizer go to files; gcc's UBSan writes to stderr whatever it is told.
set -u
suite=$1
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:log_path=$reports/asan:detect_leaks=1"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:log_path=$reports/ubsan:print_stacktrace=1"
"$suite" --verbose=0 --color=never 2>"$reports/stderr" # and not through a tee, which may be late for what is asked below
status=$?
cat "$reports/stderr" >&2
if grep -q 'runtime error:' "$reports/stderr"; then
    echo "UBSan reported undefined behaviour in $suite"
    exit 1
fi
if ! grep -q 'Tested: [1-9]' "$reports/stderr"; then
    echo "no test of $suite ran"
    exit 1
fi
rm -f "$reports/stderr"
if compgen -G "$reports/*" >/dev/null; then
    cat "$reports"/*
    echo "sanitizer reports were written by $suite"
    exit 1
fi
exit $status
