"""A part of a test in a process of its own: it must not share our interpreter's lock with what measures it.

    class Flood(SideProcess):
        def __init__(self, address):
            super().__init__(__file__, *address, greeting=b"flooding")     # the script says so when it has begun

    with Flood(address) as flood:
        ...
        counts = flood.result()                                             # what it writes as JSON at its end

It is told to end by the end of its input. Whatever happens, leaving the block ends it.
"""

import json
import subprocess
import sys


class SideProcess:
    def __init__(self, script, *arguments, greeting, told=b""):
        """`told` is written to its input before it greets."""
        self._process = subprocess.Popen([sys.executable, script, *map(str, arguments)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)
        self._process.stdin.write(told)
        self._process.stdin.flush()
        assert self._process.stdout.readline() == greeting + b"\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def result(self, timeout_s):
        out, _ = self._process.communicate(timeout=timeout_s)
        assert self._process.returncode == 0
        return json.loads(out)
