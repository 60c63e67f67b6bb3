#include "service/check.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/release.h"
#include "service/clock.h"
#include "service/complaint.h"
#include "service/config.h"
#include "service/origin.h"

enum { READ_MS_MAX = 10 * 60 * 1000, READ_PAUSE_MS_MAX = 1000 };

static bool check_documents(const struct config *config, uint64_t release, const struct documents *documents,
                            struct problems *problems)
{
    struct snapshot_limits limits = config_snapshot_limits(config);
    struct snapshot *snapshot = release_compile(documents, release, &limits, problems);
    if (snapshot == NULL) {
        complaint_print_set(problems);
        return false;
    }
    struct snapshot_facts facts = snapshot_facts(snapshot);
    uint32_t unknown = snapshot_unknown_interfaces(snapshot, config->interface_names, config->interface_count);
    printf("release %llu: %u policies, %u AOIs, at most %u candidates a request", (unsigned long long)facts.release,
           facts.policies, facts.aois, facts.candidates_max);
    if (unknown > 0) {
        printf("; %u policies name interfaces that the configuration lacks", unknown);
    }
    printf("\n");
    snapshot_free(snapshot);
    return true;
}

/* A directory in one go, whether it is settled or not; a Redis in as many as its byte budget needs. */
static enum source_reading read_once(struct source *source, struct documents *documents, struct problems *problems)
{
    bool is_stepwise = strcmp(source->ops->scheme, "file") != 0;
    int64_t until_ms = clock_monotonic_ms() + READ_MS_MAX, wait_ms;
    enum source_reading reading = SOURCE_READ_AGAIN;
    enum source_state state = source_check(source, clock_monotonic_ms(), &wait_ms);
    do {
        if (state == SOURCE_SETTLING && is_stepwise) {
            poll(NULL, 0, wait_ms < READ_PAUSE_MS_MAX ? (int)wait_ms : READ_PAUSE_MS_MAX);
        } else {
            reading = source_read(source, clock_monotonic_ms(), documents, problems);
        }
        state = source_check(source, clock_monotonic_ms(), &wait_ms);
    } while (reading == SOURCE_READ_AGAIN && is_stepwise && clock_monotonic_ms() < until_ms);
    return reading;
}

static bool check_source(const struct config *config, struct source *source)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    bool is_fine = false;
    switch (read_once(source, &documents, &problems)) {
    case SOURCE_READ_COMPLETE:
    case SOURCE_READ_REFUSED:
        is_fine = check_documents(config, source->edition.release, &documents, &problems);
        break;
    case SOURCE_READ_AGAIN:
        fprintf(stderr, "%s: changes while it is read\n", source_describe(source));
        break;
    case SOURCE_READ_UNAVAILABLE:
        fprintf(stderr, "%s: %s\n", source_describe(source), source->reason);
        break;
    }
    documents_clear(&documents);
    problems_clear(&problems);
    return is_fine;
}

int check_run(const char *config_path)
{
    struct config_errors errors;
    struct config *config = config_load(config_path, &errors);
    if (config == NULL) {
        complaint_print_config(&errors);
        return EXIT_FAILURE;
    }
    struct source *source = origin_open(config);
    bool is_fine = source != NULL && check_source(config, source);
    source_close(source);
    config_free(config);
    return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
