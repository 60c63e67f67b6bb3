"""Alternated rounds of promogate and nginx on the same core, and the table of what came out; see run.sh."""

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys

import questions
import servers

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "deploy" / "demo"
MOMENT = "2026-02-26T12:00:00+08:00"  # of evaluate() in-process: inside most schedules of the demo set
CONNECTIONS = "16"
SLICE_REQUESTS = 10000  # about 80 ms: long against what a start costs, short against the machine's moods
BATCH_SLICE_REQUESTS = 20
IDLE_MS = "300"


class Bench:
    def __init__(self, options):
        self.options = options
        self.client_core, self.server_core = sorted(os.sched_getaffinity(0))[:2]
        self.folder = pathlib.Path(options.folder)
        self.files = questions.write_all(DEMO / "requests.jsonl", self.folder)
        self.ready_path = pathlib.Path(self.files["get-brief"]).read_text().splitlines()[0]

    def load(self, server, port, kind, requests, *more):
        """One closed loop; its report. Any answer that is not what the server is to give spoils the run."""
        method = "--get" if kind.startswith("get") else "--post"
        target = ["--target", "/v1/evaluate/batch"] if kind == "batch" else []
        command = ["taskset", "-c", str(self.client_core), f"{self.options.build}/bench_load", f"127.0.0.1:{port}",
                   method, self.files[kind], *target, "--connections", "1" if kind == "batch" else CONNECTIONS,
                   "--requests", str(requests), "--seconds", "60", "--cpu-of", str(server.pid), *more]
        report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout or "{}")
        degraded = report["requests"] if report and server.is_degraded else 0
        if not report or report["errors"] or report["degraded"] != degraded:
            raise RuntimeError(f"{kind} on port {port}: {report}")
        return report

    def promogate(self, degrade="auto"):
        return servers.Promogate(self.server_core, self.folder / f"promogate-{degrade}",
                                 f"{self.options.build}/promogate", DEMO / "policies", self.ready_path, degrade)

    def body_bytes(self):
        """The median answer of each kind: what nginx will return."""
        server = self.promogate()
        try:
            return {kind: self.load(server, server.ports[0], kind, 2000)["body_bytes_p50"]
                    for kind in ("get", "get-brief", "post")}
        finally:
            server.stop()

    def evaluate(self, policies, requests):
        command = ["taskset", "-c", str(self.server_core), f"{self.options.build}/bench_evaluate", "--policies",
                   str(policies), "--requests", str(requests), "--at", MOMENT, "--rounds", "11", "--json"]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)

    def generate(self, name, *more):
        """10 000 policies x 300 AOIs and contexts for them: as many as the demo set has, and 20 times that."""
        out, many, few = (self.folder / f"{name}{suffix}" for suffix in ("", "-many.jsonl", "-few.jsonl"))
        command = ["/usr/bin/python3", str(DEMO / "generate.py"), "--policies", "10000", "--aois", "300", "--out",
                   str(out), "--requests", str(many), "--request-count", "4000", *more]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = many.read_text(encoding="utf-8").splitlines(keepends=True)
        few.write_text("".join(lines[:200]), encoding="utf-8")
        return out, few, many


def http_round(bench, body_bytes, slices, number):
    """Both servers started afresh, so that the luck of where memory lies is drawn anew; microseconds of CPU a request."""
    started = []
    try:
        for name in ("nginx", "other-nginx"):
            started.append(servers.Nginx(bench.server_core, bench.folder / name, list(body_bytes.values())))
        started += [bench.promogate(), bench.promogate("on")]
        return run_slices(bench, started, list(body_bytes), slices, number)
    finally:
        for server in started:
            server.stop()


def run_slices(bench, started, kinds, slices, number):
    nginx, other, promogate, degraded = started
    lanes = [(f"{name} {kind}", server, server.ports[i if len(server.ports) > 1 else 0], kind, SLICE_REQUESTS)
             for i, kind in enumerate(kinds) for name, server in (("nginx", nginx), ("promogate", promogate))]
    lanes.append(("other nginx get", other, other.ports[0], "get", SLICE_REQUESTS))
    lanes.append(("degraded get", degraded, degraded.ports[0], "get", SLICE_REQUESTS))
    lanes.append(("promogate batch", promogate, promogate.ports[0], "batch", BATCH_SLICE_REQUESTS))
    idle_share = 0
    for _, server, port, kind, requests in lanes:
        report = bench.load(server, port, kind, requests, "--idle-ms", IDLE_MS if server in (promogate, degraded) else "0")
        idle_share = max(idle_share, report["idle_share"])
    totals = {name: 0 for name, *_ in lanes}
    for i in range(slices):
        for name, server, port, kind, requests in lanes if (i + number) % 2 == 0 else reversed(lanes):
            report = bench.load(server, port, kind, requests, "--warm-up", "2" if kind == "batch" else "160")
            idle_us = idle_share * report["seconds"] * 1e6 if server in (promogate, degraded) else 0
            totals[name] += report["cpu_us_per_request"] - idle_us / requests
    return {name: total / slices for name, total in totals.items()} | {"idle": idle_share}


def median_of(rounds, name):
    return statistics.median(one[name] for one in rounds)


def print_row(what, measured, goal="", is_met=None):
    print(f"{what:<64} {measured:>16}  {goal:<9} {'' if is_met is None else 'ok' if is_met else 'SHORT'}", flush=True)
    return is_met is not False


