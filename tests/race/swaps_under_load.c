/*
 * swaps_under_load - 100 000 releases come into force while callers ask without pause, and every answer is judged.
 *
 *     callers ═ HTTP on loopback ═▶ workers ── read ──▶ snapshot slot ◀── swap ── refresher ◀── numbered source
 *        └─ judge: the right answer             └─────▶ configuration slot ◀── swap ── this thread, every 10 releases
 *
 * All swaps are made by the real refresher: it pauses only when its source says that nothing changed
 * (REFRESHER_GATHER_MS is about events), and the numbered source says so only when swaps are ahead of answers by more
 * than SWAPS_AHEAD, so that there are about as many answers as swaps at least. The configurations that are swapped
 * meanwhile turn the switches of both interfaces over: answers change between decision and fallback.
 *
 * Exit status 0 means: each of --swaps releases came into force; every answer was, byte for byte, that of the release
 * it names; none was older than what was in force before its question; a batch never mixed two releases or two
 * configurations; the last answers are of the last release; workers and callers counted the same number of decisions;
 * memory went back to where it was. A run that takes more than --seconds fails.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/config.h"
#include "service/log.h"
#include "tests/race/caller.h"
#include "tests/race/configuration.h"
#include "tests/race/house.h"
#include "tests/race/memory.h"
#include "tests/race/numbered_source.h"

enum {
    CALLERS_MAX = 16,
    SWAPS_PER_CONFIGURATION = 10,
    SWAPS_AHEAD = 100,
    SWAPS_MAX = 10000000,
    HEAP_GROWTH_MAX_BYTES = 256 * 1024,           /* what the libraries keep for good; a lost snapshot has 10 KiB */
    RESIDENT_GROWTH_MAX_BYTES = 32 * 1024 * 1024, /* from a tenth of the swaps on */
};

struct options {
    uint32_t swaps, seconds, callers, workers;
};

struct race {
    struct options options;
    struct house house;
    struct numbered_source source;
    struct chronicle editions, configurations;
    struct caller callers[CALLERS_MAX];
    uint64_t refusals; /* the refresher thread's own */
    uint64_t heap_bytes, resident_bytes;
};

struct sums {
    uint64_t answers, decisions, wrong;
};

static struct race race;

/* Options */

static uint32_t number_of(const char *text, uint32_t most)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || number == 0 || number > most) {
        fprintf(stderr, "swaps_under_load: %s: must be 1 to %u\n", text, most);
        exit(2);
    }
    return (uint32_t)number;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option longs[] = {{"swaps", required_argument, NULL, 's'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"callers", required_argument, NULL, 'c'},
                                          {"workers", required_argument, NULL, 'w'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.swaps = 2000, .seconds = 600, .callers = 4, .workers = 2};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (option) {
        case 's':
            options.swaps = number_of(optarg, SWAPS_MAX);
            break;
        case 't':
            options.seconds = number_of(optarg, 86400);
            break;
        case 'c':
            options.callers = number_of(optarg, CALLERS_MAX);
            break;
        case 'w':
            options.workers = number_of(optarg, HOUSE_WORKERS_MAX);
            break;
        default:
            fputs("Usage: swaps_under_load [--swaps N] [--seconds N] [--callers N] [--workers N]\n", stderr);
            exit(2);
        }
    }
    return options;
}

/* The refresher's news */

static void pass_on(void *context, struct snapshot *snapshot)
{
    (void)context, (void)snapshot;
}

static void note_activation(void *context, const struct refresher_activation *activation)
{
    (void)activation;
    struct race *of = context;
    chronicle_settle(&of->editions);
}

static void keep_nothing(void *context, const struct edition *edition, const struct snapshot *snapshot,
                         const struct documents *documents)
{
    (void)context, (void)edition, (void)snapshot, (void)documents;
}

static void note_confirmation(void *context, const struct snapshot_facts *facts)
{
    (void)facts;
    struct race *of = context;
    of->refusals++; /* two editions in a row that say the same: there are none */
}

static void note_refusal(void *context, const struct problems *problems)
{
    struct race *of = context;
    of->refusals++;
    for (size_t i = 0; i < problems->count; i++) {
        fprintf(stderr, "refused: %s%s: %s\n", problems->items[i].file, problems->items[i].pointer,
                problems->items[i].reason);
    }
}

static void note_unavailability(void *context, const char *reason)
{
    struct race *of = context;
    of->refusals++;
    fprintf(stderr, "unavailable: %s\n", reason);
}

static void give_up(int signal_number)
{
    (void)signal_number;
    static const char message[] = "swaps_under_load: not done after --seconds\n";
    ssize_t length = write(STDERR_FILENO, message, sizeof(message) - 1);
    (void)length;
    _exit(EXIT_FAILURE);
}

/* Phases */

static struct config *next_configuration(void)
{
    uint32_t number = chronicle_ceiling(&race.configurations) + 1;
    struct config *config = configuration_create(number);
    if (config == NULL) {
        abort();
    }
    chronicle_announce(&race.configurations, number, number);
    return config;
}

static bool let_pass(void *context, uint64_t release, struct problems *problems)
{
    (void)context, (void)release, (void)problems;
    return true;
}

static int64_t turn(void *context, int64_t now_ms)
{
    (void)context, (void)now_ms;
    return INT64_MAX;
}

