#include "policy/decision_json.h"

#include "policy/compiled.h"

/* Fragments */

static void append_variant(struct text *text, struct slice variant)
{
    text_append(text, SLICE(",\"variant\":"));
    if (variant.at == NULL) {
        text_append(text, SLICE("null"));
    } else {
        text_append_json_string(text, variant);
    }
}

void decision_json_offer_fragment(struct text *text, struct slice policy, struct slice coupon, struct slice kind,
                                  struct slice variant)
{
    text_append(text, SLICE("{\"policy\":"));
    text_append_json_string(text, policy);
    text_append(text, SLICE(",\"coupon\":"));
    text_append_json_string(text, coupon);
    text_append(text, SLICE(",\"kind\":"));
    text_append_json_string(text, kind);
    append_variant(text, variant);
    text_append(text, SLICE(",\"discount\":"));
}

void decision_json_exposure_fragment(struct text *text, struct slice policy, struct slice variant)
{
    text_append(text, SLICE("{\"policy\":"));
    text_append_json_string(text, policy);
    append_variant(text, variant);
    text_append(text, SLICE(",\"offered\":"));
}

void decision_json_fallback_fragment(struct text *text, struct slice coupon)
{
    decision_json_offer_fragment(text, SLICE("fallback"), coupon, SLICE("amount_off"), (struct slice){0});
}

/* The object, from its first member to `offers` */

static void append_head(struct text *text, const struct decision_envelope *envelope)
{
    text_append_byte(text, '{');
    if (envelope->decision_id.length > 0) {
        text_append(text, SLICE("\"decision_id\":\""));
        text_append(text, envelope->decision_id);
        text_append(text, SLICE("\","));
    }
    if (envelope->request_id.at != NULL) {
        text_append(text, SLICE("\"request_id\":"));
        text_append_json_string(text, envelope->request_id);
        text_append_byte(text, ',');
    }
    text_append(text, SLICE("\"release\":"));
    text_append_integer(text, (int64_t)envelope->release);
    text_append(text, SLICE(",\"interface\":"));
    text_append_json_string(text, envelope->interface);
}

static void append_offer(struct text *text, struct slice fragment, int64_t discount_fen, bool is_first)
{
    if (!is_first) {
        text_append_byte(text, ',');
    }
    text_append(text, fragment);
    text_append_integer(text, discount_fen);
    text_append_byte(text, '}');
}

static void append_totals(struct text *text, int64_t discount_fen, int64_t delivery_discount_fen)
{
    text_append(text, SLICE("],\"discount\":"));
    text_append_integer(text, discount_fen);
    text_append(text, SLICE(",\"delivery_discount\":"));
    text_append_integer(text, delivery_discount_fen);
    text_append(text, SLICE(",\"exposures\":["));
}

static void append_offers(struct text *text, const struct evaluation *evaluation)
{
    const struct snapshot *snapshot = evaluation->snapshot;
    for (uint32_t i = 0; i < evaluation->offer_count; i++) {
        const struct accepted_offer *offer = &evaluation->offers[i];
        const struct compiled_variant *variant = &snapshot->variants[evaluation->candidates[offer->candidate].variant];
        append_offer(text, snapshot_text(snapshot, variant->offered), offer->discount, i == 0);
    }
}

static void append_exposures(struct text *text, const struct evaluation *evaluation)
{
    const struct snapshot *snapshot = evaluation->snapshot;
    bool is_first = true;
    for (uint32_t i = 0; i < evaluation->candidate_count; i++) {
        const struct candidate *candidate = &evaluation->candidates[i];
        if (!candidate->is_exposure) {
            continue;
        }
        if (!is_first) {
            text_append_byte(text, ',');
        }
        is_first = false;
        text_append(text, snapshot_text(snapshot, snapshot->variants[candidate->variant].exposure));
        text_append(text, candidate->reason == REASON_OFFERED ? SLICE("true}") : SLICE("false}"));
    }
}

static void append_reasons(struct text *text, const struct snapshot *snapshot, const enum reason *reasons)
{
    text_append(text, SLICE(",\"reasons\":["));
    for (uint32_t i = 0; i < snapshot->facts.policies; i++) {
        text_append(text, i == 0 ? SLICE("{\"policy\":") : SLICE(",{\"policy\":"));
        text_append_json_string(text, snapshot_text(snapshot, snapshot->policies[snapshot->by_id[i]].id));
        text_append(text, SLICE(",\"reason\":"));
        text_append_json_string(text, reason_name(reasons[i]));
        text_append_byte(text, '}');
    }
    text_append_byte(text, ']');
}

void decision_json_append(struct text *text, const struct decision_envelope *envelope,
                          const struct evaluation *evaluation, const enum reason *reasons)
{
    append_head(text, envelope);
    text_append(text, SLICE(",\"degraded\":false,\"offers\":["));
    append_offers(text, evaluation);
    append_totals(text, evaluation->discount, evaluation->delivery_discount);
    append_exposures(text, evaluation);
    text_append_byte(text, ']');
    if (reasons != NULL) {
        append_reasons(text, evaluation->snapshot, reasons);
    }
    text_append_byte(text, '}');
}

/* Degraded */

void decision_json_degraded_begin(struct text *text, const struct decision_envelope *envelope, struct slice cause)
{
    append_head(text, envelope);
    text_append(text, SLICE(",\"degraded\":true,\"cause\":"));
    text_append_json_string(text, cause);
    text_append(text, SLICE(",\"offers\":["));
}

void decision_json_degraded_offer(struct text *text, struct slice fragment, int64_t discount_fen, bool is_first)
{
    append_offer(text, fragment, discount_fen, is_first);
}

void decision_json_degraded_end(struct text *text, int64_t discount_fen)
{
    append_totals(text, discount_fen, 0);
    text_append(text, SLICE("]}"));
}
