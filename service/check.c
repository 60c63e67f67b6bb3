#include "service/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/directory_source.h"
#include "cache/release.h"
#include "service/clock.h"
#include "service/complaint.h"
#include "service/config.h"

static bool check_documents(const struct config *config, const struct documents *documents, struct problems *problems)
{
    struct snapshot_limits limits = {.candidates_max = config->limits.max_candidates};
    struct snapshot *snapshot = release_compile(documents, &limits, problems);
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

/* Reads once: a check does not wait for a directory to settle. */
static bool check_source(const struct config *config, struct source *source)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    bool is_fine = false;
    int64_t wait_ms;
    source_check(source, clock_monotonic_ms(), &wait_ms);
    switch (source_read(source, clock_monotonic_ms(), &documents, &problems)) {
    case SOURCE_READ_COMPLETE:
    case SOURCE_READ_REFUSED:
        is_fine = check_documents(config, &documents, &problems);
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
    struct directory_source_options options = {.settle_ms = 0};
    struct source *source = directory_source_open(config->paths.source_dir, &options);
    bool is_fine = source != NULL && check_source(config, source);
    source_close(source);
    config_free(config);
    return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
