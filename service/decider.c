#include "service/decider.h"

#include <assert.h>

#include "degrade/fallback.h"
#include "policy/decision_json.h"

static_assert((int)DECISION_ID_BYTES == (int)ULID_BYTES, "a decision's id is a ULID");

bool decider_init(struct decider *decider, struct metrics *metrics)
{
    decider->metrics = metrics;
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

enum admission decider_append(struct decider *decider, const struct decision_view *view, const struct context *context,
                              struct text *text)
{
    char id[ULID_BYTES];
    ulid_write(&decider->ulids, (uint64_t)view->wall_ms, id);
    struct decision_envelope envelope = {
        .decision_id = {.at = id, .length = ULID_BYTES},
        .request_id = context->request_id,
        .interface = context->interface,
        .release = view->release,
    };
    const struct config_interface *interface = &view->config->interfaces[context->interface_index];
    enum admission admission = admission_decide(interface->degrade, view->snapshot != NULL);
    if (admission == ADMISSION_EVALUATE) {
        evaluate(decider->evaluation, view->snapshot, context, view->wall_ms / 1000);
        decision_json_append(text, &envelope, decider->evaluation, NULL);
        count(decider->metrics, admission, decider->evaluation->offer_count > 0);
    } else {
        append_fallback(text, &envelope, admission, &view->config->fallbacks[interface->fallback], context->amount);
        count(decider->metrics, admission, false);
    }
    return admission;
}
