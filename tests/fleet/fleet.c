/*
 * fleet - many gateways' Redis sources in one process, driven by lines on stdin:
 *
 *     fleet URL GATEWAYS POLL_MS SPREAD_MS
 *
 *     release N TIMEOUT_MS   waits until all gateways have release N, or the time is over
 *     mark                   forgets whom Redis has answered
 *     answers TIMEOUT_MS     waits until Redis has answered all gateways since the mark, or the time is over
 *     traffic                what all gateways have moved since they started, and what was wrong
 *
 * Each is answered by one line of JSON, the start by {"gateways":N}. It ends with stdin, exit status 0; 1 means that
 * the fleet could not be started, 2 that it was not asked properly.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cache/redis_url.h"
#include "policy/text.h"
#include "tests/fleet/gateway.h"

enum {
    GATEWAYS_MAX = 20000,
    DESCRIPTORS_A_GATEWAY = 3, /* two connections, and one more while the resolver or a redirection has a socket */
    DESCRIPTORS_BESIDES = 64,
    ORDER_BYTES = 256,
};

/* The product's defaults (service/settings.h) but for poll and spread, which are arguments. */
enum {
    CONNECT_TIMEOUT_MS = 500,
    COMMAND_TIMEOUT_MS = 500,
    BACKOFF_MAX_MS = 1500,
    FETCH_BYTES_PER_SECOND = 4194304,
    RELEASE_MAX_BYTES = 268435456,
    DROP_MAX_BP = 5000,
};

struct fleet {
    struct census census;
    struct gateway *gateways;
    uint32_t count; /* of those that run */
    int stop;
};

/* Answers */

static void print_roll(const char *title, const struct census_roll *roll, uint32_t gateways)
{
    printf("{%s\"count\":%" PRIu32 ",\"at_us\":[", title, roll->count);
    const char *comma = "";
    for (uint32_t i = 0; i < gateways; i++) {
        if (roll->at_us[i] != 0) {
            printf("%s%" PRId64, comma, roll->at_us[i]);
            comma = ",";
        }
    }
    printf("]}\n");
}

static void answer_release(struct fleet *fleet, uint64_t release, int64_t timeout_ms)
{
    char hex[DIGEST_HEX_LENGTH + 1], title[64];
    struct census_release *record = &fleet->census.releases[release];
    census_wait(&fleet->census, &record->holders, timeout_ms);
    pthread_mutex_lock(&fleet->census.mutex);
    digest_to_hex(&record->content, hex);
    snprintf(title, sizeof(title), "\"content\":\"%s\",", hex);
    print_roll(title, &record->holders, fleet->count);
    pthread_mutex_unlock(&fleet->census.mutex);
}

static void answer_answers(struct fleet *fleet, int64_t timeout_ms)
{
    census_wait(&fleet->census, &fleet->census.answered, timeout_ms);
    pthread_mutex_lock(&fleet->census.mutex);
    print_roll("", &fleet->census.answered, fleet->count);
    pthread_mutex_unlock(&fleet->census.mutex);
}

static void answer_mark(struct fleet *fleet)
{
    census_mark(&fleet->census);
    printf("{\"marked_us\":%" PRId64 "}\n", census_now_us());
}

static struct source_traffic traffic_of_all(const struct fleet *fleet)
{
    struct source_traffic all = {0}, one;
    for (uint32_t i = 0; i < fleet->count; i++) {
        source_traffic(fleet->gateways[i].source, &one);
        all.bytes_in += one.bytes_in;
        all.bytes_out += one.bytes_out;
        all.exchanges += one.exchanges;
        all.connects += one.connects;
        all.failures += one.failures;
        all.pieces_fetched += one.pieces_fetched;
        all.pieces_held += one.pieces_held;
        all.hints += one.hints;
    }
    return all;
}

static void answer_traffic(struct fleet *fleet)
{
    struct source_traffic all = traffic_of_all(fleet);
    struct text reason;
    text_init(&reason, 8 * CENSUS_REASON_BYTES);
    pthread_mutex_lock(&fleet->census.mutex);
    const struct census *census = &fleet->census;
    text_append_json_string(&reason, slice_of(census->reason));
    printf("{\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 ",\"exchanges\":%" PRIu64 ",\"connects\":%" PRIu64
           ",\"failures\":%" PRIu64 ",\"pieces_fetched\":%" PRIu64 ",\"pieces_held\":%" PRIu64 ",\"hints\":%" PRIu64,
           all.bytes_in, all.bytes_out, all.exchanges, all.connects, all.failures, all.pieces_fetched, all.pieces_held,
           all.hints);
    printf(",\"mixed\":%" PRIu64 ",\"backward\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"unavailable\":%" PRIu64
           ",\"reason\":%.*s}\n",
           census->mixed, census->backward, census->refused, census->unavailable, (int)reason.length, reason.bytes);
    pthread_mutex_unlock(&fleet->census.mutex);
    text_clear(&reason);
}

