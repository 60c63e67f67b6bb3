"""What callers must be answered, from promoctl, which knows no server."""

import json
import time

from questions import body, write_lines
from releases import promoctl

LASTS_S = 600  # longer than any run: a policy's hours may begin or end meanwhile


def right_offers(policies, contexts, folder):
    """For each context the offers that are right: now, and when all is over."""
    file = write_lines(folder / "contexts", map(body, contexts))
    times = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ahead_s)) for ahead_s in (0, LASTS_S))
    answers = [promoctl("evaluate", "--policies", policies, "--at", at, file).stdout.splitlines() for at in times]
    return [[json.loads(line)["offers"] for line in lines] for lines in zip(*answers)]
