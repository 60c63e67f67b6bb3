"""Sanitizers of the gateway write their reports into a folder of ours; any such file is a failure.

Options that the environment already has are kept, and log_path is added to them.
"""

import atexit
import os
import pathlib
import shutil
import tempfile

OPTIONS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")

_folder = pathlib.Path(tempfile.mkdtemp(prefix="promogate-sanitizers-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

session_reports = []  # texts of all that any gateway of this session left


class Reports:
    """Of one gateway process."""

    def __init__(self):
        self.found = []
        self._own = pathlib.Path(tempfile.mkdtemp(dir=_folder))

    def environment(self):
        environment = dict(os.environ)
        for name in OPTIONS:
            given = environment.get(name)
            log_path = f"log_path={self._own / name.split('_')[0].lower()}"
            environment[name] = f"{given}:{log_path}" if given else log_path
        return environment

    def text(self):
        """All reports so far, noted for the session too."""
        for file in sorted(self._own.iterdir()):
            report = f"{file.name}\n{file.read_text('utf-8', 'replace')}"
            if report not in self.found:
                self.found.append(report)
                session_reports.append(report)
        return "\n".join(self.found)
