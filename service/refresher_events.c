#include "service/refresher_events.h"

#include "service/log.h"

static struct keeper *keeper_of(void *context)
{
    const struct refresher_events *events = context;
    return events->keeper;
}

static void name_counters(void *context, struct snapshot *snapshot)
{
    const struct refresher_events *events = context;
    tally_names_assign(events->tally_names, snapshot);
}

static void tell_activated(void *context, const struct refresher_activation *activation)
{
    keeper_settle(keeper_of(context));
    const struct snapshot_facts *facts = &activation->facts;
    bool is_traced = activation->trace[0] != '\0';
    log_event(LOG_INFO, "snapshot_active", LOG_INTEGER("release", facts->release),
              LOG_INTEGER("policies", facts->policies), LOG_INTEGER("aois", facts->aois),
              LOG_INTEGER("bytes", facts->bytes), LOG_INTEGER("candidates_max", facts->candidates_max),
              LOG_STRING("origin", activation->scheme), LOG_INTEGER("duration_ms", activation->duration_ms),
              is_traced ? LOG_STRING("trace_id", activation->trace) : LOG_END, LOG_END);
}

static void keep(void *context, const struct edition *edition, const struct snapshot *snapshot,
                 const struct documents *documents)
{
    keeper_keep(keeper_of(context), edition, snapshot, documents);
}

static void tell_confirmed(void *context, const struct snapshot_facts *facts)
{
    keeper_settle(keeper_of(context));
    log_event(LOG_INFO, "snapshot_confirmed", LOG_INTEGER("release", facts->release), LOG_END);
}

static bool may_try(void *context, uint64_t release, struct problems *problems)
{
    return keeper_may_try(keeper_of(context), release, problems);
}

static int64_t turn(void *context, int64_t now_ms)
{
    return keeper_tick(keeper_of(context), now_ms);
}

static void tell_refused(void *context, const struct problems *problems)
{
    keeper_give_up(keeper_of(context));
    log_event(LOG_ERROR, "snapshot_refused", LOG_INTEGER("problems", problems->total), LOG_END);
    for (size_t i = 0; i < problems->count && i < REFRESHER_EVENTS_PROBLEMS_MAX; i++) {
        const struct problem *problem = &problems->items[i];
        log_event(LOG_ERROR, "snapshot_problem", LOG_STRING("file", problem->file),
                  LOG_STRING("pointer", problem->pointer), LOG_STRING("reason", problem->reason), LOG_END);
    }
}

static void tell_unavailable(void *context, const char *reason)
{
    (void)context;
    log_event(LOG_ERROR, "source_unavailable", LOG_STRING("reason", reason), LOG_END);
}

struct refresher_callbacks refresher_events_callbacks(struct refresher_events *events)
{
    return (struct refresher_callbacks){
        .context = events,
        .compiled = name_counters,
        .activated = tell_activated,
        .keep = keep,
        .confirmed = tell_confirmed,
        .may_try = may_try,
        .refused = tell_refused,
        .unavailable = tell_unavailable,
        .turn = turn,
    };
}
