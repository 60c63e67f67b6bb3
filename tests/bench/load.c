/*
 * bench_load: asks a server on loopback the same questions over and over, and says what that cost.
 *
 *     watch the idle process ─▶ warm up ─▶ read its CPU clock ─▶ counted run ─▶ read it again ─▶ one JSON object
 *
 * The clock is read while the server waits for requests (see process_cpu.h); what it uses when idle is taken off.
 */

#include "tests/bench/closed_loop.h"
#include "tests/bench/load_options.h"
#include "tests/bench/process_cpu.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Long enough for the server to return to its wait after the last answer, short against any run. */
#define SETTLE_MS 5

struct cpu_account {
    double idle_share; /* of one core */
    uint64_t used_ns;
};

static void sleep_ms(uint64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* 0 without a process to account for; a process that is gone ends the program, its numbers would mean nothing. */
static uint64_t read_cpu_ns(const struct load_options *options)
{
    uint64_t ns = 0;
    if (options->pid == 0) {
        return 0;
    }
    sleep_ms(SETTLE_MS);
    if (!process_cpu_ns((pid_t)options->pid, &ns)) {
        fprintf(stderr, "bench_load: --cpu-of: no such process\n");
        exit(2);
    }
    return ns;
}

static double idle_share(const struct load_options *options)
{
    if (options->pid == 0 || options->idle_ms == 0) {
        return 0;
    }
    uint64_t before_ns = read_cpu_ns(options);
    sleep_ms(options->idle_ms);
    return (double)(read_cpu_ns(options) - before_ns) / ((double)(options->idle_ms + SETTLE_MS) * 1e6);
}

static void print_cpu(const struct closed_loop_tally *tally, const struct cpu_account *cpu)
{
    double idle_ns = cpu->idle_share * (double)tally->elapsed_ns;
    double ns = (double)cpu->used_ns - idle_ns;
    printf(", \"cpu_us_per_request\": %.4f, \"cpu_share\": %.3f, \"idle_share\": %.5f",
           ns / 1e3 / (double)tally->answered, ns / (double)tally->elapsed_ns, cpu->idle_share);
}

static void print_report(const struct load_options *options, const struct closed_loop_tally *tally,
                         const struct cpu_account *cpu)
{
    double seconds = (double)tally->elapsed_ns / 1e9;
    uint64_t errors = tally->not_200 + tally->broken + tally->unanswered;

    printf("{\"requests\": %" PRIu64 ", \"seconds\": %.3f, \"requests_per_second\": %.0f, \"errors\": %" PRIu64
           ", \"not_200\": %" PRIu64 ", \"broken\": %" PRIu64 ", \"unanswered\": %" PRIu64 ", \"degraded\": %" PRIu64,
           tally->answered, seconds, (double)tally->answered / seconds, errors, tally->not_200, tally->broken,
           tally->unanswered, tally->degraded);
    printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, \"body_bytes_p50\": %" PRIu64,
           (double)histogram_percentile(&tally->latency_ns, 0.5) / 1e3,
           (double)histogram_percentile(&tally->latency_ns, 0.99) / 1e3, (double)tally->latency_ns.largest / 1e3,
           histogram_percentile(&tally->body_bytes, 0.5));
    if (options->pid != 0 && tally->answered > 0) {
        print_cpu(tally, cpu);
    }
    puts("}");
}

static int measure(const struct load_options *options, struct closed_loop *loop)
{
    static struct closed_loop_tally tally;
    struct cpu_account cpu = {.idle_share = idle_share(options)};

    if (options->warmup_requests > 0) {
        closed_loop_run(loop, (struct closed_loop_bounds){options->warmup_requests, options->seconds}, &tally);
    }
    uint64_t before_ns = read_cpu_ns(options);
    closed_loop_run(loop, (struct closed_loop_bounds){options->requests, options->seconds}, &tally);
    cpu.used_ns = read_cpu_ns(options) - before_ns;
    print_report(options, &tally, &cpu);
    return tally.answered > 0 && tally.not_200 + tally.broken + tally.unanswered == 0 ? 0 : 1;
}

static int load(const struct load_options *options, const struct requests *requests)
{
    struct closed_loop loop;
    int status = 1;

    if (closed_loop_open(&loop, requests, &options->server.address, options->connections)) {
        status = measure(options, &loop);
    } else {
        perror("bench_load: connect");
    }
    closed_loop_close(&loop);
    return status;
}

int main(int argc, char **argv)
{
    struct load_options options;
    struct requests requests;

    if (!load_options_parse(argc, argv, &options)) {
        return 2;
    }
    if (options.help) {
        load_options_print_help();
        return 0;
    }
    const char *problem =
        options.targets_file
            ? requests_read_targets(options.targets_file, options.server.host, &requests)
            : requests_read_bodies(options.bodies_file, options.server.host, options.target, &requests);
    if (problem) {
        fprintf(stderr, "bench_load: %s\n", problem);
        return 2;
    }
    int status = load(&options, &requests);
    requests_clear(&requests);
    return status;
}
