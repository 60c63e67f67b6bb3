#include "service/decider.h"

#include <assert.h>

#include "degrade/fallback.h"
#include "policy/decision_json.h"
#include "policy/hash.h"
#include "service/clock.h"
#include "service/decision_log.h"
#include "service/limiter.h"

static_assert((int)DECISION_ID_BYTES == (int)ULID_BYTES, "a decision's id is a ULID");

enum { HOUR_MS = 3600 * 1000 };

bool decider_init(struct decider *decider, struct metrics *metrics, struct gauge *gauge, struct limiter *limiter)
{
    decider->limiter = limiter;
    decider->metrics = metrics;
    decider->gauge = gauge;
    decider->evaluation = evaluation_create();
    return decider->evaluation != NULL && ulid_source_init(&decider->ulids);
}

void decider_clear(struct decider *decider)
{
    evaluation_free(decider->evaluation);
    decider->evaluation = NULL;
}

struct decision_view decider_view(struct decider *decider, const struct config *config, const struct snapshot *snapshot,
                                  int64_t wall_ms)
{
    struct decision_view view = {
        .config = config,
        .wall_ms = wall_ms,
        .rules = {.interfaces = config->interface_names,
                  .interface_count = config->interface_count,
                  .interface_default = config->interface_names[0]},
    };
    if (snapshot != NULL && evaluation_reserve(decider->evaluation, snapshot)) {
        view.snapshot = snapshot;
        view.slots = snapshot_companion(snapshot);
        view.release = snapshot_facts(snapshot).release;
    }
    return view;
}

static void count(struct metrics *metrics, enum admission admission, bool has_offer)
{
    switch (admission) {
    case ADMISSION_EVALUATE:
        counter_add(has_offer ? &metrics->decisions_offered : &metrics->decisions_empty, 1);
        break;
    case ADMISSION_SWITCH:
        counter_add(&metrics->decisions_switch, 1);
        break;
    case ADMISSION_SATURATED:
        counter_add(&metrics->decisions_saturated, 1);
        break;
    case ADMISSION_NO_SNAPSHOT:
        counter_add(&metrics->decisions_no_snapshot, 1);
        break;
    case ADMISSION_RATE_LIMITED:
        counter_add(&metrics->decisions_rate_limited, 1);
        break;
    case ADMISSION_BUDGET:
        counter_add(&metrics->decisions_budget, 1);
        break;
    }
}

static void append_fallback(struct text *text, const struct decision_envelope *envelope, enum admission admission,
                            const struct config_fallback *fallback, int64_t amount_fen)
{
    int64_t remaining_fen = amount_fen;
    decision_json_degraded_begin(text, envelope, slice_of(admission_cause(admission)));
    for (uint32_t i = 0; i < fallback->offer_count; i++) {
        int64_t discount_fen = fallback_discount_fen(fallback->offers[i].off_fen, remaining_fen);
        remaining_fen -= discount_fen;
        decision_json_degraded_offer(text, fallback->offers[i].fragment, discount_fen, i == 0);
    }
    decision_json_degraded_end(text, amount_fen - remaining_fen);
}

static const struct config_interface *interface_of(const struct decision_view *view, const struct context *context)
{
    return &view->config->interfaces[context->interface_index];
}

/* The gate has every source's word, the file's before its configuration is in force: a breaker that an `on` takes over
   leaves no share behind that would hold until then. The view's configuration keeps its own to its end. */
static struct gate gate_of(const struct decision_view *view, const struct config_interface *interface)
{
    struct gate gate = gate_table_read(view->gates, interface->gate);
    gate.order = switch_mode_join(interface->degrade, gate.order);
    return gate;
}

/*
 * Could it be evaluated before its deadline? What evaluating takes is known from those that were: so one in
 * GAUGE_SAMPLE that only seems too late is tried, or a mean that was wrong once would never be right again. Not one
 * that would not be evaluated even so: its trial would be lost, and in a steady pattern of users each one could be.
 */
static bool is_in_time(struct decider *decider, const struct decision_terms *terms, bool may_try)
{
    if (terms->deadline_ns == 0) {
        return true;
    }
    int64_t rest_ns = terms->deadline_ns - clock_monotonic_ns();
    if (rest_ns <= 0 || rest_ns > (int64_t)counter_read(&decider->gauge->evaluation_mean_ns)) {
        return rest_ns > 0;
    }
    if (!may_try) {
        return false;
    }
    bool is_tried = decider->until_trial == 0;
    decider->until_trial = is_tried ? GAUGE_SAMPLE - 1 : decider->until_trial - 1;
    decider->until_sample = is_tried ? 0 : decider->until_sample; /* and timed */
    return is_tried;
}

static bool is_within_rate(const struct decider *decider, const struct decision_terms *terms)
{
    return decider->limiter == NULL || !limiter_is_on(decider->limiter) ||
           limiter_take(decider->limiter, decider->worker, terms->caller) == LIMITER_ADMITS;
}

static bool is_within_share(const struct decision_view *view, struct gate gate, struct slice user_id)
{
    if (!admission_is_partial(gate)) {
        return true;
    }
    uint64_t user_hash = hash_bytes(user_id.at, user_id.length);
    return admission_slot(user_hash, view->wall_ms / HOUR_MS) < gate.share_bp;
}

enum admission decider_readmit(struct decider *decider, const struct decision_view *view, const struct context *context,
                               const struct decision_terms *terms)
{
    enum admission admission = admission_decide(gate_of(view, interface_of(view, context)), view->snapshot != NULL);
    if (admission == ADMISSION_EVALUATE && !is_in_time(decider, terms, true)) {
        return ADMISSION_BUDGET;
    }
    return admission;
}

