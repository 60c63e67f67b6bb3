/*
 * decision_parts.h - a decision's JSON, taken apart: what of two of them is compared, counted and told.
 *
 *     {"decision_id":"01KH8QZ...","request_id":"r1","release":42,"interface":"checkout","degraded":false,
 *      "offers":[row,row],"discount":1300,"delivery_discount":0,"exposures":[row]}
 *
 * Strict: the contract's members in the contract's order (`request_id` and `cause` may be absent), and no others.
 * A row is one offer or exposure, its bytes as they stood: what is in it is the engine's business, not the reader's.
 *
 * Units      fen.
 * Ownership  parts own `bytes` and rows, and reuse them from decision to decision; decision_id looks into the reader's
 *            bytes, which are written to.
 * Errors     false with the error, its pointer from the decision on. Where memory or the ceiling ended, `bytes.failed`.
 */
#pragma once

#include "degrade/admission.h"
#include "policy/context.h"
#include "policy/json_reader.h"
#include "policy/text.h"

struct decision_rows {
    struct slice *items; /* into `bytes` */
    uint32_t count, capacity;
};

struct decision_parts {
    struct text bytes; /* the whole object, as it stood */
    struct slice decision_id;
    uint64_t release;
    enum admission admission; /* ADMISSION_EVALUATE: not degraded */
    int64_t discount_fen, delivery_discount_fen;
    struct decision_rows offers, exposures;
};

void decision_parts_init(struct decision_parts *parts, size_t bytes_max);
void decision_parts_clear(struct decision_parts *parts);

/* The reader stands before the decision, and afterwards, if it was one, behind it. */
bool decision_parts_read(struct decision_parts *parts, struct json_reader *reader, struct context_error *reterr);
