/*
 * fallback.h - what a fallback offer takes off a request's amount.
 *
 * Fallback offers are granted in their configured order, each from what the ones before have left, like evaluated ones:
 *
 *     int64_t remaining_fen = amount_fen;
 *     for each offer:
 *         int64_t discount_fen = fallback_discount_fen(offer.off_fen, remaining_fen);
 *         remaining_fen -= discount_fen;
 *
 * so that the discounts never add up to more than the amount. An offer is granted even where it takes off nothing.
 *
 * Units  money in minor units (fen), never negative.
 */
#pragma once

#include <stdint.h>

/* min(off, remaining). */
int64_t fallback_discount_fen(int64_t off_fen, int64_t remaining_fen);
