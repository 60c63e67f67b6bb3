"""The fleet program and what one says to it; see fleet.c."""

import json
import selectors
import subprocess

ANSWER_S = 30.0  # beyond what a command waits itself
START_S = 60.0


class Fleet:
    def __init__(self, program, url, gateways, pace):
        """`pace` is (poll_ms, spread_ms)."""
        self.process = subprocess.Popen([str(program), url, str(gateways), *map(str, pace)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        try:
            self._answer(START_S)
        except BaseException:
            self.kill()
            raise

    def _answer(self, timeout_s):
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                assert selector.select(timeout_s), "the fleet does not answer"
                part = self.process.stdout.read1(1 << 20)
                assert part, f"the fleet ended: exit code {self.process.wait(ANSWER_S)}"
                line += part
        return json.loads(line)

    def ask(self, order, timeout_s=0.0):
        self.process.stdin.write(f"{order}\n".encode())
        self.process.stdin.flush()
        return self._answer(timeout_s + ANSWER_S)

    def release(self, number, timeout_s):
        return self.ask(f"release {number} {int(timeout_s * 1000)}", timeout_s)

    def mark(self):
        return self.ask("mark")["marked_us"]

    def answers(self, timeout_s):
        return self.ask(f"answers {int(timeout_s * 1000)}", timeout_s)

    def traffic(self):
        return self.ask("traffic")

    def close(self):
        """In order: a sanitizer's report becomes an exit code."""
        self.process.stdin.close()
        code = self.process.wait(ANSWER_S)
        assert code == 0, f"the fleet's exit code is {code}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
