#!/usr/bin/env bash
# Line coverage of the folders that decide, by the suites that hold them. Builds the coverage preset, runs the suites,
# prints a line a folder and the files below the floor; fails when a folder is below it, or a suite fails.
#
#     policy, degrade   their unit suites, and the sweep of failing allocations
#     cache             its unit suites, the sweep, and tests/redis: the real gateway and a real Redis (a process that ends
#                       in order writes its counts; one that is killed does not)
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1
floor=95 # per cent of a folder's lines; what is left are mostly branches for calls of the kernel that do not fail on demand
folders=(policy cache degrade)

cmake --preset coverage >/dev/null && cmake --build --preset coverage >/dev/null || exit 1
find build/coverage -name '*.gcda' -delete # of runs before
ctest --preset coverage -j "$(nproc)" --output-on-failure -L '^(unit|sweep|redis)$' | tail -n 12
suites=$?

summary=$(gcovr --root . --filter "($(IFS='|' && echo "${folders[*]}"))/" -j "$(nproc)" --json-summary - build/coverage) || exit 1
FLOOR=$floor python3 - "$summary" "${folders[@]}" <<'PYTHON'
import json, os, sys

floor = float(os.environ["FLOOR"])
files = json.loads(sys.argv[1])["files"]
is_short = False
for folder in sys.argv[2:]:
    of_folder = [file for file in files if file["filename"].startswith(folder + "/")]
    covered, lines = (sum(file[key] for file in of_folder) for key in ("line_covered", "line_total"))
    is_short |= not lines or covered * 100 < floor * lines
    print(f"coverage: {folder:8} {covered * 100 / max(lines, 1):5.1f} % of {lines} lines in {len(of_folder)} files")
    for file in sorted(of_folder, key=lambda file: file["line_percent"] or 0):
        if file["line_total"] and file["line_covered"] * 100 < floor * file["line_total"]:
            print(f"    {file['line_covered'] * 100 / file['line_total']:5.1f} %  {file['filename']}")
sys.exit(is_short)
PYTHON
enough=$?
[ "$suites" -eq 0 ] && [ "$enough" -eq 0 ]