enum admission decider_admit(struct decider *decider, const struct decision_view *view, const struct context *context,
                             const struct decision_terms *terms)
{
    const struct config_interface *interface = interface_of(view, context);
    struct gate gate = gate_of(view, interface);
    counter_add(&decider->gauge->interfaces[interface->gate].asked, 1);
    enum admission admission = admission_decide(gate, view->snapshot != NULL);
    if (admission == ADMISSION_SWITCH) {
        return admission;
    }
    if (!is_within_rate(decider, terms)) {
        return ADMISSION_RATE_LIMITED;
    }
    if (admission != ADMISSION_EVALUATE) {
        return admission;
    }
    bool is_within = is_within_share(view, gate, context->user_id);
    if (!is_in_time(decider, terms, is_within || gate.is_shadow)) {
        return ADMISSION_BUDGET;
    }
    if (!is_within && gate.is_shadow) { /* only counted */
        counter_add(&decider->metrics->shadow_shed, 1);
        return ADMISSION_EVALUATE;
    }
    return is_within ? ADMISSION_EVALUATE : ADMISSION_SATURATED;
}

uint32_t decider_retry_after_s(const struct decider *decider, const struct decision_terms *terms)
{
    uint32_t of_caller_s = limiter_retry_after_s(decider->limiter, LIMITER_CALLER, terms->caller);
    uint32_t of_total_s = limiter_retry_after_s(decider->limiter, LIMITER_TOTAL, terms->caller);
    uint32_t later_s = of_caller_s > of_total_s ? of_caller_s : of_total_s;
    return later_s > 0 ? later_s : 1;
}

void decider_reject(struct decider *decider)
{
    counter_add(&decider->metrics->rejected_rate_limited, 1);
}

void decider_turn_away(struct decider *decider, const struct decision_view *view, const struct context *context)
{
    counter_add(&decider->gauge->interfaces[interface_of(view, context)->gate].turned_away, 1);
}

/* What the interface's fallback would have given in place of the decision just made. */
static void count_drill(struct decider *decider, const struct config_fallback *fallback, int64_t amount_fen)
{
    const struct evaluation *evaluation = decider->evaluation;
    int64_t remaining_fen = amount_fen;
    for (uint32_t i = 0; i < fallback->offer_count; i++) {
        remaining_fen -= fallback_discount_fen(fallback->offers[i].off_fen, remaining_fen);
    }
    counter_add(&decider->metrics->drill_decisions, 1);
    counter_add(&decider->metrics->drill_discount_fen,
                (uint64_t)(evaluation->discount + evaluation->delivery_discount));
    counter_add(&decider->metrics->drill_fallback_fen, (uint64_t)(amount_fen - remaining_fen));
}

/* Times one evaluation of GAUGE_SAMPLE; each one while they are heavy, where a look at the clock is nothing. */
static void evaluate_timed(struct decider *decider, const struct decision_view *view, const struct context *context)
{
    bool is_heavy = gauge_is_heavy(decider->gauge);
    if (!is_heavy && decider->until_sample > 0) {
        decider->until_sample--;
        evaluate(decider->evaluation, view->snapshot, context, view->wall_ms / 1000);
        return;
    }
    decider->until_sample = GAUGE_SAMPLE - 1;
    int64_t begun_ns = clock_monotonic_ns();
    evaluate(decider->evaluation, view->snapshot, context, view->wall_ms / 1000);
    gauge_note_evaluation(decider->gauge, clock_monotonic_ns() - begun_ns, is_heavy ? 1 : GAUGE_SAMPLE);
}

static void append_evaluated(struct decider *decider, const struct decision_view *view, const struct context *context,
                             const struct decision_envelope *envelope, struct text *text)
{
    const struct config_interface *interface = interface_of(view, context);
    evaluate_timed(decider, view, context);
    decision_json_append(text, envelope, decider->evaluation, NULL);
    count(decider->metrics, ADMISSION_EVALUATE, decider->evaluation->offer_count > 0);
    tally_count(&decider->tally, view->slots, decider->evaluation);
    counter_add(&decider->gauge->interfaces[interface->gate].evaluated, 1);
    if (gate_table_read(view->gates, interface->gate).is_drill) {
        count_drill(decider, &view->config->fallbacks[interface->fallback], context->amount);
    }
}

/* What stands in `text` from there on is the decision. */
static void keep_decision(struct decider *decider, const struct decision_view *view, const struct context *context,
                          const struct text *text, size_t from)
{
    struct decision_log *log = decider->decision_log;
    if (log != NULL && decision_log_wants(log, view->config->decision_log.sample_bp) && !text->failed) {
        struct slice decision = {.at = text->bytes + from, .length = (uint32_t)(text->length - from)};
        decision_log_note(log, view->wall_ms, context, decision);
    }
}

void decider_append(struct decider *decider, const struct decision_view *view, const struct context *context,
                    enum admission admission, struct text *text)
{
    size_t from = text->length;
    ulid_write(&decider->ulids, (uint64_t)view->wall_ms, decider->id);
    struct decision_envelope envelope = {
        .decision_id = {.at = decider->id, .length = ULID_BYTES},
        .request_id = context->request_id,
        .interface = context->interface,
        .release = view->release,
    };
    if (admission == ADMISSION_EVALUATE) {
        append_evaluated(decider, view, context, &envelope, text);
    } else {
        const struct config_interface *interface = interface_of(view, context);
        append_fallback(text, &envelope, admission, &view->config->fallbacks[interface->fallback], context->amount);
        count(decider->metrics, admission, false);
    }
    keep_decision(decider, view, context, text, from);
}