/* False: not an order. */
static bool obey(struct fleet *fleet, const char *order)
{
    uint64_t release;
    int64_t timeout_ms;
    if (sscanf(order, "release %" SCNu64 " %" SCNd64, &release, &timeout_ms) == 2 && release > 0 &&
        release < CENSUS_RELEASES_MAX) {
        answer_release(fleet, release, timeout_ms);
    } else if (sscanf(order, "answers %" SCNd64, &timeout_ms) == 1) {
        answer_answers(fleet, timeout_ms);
    } else if (strcmp(order, "mark\n") == 0) {
        answer_mark(fleet);
    } else if (strcmp(order, "traffic\n") == 0) {
        answer_traffic(fleet);
    } else {
        fprintf(stderr, "fleet: no order: %s", order);
        return false;
    }
    fflush(stdout);
    return true;
}

/* Life */

/* Two connections a gateway are what the limit is for; a file limit that cannot be raised is told by the connects that
   fail. */
static void raise_file_limit(uint32_t gateways)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)gateways * DESCRIPTORS_A_GATEWAY + DESCRIPTORS_BESIDES;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void start_gateways(struct fleet *fleet, struct redis_source_options *options)
{
    for (uint32_t i = 0; i < fleet->census.gateways; i++) {
        struct gateway *gateway = &fleet->gateways[i];
        *gateway = (struct gateway){.census = &fleet->census, .number = i, .stop = fleet->stop};
        options->seed = (uint64_t)census_now_us() + i;
        snprintf(options->client.name, sizeof(options->client.name), "promogate/gateway-%05" PRIu32, i);
        if (!gateway_start(gateway, options)) {
            return;
        }
        fleet->count++;
    }
}

static void stop_gateways(struct fleet *fleet)
{
    uint64_t one = 1;
    if (write(fleet->stop, &one, sizeof(one)) != (ssize_t)sizeof(one)) {
        abort(); /* a fresh eventfd takes it */
    }
    for (uint32_t i = 0; i < fleet->count; i++) {
        gateway_join(&fleet->gateways[i]);
    }
}

/* The exit status. */
static int serve(struct fleet *fleet)
{
    char order[ORDER_BYTES];
    printf("{\"gateways\":%" PRIu32 "}\n", fleet->count);
    fflush(stdout);
    while (fgets(order, sizeof(order), stdin) != NULL) {
        if (!obey(fleet, order)) {
            return 2;
        }
    }
    return 0;
}

static int run(uint32_t gateways, struct redis_source_options *options)
{
    struct fleet fleet = {.gateways = calloc(gateways, sizeof(*fleet.gateways)), .stop = eventfd(0, EFD_CLOEXEC)};
    bool is_made = census_init(&fleet.census, gateways) && fleet.gateways != NULL && fleet.stop >= 0;
    int status = 1;
    if (is_made) {
        start_gateways(&fleet, options);
        if (fleet.count == gateways) {
            status = serve(&fleet);
        } else {
            fprintf(stderr, "fleet: only %" PRIu32 " gateways could be started\n", fleet.count);
        }
        stop_gateways(&fleet);
    }
    close(fleet.stop);
    free(fleet.gateways);
    census_clear(&fleet.census);
    return status;
}

static bool number_of(const char *text, uint32_t max, uint32_t *ret_number)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || number > max) {
        fprintf(stderr, "fleet: %s is no number up to %" PRIu32 "\n", text, max);
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

int main(int argc, char **argv)
{
    static struct redis_source_options options = {
        .client = {.role = REDIS_READER,
                   .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                   .command_timeout_ms = COMMAND_TIMEOUT_MS},
        .pace = {.watch = {.backoff_max_ms = BACKOFF_MAX_MS},
                 .bytes_per_second = FETCH_BYTES_PER_SECOND,
                 .suspicion = {.drop_max_bp = DROP_MAX_BP, .release_max_bytes = RELEASE_MAX_BYTES}},
        .has_hints = true,
    };
    const char *reason = "usage: fleet URL GATEWAYS POLL_MS SPREAD_MS";
    uint32_t gateways;
    if (argc != 5 || !redis_url_parse(slice_of(argv[1]), &options.client.url, &reason)) {
        fprintf(stderr, "fleet: %s\n", reason);
        return 2;
    }
    if (!number_of(argv[2], GATEWAYS_MAX, &gateways) || gateways == 0 ||
        !number_of(argv[3], 600000, &options.pace.watch.poll_ms) ||
        !number_of(argv[4], 600000, &options.pace.watch.spread_ms)) {
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit(gateways);
    return run(gateways, &options);
}