def ratio_row(what, rounds, above, below, goal=None):
    """The ratio of the medians; the rounds' own ratios show the spread."""
    ratio = median_of(rounds, above) / median_of(rounds, below)
    each = sorted(one[above] / one[below] for one in rounds)
    met = print_row(what, f"{ratio:.3f}", f"<= {goal}" if goal else "", ratio <= goal if goal else None)
    print(f"    {median_of(rounds, above):.2f} us against {median_of(rounds, below):.2f} us; rounds {each[0]:.3f} to "
          f"{each[-1]:.3f}")
    return met


def report_http(rounds, body_bytes):
    get_us, batch_us = median_of(rounds, "promogate get"), median_of(rounds, "promogate batch") / questions.BATCH_SIZE
    met = [
        ratio_row("CPU of GET, every member and string attribute : nginx", rounds, "promogate get", "nginx get", 1.05),
        ratio_row("CPU of GET, brief (user, AOI, amounts, interface) : nginx", rounds, "promogate get-brief",
                  "nginx get-brief", 1.05),
        ratio_row("CPU of POST, all attributes : nginx", rounds, "promogate post", "nginx post", 1.25),
        ratio_row("CPU of a degraded GET : of a decision", rounds, "degraded get", "promogate get", 1),
        print_row("decisions per CPU-second, batch of 1000 : single GETs", f"{get_us / batch_us:.2f}", ">= 10",
                  get_us / batch_us >= 10),
    ]
    print(f"    {batch_us:.3f} us a decision")
    ratio_row("the method's own error: nginx : nginx", rounds, "other nginx get", "nginx get")
    print_row("bodies, bytes (median answer; what nginx returns)", "/".join(map(str, body_bytes.values())))
    print_row("promogate's CPU when idle, % of a core (taken off)", f"{100 * median_of(rounds, 'idle'):.3f}")
    return met


def report_compile(what, rounds):
    compile_ms = statistics.median(one["parse_ms"] + one["compile_ms"] for one in rounds)
    facts = rounds[0]
    met = print_row(f"compile 10 000 x 300, {what}, ms", f"{compile_ms:.0f}", "<= 1000", compile_ms <= 1000)
    print(f"    documents to set {median_of(rounds, 'parse_ms'):.0f} ms, set to snapshot "
          f"{median_of(rounds, 'compile_ms'):.0f} ms; {facts['bytes_per_pair']:.2f} bytes per (policy, AOI) pair, "
          f"{facts['bytes_per_pair_over_strings']:.2f} over the strings")
    return met


def report_evaluate(rounds):
    demo_ns, sparse_ns = median_of(rounds["demo"], "evaluate_ns"), median_of(rounds["sparse"], "evaluate_ns")
    looked_at = {name: rounds[name][0]["looked_at"] for name in rounds}
    met = [
        print_row("evaluate(), demo set, ns", f"{demo_ns:.0f}", "<= 250", demo_ns <= 250),
        print_row("evaluate(), 10 000 x 300 with as many matching : demo set", f"{sparse_ns / demo_ns:.2f}", "<= 2",
                  sparse_ns <= 2 * demo_ns),
    ]
    print(f"    {sparse_ns:.0f} ns; {looked_at['sparse']:.2f} policies looked at a call, {looked_at['demo']:.2f} in the "
          "demo set")
    print_row("    the same over 4000 contexts, so with cold caches, ns", f"{median_of(rounds['cold'], 'evaluate_ns'):.0f}")
    print_row(f"    10 000 x 300 where {looked_at['dense']:.0f} match, ns", f"{median_of(rounds['dense'], 'evaluate_ns'):.0f}")
    met.append(report_compile("of 30 000 AOIs", rounds["dense"]))
    met.append(report_compile(f"of {rounds['sparse'][0]['aois']:.0f} AOIs", rounds["sparse"]))
    return met


def measure_evaluate(bench, rounds_count):
    """As many policies match in the sparse set: the demo set's count, divided by the AOIs of a request."""
    demo = DEMO / "policies", DEMO / "requests.jsonl"
    contexts = questions.read_contexts(demo[1])
    aois = sum(len(questions.as_list(one["aoi"])) for one in contexts) / len(contexts)
    matching = round(bench.evaluate(*demo)["looked_at"] / aois)
    sparse, few, many = bench.generate("sparse", "--matching", str(matching))
    dense, dense_few, _ = bench.generate("dense")
    sets = {"demo": demo, "sparse": (sparse, few), "cold": (sparse, many), "dense": (dense, dense_few)}
    rounds = [{name: bench.evaluate(*one) for name, one in sets.items()} for _ in range(rounds_count)]
    return {name: [one[name] for one in rounds] for name in sets}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves through the finally clauses that stop the servers
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--slices", type=int, required=True)
    parser.add_argument("--strict", action="store_true")
    bench = Bench(parser.parse_args())
    options = bench.options
    body_bytes = bench.body_bytes()
    rounds = [http_round(bench, body_bytes, options.slices, number) for number in range(options.rounds)]
    print_row(f"medians of {options.rounds} rounds", "measured", "goal")
    met = report_http(rounds, body_bytes)
    met += report_evaluate(measure_evaluate(bench, options.rounds))
    if not all(met):
        print(f"{met.count(False)} of {len(met)} goals fall short")
    sys.exit(1 if options.strict and not all(met) else 0)


if __name__ == "__main__":
    main()
