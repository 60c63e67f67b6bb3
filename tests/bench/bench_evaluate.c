/*
 * bench_evaluate: what compiling a policy set costs, and what one evaluate() on it costs, in this process.
 *
 *     read the directory ─▶ time documents to snapshot ─▶ read the contexts ─▶ rounds of evaluate() over all of them
 *
 * A round is at least ROUND_NS of passes over all contexts, timed as a whole, less as many passes that only unpack
 * them; the figure is the median over the rounds. `looked at` says how many policies one evaluation had to look at:
 * only sets where it is alike can be compared.
 */

#include "cache/directory.h"
#include "policy/evaluate.h"
#include "policy/rfc3339.h"
#include "tests/bench/contexts.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUND_NS       UINT64_C(20000000)
#define ROUNDS_MAX     1001
#define CANDIDATES_MAX 100000

struct options {
    const char *policies, *requests;
    int64_t at_s;
    unsigned long rounds;
    bool prints_json;
    bool help;
};

struct compiled {
    struct snapshot *snapshot;
    double parse_ms, compile_ms;
};

/* Means over the contexts. */
struct work {
    double looked_at, candidates, offers;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static bool fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_evaluate: %s: %s\n", what, why);
    return false;
}

static bool compile(const struct documents *documents, struct problems *problems, struct compiled *ret_compiled)
{
    const struct snapshot_limits limits = {.candidates_max = CANDIDATES_MAX};
    uint64_t start_ns = now_ns();
    struct policy_set *set = policy_set_parse(documents, problems);
    uint64_t parsed_ns = now_ns();
    struct snapshot *snapshot = set ? snapshot_compile(set, snapshot_release_of(set), &limits, problems) : NULL;
    uint64_t end_ns = now_ns();

    policy_set_free(set);
    if (!snapshot) {
        return fail("policies", problems->count > 0 ? problems->items[0].reason : "refused");
    }
    *ret_compiled =
        (struct compiled){snapshot, (double)(parsed_ns - start_ns) / 1e6, (double)(end_ns - parsed_ns) / 1e6};
    return true;
}

static bool load(const char *path, struct compiled *ret_compiled)
{
    struct documents documents;
    struct problems problems;
    struct directory_reading reading;

    documents_init(&documents);
    problems_init(&problems);
    bool is_loaded = directory_read(path, &documents, &problems, &reading) == DIRECTORY_READ && problems.total == 0
                         ? compile(&documents, &problems, ret_compiled)
                         : fail(path, "cannot be read as a policy set");
    documents_clear(&documents);
    problems_clear(&problems);
    return is_loaded;
}

/* What a round works on. */
struct bench {
    const struct contexts *contexts;
    const struct snapshot *snapshot;
    struct evaluation *evaluation;
    int64_t at_s;
};

static struct context current; /* as a worker has it: one, and warm */

static struct work work_of(const struct bench *bench)
{
    const struct evaluation *evaluation = bench->evaluation;
    struct work sum = {0};
    double count = (double)bench->contexts->count;

    for (size_t i = 0; i < bench->contexts->count; i++) {
        contexts_unpack(bench->contexts, i, &current);
        evaluate(bench->evaluation, bench->snapshot, &current, bench->at_s);
        sum.looked_at += evaluation->looked_at;
        sum.candidates += evaluation->candidate_count;
        sum.offers += evaluation->offer_count;
    }
    return (struct work){sum.looked_at / count, sum.candidates / count, sum.offers / count};
}

/* One pass over all contexts; without evaluating it costs what unpacking costs. */
static uint64_t pass_ns(const struct bench *bench, bool evaluates)
{
    uint64_t start_ns = now_ns();
    for (size_t i = 0; i < bench->contexts->count; i++) {
        contexts_unpack(bench->contexts, i, &current);
        __asm__ volatile("" : : "r"(&current) : "memory"); /* unpacking is not optimised away */
        if (evaluates) {
            evaluate(bench->evaluation, bench->snapshot, &current, bench->at_s);
        }
    }
    return now_ns() - start_ns;
}

