#include "tests/bench/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const tally_outcome_names[TALLY_OUTCOME_COUNT] = {
#define ROW(enumerator, name) [enumerator] = name,
    TALLY_OUTCOMES(ROW)
#undef ROW
};

const char *tally_create(struct tally_shape shape, struct tally *ret_tally)
{
    assert(shape.phases_count > 0 && shape.window_ns > 0);
    uint64_t windows_max = shape.end_ns / shape.window_ns + 1;
    if (windows_max > TALLY_WINDOWS_MAX) {
        return "more windows than TALLY_WINDOWS_MAX: take longer ones";
    }
    if (shape.interfaces_count > TALLY_INTERFACES_MAX) {
        return "more interfaces than TALLY_INTERFACES_MAX";
    }
    struct tally tally = {.shape = shape,
                          .total = calloc(1, sizeof *tally.total),
                          .phases = calloc(shape.phases_count, sizeof *tally.phases),
                          .interfaces = calloc(shape.interfaces_count + 1, sizeof *tally.interfaces),
                          .current = calloc(1, sizeof *tally.current),
                          .windows = calloc(windows_max, sizeof *tally.windows),
                          .windows_max = windows_max};
    if (!tally.total || !tally.phases || !tally.interfaces || !tally.current || !tally.windows) {
        tally_clear(&tally);
        return "out of memory";
    }
    *ret_tally = tally;
    return NULL;
}

void tally_clear(struct tally *tally)
{
    free(tally->total);
    free(tally->phases);
    free(tally->interfaces);
    free(tally->current);
    free(tally->windows);
    *tally = (struct tally){0};
}

static void end_window(struct tally *tally)
{
    struct tally_cell *cell = tally->current;
    struct tally_window *window = &tally->windows[tally->windows_count++];

    *window = (struct tally_window){.counts = cell->counts,
                                    .full_p50_ns = histogram_percentile(&cell->full_ns, 0.5),
                                    .full_p99_ns = histogram_percentile(&cell->full_ns, 0.99),
                                    .fallback_p50_ns = histogram_percentile(&cell->fallback_ns, 0.5),
                                    .fallback_p99_ns = histogram_percentile(&cell->fallback_ns, 0.99)};
    memset(&cell->counts, 0, sizeof cell->counts);
    if (cell->full_ns.total > 0) {
        histogram_init(&cell->full_ns);
    }
    if (cell->fallback_ns.total > 0) {
        histogram_init(&cell->fallback_ns);
    }
}

void tally_advance(struct tally *tally, uint64_t now_ns)
{
    while (tally->windows_count + 1 < tally->windows_max &&
           now_ns >= (tally->windows_count + 1) * tally->shape.window_ns) {
        end_window(tally);
    }
}

void tally_finish(struct tally *tally)
{
    assert(tally->windows_count < tally->windows_max);
    end_window(tally);
}

void tally_note_offered(struct tally *tally, unsigned phase)
{
    assert(phase < tally->shape.phases_count);
    tally->total->counts.offered++;
    tally->phases[phase].counts.offered++;
    tally->current->counts.offered++;
}

void tally_note_sent(struct tally *tally, struct tally_request request)
{
    assert(request.phase < tally->shape.phases_count && request.interface < tally->shape.interfaces_count);
    tally->total->counts.sent++;
    tally->phases[request.phase].counts.sent++;
    tally->interfaces[request.interface].counts.sent++;
    tally->current->counts.sent++;
}

static void cell_note(struct tally_cell *cell, enum tally_outcome outcome, uint64_t latency_ns)
{
    cell->counts.outcomes[outcome]++;
    if (outcome == TALLY_FULL) {
        histogram_add(&cell->full_ns, latency_ns);
    } else if (tally_is_fallback(outcome)) {
        histogram_add(&cell->fallback_ns, latency_ns);
    }
}

void tally_note_end(struct tally *tally, struct tally_request request, enum tally_outcome outcome, uint64_t latency_ns)
{
    assert(request.phase < tally->shape.phases_count);
    cell_note(tally->total, outcome, latency_ns);
    cell_note(&tally->phases[request.phase], outcome, latency_ns);
    cell_note(tally->current, outcome, latency_ns);
    if (request.interface != TALLY_NO_INTERFACE) {
        assert(request.interface < tally->shape.interfaces_count);
        cell_note(&tally->interfaces[request.interface], outcome, latency_ns);
    }
}

enum tally_outcome tally_outcome_of(const struct response *response)
{
    if (response->status != 200) {
        return TALLY_NOT_200;
    }
    switch (response->cause) {
    case RESPONSE_CAUSE_NONE:
        return TALLY_FULL;
    case RESPONSE_CAUSE_SWITCH:
        return TALLY_SWITCH;
    case RESPONSE_CAUSE_SATURATED:
        return TALLY_SATURATED;
    case RESPONSE_CAUSE_NO_SNAPSHOT:
        return TALLY_NO_SNAPSHOT;
    case RESPONSE_CAUSE_RATE_LIMITED:
        return TALLY_RATE_LIMITED;
    case RESPONSE_CAUSE_BUDGET:
        return TALLY_BUDGET;
    case RESPONSE_CAUSE_OTHER:
        break;
    }
    return TALLY_OTHER_CAUSE;
}

bool tally_is_fallback(enum tally_outcome outcome)
{
    return outcome >= TALLY_SWITCH && outcome <= TALLY_OTHER_CAUSE;
}