/* With the first edition in force, and the first configuration. */
static bool start(void)
{
    uint32_t swaps = race.options.swaps;
    const struct refresher_callbacks callbacks = {.context = &race,
                                                  .compiled = pass_on,
                                                  .activated = note_activation,
                                                  .keep = keep_nothing,
                                                  .confirmed = note_confirmation,
                                                  .may_try = let_pass,
                                                  .refused = note_refusal,
                                                  .unavailable = note_unavailability,
                                                  .turn = turn};
    if (!chronicle_init(&race.editions, swaps + 1) ||
        !chronicle_init(&race.configurations, swaps / SWAPS_PER_CONFIGURATION + 2)) {
        return false;
    }
    race.heap_bytes = memory_heap_bytes();
    numbered_source_init(&race.source, &race.editions);
    numbered_source_allow(&race.source, 1);
    if (!house_open(&race.house, race.options.workers, next_configuration(), &race.source.source, &callbacks)) {
        perror("swaps_under_load");
        return false;
    }
    chronicle_settle(&race.configurations);
    chronicle_wait(&race.editions, 1);
    return true;
}

static bool start_callers(void)
{
    const struct judge judge = {.editions = &race.editions, .configurations = &race.configurations};
    struct sockaddr_in address = house_address(&race.house);
    for (uint32_t i = 0; i < race.options.callers; i++) {
        if (!caller_start(&race.callers[i], i + 1, &address, &judge)) {
            return false;
        }
    }
    return true;
}

/* False once a caller has given up: its answer was wrong, and the rest need not wait for it. */
static bool are_callers_asking(uint64_t *ret_answers)
{
    *ret_answers = 0;
    for (uint32_t i = 0; i < race.options.callers; i++) {
        *ret_answers += counter_read(&race.callers[i].answers);
        if (atomic_load_explicit(&race.callers[i].has_ended, memory_order_relaxed)) {
            return false;
        }
    }
    return true;
}

/* Swaps run ahead of the answers by SWAPS_AHEAD at most: a machine that starves its callers proves nothing. */
static void allow_up_to(uint32_t number)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    uint64_t answers;
    while (are_callers_asking(&answers) && answers + SWAPS_AHEAD < number) {
        nanosleep(&pause, NULL);
    }
    numbered_source_allow(&race.source, number);
}

/* Edition 1 is there; `swaps` more come. */
static void swap_all(void)
{
    uint32_t last = race.options.swaps + 1;
    for (uint32_t number = 1; number < last;) {
        number = last - number > SWAPS_PER_CONFIGURATION ? number + SWAPS_PER_CONFIGURATION : last;
        allow_up_to(last - number > SWAPS_AHEAD ? number + SWAPS_AHEAD : last);
        chronicle_wait(&race.editions, number);
        house_swap_configuration(&race.house, next_configuration());
        chronicle_settle(&race.configurations);
        if (race.resident_bytes == 0 && number >= last / 10) {
            race.resident_bytes = memory_resident_bytes();
        }
    }
}

static struct sums finish_callers(void)
{
    struct sums sums = {0};
    for (uint32_t i = 0; i < race.options.callers; i++) {
        caller_finish(&race.callers[i]);
    }
    for (uint32_t i = 0; i < race.options.callers; i++) {
        struct caller *caller = &race.callers[i];
        caller_join(caller);
        sums.answers += counter_read(&caller->answers);
        sums.decisions += caller->decisions;
        sums.wrong += caller->wrong;
    }
    return sums;
}

/* Verdict */

static bool holds(bool is_true, const char *claim)
{
    if (!is_true) {
        fprintf(stderr, "swaps_under_load: not so: %s\n", claim);
    }
    return is_true;
}

/* After everything has stopped and was freed. */
static bool is_memory_back(uint64_t resident_bytes)
{
    uint64_t heap_bytes = memory_heap_bytes();
    printf("heap %" PRIu64 " KiB before and %" PRIu64 " KiB after; resident %" PRIu64 " KiB early and %" PRIu64
           " KiB late\n",
           race.heap_bytes / 1024, heap_bytes / 1024, race.resident_bytes / 1024, resident_bytes / 1024);
    bool is_heap_back = holds(heap_bytes <= race.heap_bytes + HEAP_GROWTH_MAX_BYTES, "all memory was given back");
    return holds(MEMORY_IS_SANITIZED || resident_bytes <= race.resident_bytes + RESIDENT_GROWTH_MAX_BYTES,
                 "resident memory does not grow with the swaps") &&
           is_heap_back;
}

static bool is_as_claimed(const struct sums *sums, uint64_t decisions)
{
    bool is_complete =
        holds(chronicle_floor(&race.editions) == race.options.swaps + 1, "every release came into force");
    bool is_clean = holds(race.refusals == 0, "no release was refused, confirmed or unavailable");
    bool is_counted =
        holds(sums->wrong > 0 || decisions == sums->decisions, "workers counted as many decisions as callers received");
    return holds(sums->wrong == 0, "every answer was right") && holds(sums->answers > 0, "somebody asked") &&
           is_complete && is_clean && is_counted;
}

int main(int argc, char **argv)
{
    race.options = read_options(argc, argv);
    signal(SIGALRM, give_up);
    alarm(race.options.seconds);
    log_open();
    int64_t started_ms = clock_monotonic_ms();
    if (!start() || !start_callers()) {
        return EXIT_FAILURE;
    }
    swap_all();
    struct sums sums = finish_callers();
    uint64_t resident_bytes = memory_resident_bytes();
    house_stop(&race.house);
    uint64_t decisions = house_decisions(&race.house);
    house_close(&race.house);
    printf("%u swaps, %" PRIu64 " answers, %" PRIu64 " wrong\n", race.options.swaps, sums.answers, sums.wrong);
    printf("%u configurations, %" PRIu64 " decisions, %" PRId64 " ms\n", chronicle_floor(&race.configurations),
           sums.decisions, clock_monotonic_ms() - started_ms);
    bool is_right = is_as_claimed(&sums, decisions);
    is_right = is_memory_back(resident_bytes) && is_right;
    chronicle_clear(&race.editions);
    chronicle_clear(&race.configurations);
    return is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}