static double round_ns(const struct bench *bench)
{
    uint64_t evaluating_ns = 0, unpacking_ns = 0, calls = 0;

    while (evaluating_ns < ROUND_NS) {
        evaluating_ns += pass_ns(bench, true);
        unpacking_ns += pass_ns(bench, false);
        calls += bench->contexts->count;
    }
    return ((double)evaluating_ns - (double)unpacking_ns) / (double)calls;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One figure a row: both forms of the report come from it. */
struct figure {
    const char *key, *text;
    double value;
    int decimals;
};

static void print_figures(const struct figure *figures, size_t count, bool prints_json)
{
    for (size_t i = 0; i < count; i++) {
        const struct figure *figure = &figures[i];
        if (prints_json) {
            printf("%s\"%s\": %.*f", i == 0 ? "{" : ", ", figure->key, figure->decimals, figure->value);
        } else {
            printf("%-34s %14.*f\n", figure->text, figure->decimals, figure->value);
        }
    }
    fputs(prints_json ? "}\n" : "", stdout);
}

static void print_report(const struct options *options, const struct compiled *compiled, const struct work *work,
                         const double *sorted_ns)
{
    struct snapshot_facts facts = snapshot_facts(compiled->snapshot);
    double pairs = facts.pairs > 0 ? (double)facts.pairs : 1;
    const struct figure figures[] = {
        {"evaluate_ns", "evaluate, ns a call", sorted_ns[options->rounds / 2], 1},
        {"evaluate_ns_min", "  in the quietest round", sorted_ns[0], 1},
        {"looked_at", "policies looked at, a call", work->looked_at, 3},
        {"candidates", "candidates, a call", work->candidates, 3},
        {"offers", "offers, a call", work->offers, 3},
        {"parse_ms", "documents to set, ms", compiled->parse_ms, 2},
        {"compile_ms", "set to snapshot, ms", compiled->compile_ms, 2},
        {"policies", "policies", (double)facts.policies, 0},
        {"aois", "distinct AOI codes", (double)facts.aois, 0},
        {"pairs", "(policy, AOI) pairs", (double)facts.pairs, 0},
        {"snapshot_bytes", "snapshot, bytes", (double)facts.bytes, 0},
        {"string_bytes", "  of them strings", (double)facts.string_bytes, 0},
        {"bytes_per_pair", "bytes a pair", (double)facts.bytes / pairs, 2},
        {"bytes_per_pair_over_strings", "  without strings", (double)(facts.bytes - facts.string_bytes) / pairs, 2},
    };
    print_figures(figures, sizeof(figures) / sizeof(figures[0]), options->prints_json);
}

static bool measure(const struct options *options, const struct compiled *compiled, const struct contexts *contexts)
{
    static double ns[ROUNDS_MAX];
    struct bench bench = {contexts, compiled->snapshot, evaluation_create(), options->at_s};

    if (!bench.evaluation || !evaluation_reserve(bench.evaluation, compiled->snapshot)) {
        evaluation_free(bench.evaluation);
        return fail("evaluation", "out of memory");
    }
    struct work work = work_of(&bench);
    for (unsigned long i = 0; i < options->rounds; i++) {
        ns[i] = round_ns(&bench);
    }
    qsort(ns, options->rounds, sizeof ns[0], compare_doubles);
    print_report(options, compiled, &work, ns);
    evaluation_free(bench.evaluation);
    return true;
}

static bool run(const struct options *options)
{
    struct compiled compiled;
    struct contexts contexts;
    const char *problem = contexts_read(options->requests, &contexts);

    if (problem) {
        return fail(options->requests, problem);
    }
    bool is_done = load(options->policies, &compiled);
    if (is_done) {
        is_done = measure(options, &compiled, &contexts);
        snapshot_free(compiled.snapshot);
    }
    contexts_clear(&contexts);
    return is_done;
}

static void print_help(void)
{
    puts("usage: bench_evaluate --policies DIR --requests FILE [--at RFC3339] [--rounds N] [--json]\n"
         "Times the compilation of a policy set and evaluate() on it, over the contexts of FILE (one JSON object a "
         "line).\n"
         "  --at        the moment of all evaluations (default now)\n"
         "  --rounds    of 20 ms each, 1..1001 (default 51); the figure is their median\n"
         "Exit: 0 done, 1 failed, 2 usage.");
}

static bool option_take(struct options *options, int name)
{
    switch (name) {
    case 'p':
        options->policies = optarg;
        return true;
    case 'r':
        options->requests = optarg;
        return true;
    case 'a':
        return rfc3339_parse_time(slice_of(optarg), &options->at_s) || fail("--at", "not an RFC 3339 time");
    case 'n':
        options->rounds = strtoul(optarg, NULL, 10);
        return (options->rounds >= 1 && options->rounds <= ROUNDS_MAX) || fail("--rounds", "out of range");
    case 'j':
        options->prints_json = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

static bool options_parse(int argc, char **argv, struct options *ret_options)
{
    static const struct option names[] = {{"policies", required_argument, NULL, 'p'},
                                          {"requests", required_argument, NULL, 'r'},
                                          {"at", required_argument, NULL, 'a'},
                                          {"rounds", required_argument, NULL, 'n'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.at_s = (int64_t)time(NULL), .rounds = 51};

    for (int name = 0; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (!option_take(&options, name)) {
            return false;
        }
    }
    if (!options.help && (!options.policies || !options.requests || optind != argc)) {
        return fail("usage", "--policies and --requests are needed; see --help");
    }
    *ret_options = options;
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {0};

    if (!options_parse(argc, argv, &options)) {
        return 2;
    }
    if (options.help) {
        print_help();
        return 0;
    }
    return run(&options) ? 0 : 1;
}
