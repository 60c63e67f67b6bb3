/*
 * bench_open: asks a server on loopback at fixed times, whether or not it keeps up, and says what became of each
 * request.
 *
 *     read what to ask ─▶ make room for the tally ─▶ open the connections ─▶ run the schedule ─▶ one JSON object
 *
 * Everything is read and allocated before the first request is due.
 */

#include "tests/bench/open_loop.h"
#include "tests/bench/open_options.h"
#include "tests/bench/open_report.h"
#include "tests/bench/population.h"
#include "tests/bench/trace.h"
#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>

/* The kernel may wake a sleeper this late; its default of 50 us is half the time between two requests at 10 000 a
   second. */
#define TIMER_SLACK_NS 1000UL

static_assert(POPULATION_REQUEST_MAX <= OPEN_LOOP_REQUEST_MAX, "a request fits into its lane");

/* What to ask, when. */
struct plan {
    struct schedule schedule;
    struct interface_mix interfaces;
    struct places places;
    struct trace trace;
    struct population population;
    struct open_loop_source source;
};

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
    (void)signal;
    is_stopped = 1;
}

/* Whoever is late measures himself: ahead of all that shares our core, where we have the right to; `lag_ns` tells. */
static void be_punctual(void)
{
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
}

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_open: %s: %s\n", what, why);
    return 2;
}

static struct requests_row next_of_population(void *state, uint64_t sequence, char *room, unsigned *ret_interface)
{
    (void)sequence;
    return (struct requests_row){room, population_write(state, room, ret_interface)};
}

static struct requests_row next_of_trace(void *state, uint64_t sequence, char *room, unsigned *ret_interface)
{
    const struct trace *trace = state;
    (void)room;
    *ret_interface = trace->interfaces[sequence];
    return trace->requests.rows[sequence];
}

static int read_population(const struct open_options *options, struct plan *plan)
{
    const char *problem = schedule_parse(options->rate, &plan->schedule);
    if (problem) {
        return fail("--rate", problem);
    }
    problem = places_read(options->places, &plan->places);
    if (problem) {
        return fail(options->places, problem);
    }
    plan->population = (struct population){.places = &plan->places,
                                           .interfaces = &plan->interfaces,
                                           .host = options->server.host,
                                           .query = options->query,
                                           .chance = {options->seed}};
    zipf_init(&plan->population.user_law, options->users, options->user_exponent);
    zipf_init(&plan->population.place_law, plan->places.count, options->aoi_exponent);
    plan->source = (struct open_loop_source){next_of_population, &plan->population};
    return 0;
}

static int read_trace(const struct open_options *options, struct plan *plan)
{
    size_t line;
    const char *problem =
        trace_read(options->trace, options->server.host, options->speed, &plan->interfaces, &plan->trace, &line);
    if (problem) {
        fprintf(stderr, "bench_open: %s:%zu: %s\n", options->trace, line, problem);
        return 2;
    }
    plan->schedule = schedule_of_trace(plan->trace.offsets_ns, plan->trace.requests.count);
    if (plan->schedule.end_ns > SCHEDULE_SECONDS_MAX * UINT64_C(1000000000)) {
        return fail(options->trace, "longer than SCHEDULE_SECONDS_MAX");
    }
    plan->source = (struct open_loop_source){next_of_trace, &plan->trace};
    return 0;
}

static int read_plan(const struct open_options *options, struct plan *plan)
{
    const char *problem = interface_mix_parse(options->interfaces, &plan->interfaces);
    if (problem) {
        return fail("--interface", problem);
    }
    return options->trace ? read_trace(options, plan) : read_population(options, plan);
}

static int run(struct open_loop *loop, const struct plan *plan, struct tally *tally)
{
    static struct open_loop_result result;
    const struct tally_counts *counts = &tally->total->counts;

    open_loop_run(loop, tally, &result);
    open_report_print(&(struct open_report){&result, &plan->schedule, &plan->interfaces, tally});
    for (size_t i = TALLY_NOT_200; i < TALLY_OUTCOME_COUNT; i++) {
        if (counts->outcomes[i] > 0) {
            return 1;
        }
    }
    return counts->offered > 0 ? 0 : 1;
}

static int load(const struct open_options *options, const struct plan *plan)
{
    struct tally tally;
    struct open_loop loop;
    int status = 2;
    const char *problem = tally_create((struct tally_shape){.phases_count = plan->schedule.phases_count,
                                                            .interfaces_count = plan->interfaces.count + 1,
                                                            .window_ns = options->window_ms * 1000000,
                                                            .end_ns = plan->schedule.end_ns + OPEN_LOOP_DRAIN_NS},
                                       &tally);
    if (problem) {
        return fail("--window-ms", problem);
    }
    if (open_loop_open(&loop, (struct open_loop_options){.address = &options->server.address,
                                                         .schedule = &plan->schedule,
                                                         .source = plan->source,
                                                         .is_stopped = &is_stopped,
                                                         .connections_count = options->connections,
                                                         .waiting_max = options->waiting_max})) {
        status = run(&loop, plan, &tally);
    } else {
        perror("bench_open: connect");
    }
    open_loop_close(&loop);
    tally_clear(&tally);
    return status;
}

int main(int argc, char **argv)
{
    struct open_options options;
    static struct plan plan;

    if (!open_options_parse(argc, argv, &options)) {
        return 2;
    }
    if (options.help) {
        open_options_print_help();
        return 0;
    }
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    be_punctual();

    int status = read_plan(&options, &plan);
    if (status == 0) {
        status = load(&options, &plan);
    }
    places_clear(&plan.places);
    trace_clear(&plan.trace);
    return status;
}
