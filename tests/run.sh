#!/usr/bin/env bash
# Builds and runs all tests of the debug build: unit suites, differential, HTTP, configuration, OpenAPI, sweep.
# Arguments go to ctest: tests/run.sh -L unit, tests/run.sh -R http.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$top/deploy/packages.sh"
cd "$top"
cmake --preset debug >/dev/null
cmake --build --preset debug
exec ctest --preset debug -j "$(nproc)" "$@"
