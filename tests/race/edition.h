/*
 * edition.h - a policy set that a number determines, and what it must answer.
 *
 *     number ─▶ edition_documents ─▶ gateway ─▶ answer ─┐
 *            └▶ edition_append_decision ────────────────┴─▶ equal, byte for byte
 *
 * Every edition differs from all others: coupons carry the number; discounts, lists, exclusions, salts, weights,
 * shares, limits, ids and the count of policies derive from it. The right answer is worked out here by hand, with no
 * code of the engine but the bucket's arithmetic (policy/bucket.h, which has published vectors of its own).
 *
 *     priority  policy      offer (n is the number)
 *     300       aoi-base    amount_off in group order; for and one B, but not where one X is
 *     200       ab-test     experiment, percent_off or nothing; in group order too when n is odd
 *     100       gold-(n%5)  free_delivery for tier gold
 *      50       grant       coupon; paused when n % 3 is 0, only for checkout when n is even
 *      10       ramp        amount_off for a share of users
 *       0       other-i     n % 4 policies for places that nobody asks about
 */
#pragma once

#include "policy/document.h"
#include "policy/text.h"
#include "tests/race/question.h"

/* Fills empty documents; false when memory ends. */
bool edition_documents(uint32_t number, struct documents *documents);

/* The decision, from `"offers"` to its end. */
void edition_append_decision(uint32_t number, const struct question *question, struct text *text);
