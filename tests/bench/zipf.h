#pragma once
/*
 * Zipf's law: of `count` things, the one of rank k (from 0) is drawn with a probability in proportion to
 * 1 / (k + 1)^exponent. 0 draws all alike; places of a city have about 1.
 *
 * Any count costs the same: no table is built, so that ten million users need no memory.
 *
 * Source: W. Hörmann, G. Derflinger: Rejection-inversion to generate variates from monotone discrete distributions,
 * ACM TOMACS 6 (1996). The area under 1/x^exponent is inverted, and a draw that falls outside the rank's step is
 * repeated: less than 1.3 times on average, for any count and exponent.
 * Ownership: the caller's struct, without pointers. Threads: read-only once made; the splitmix is the caller's.
 */

#include "tests/bench/splitmix.h"

#define ZIPF_COUNT_MAX    UINT64_C(1000000000)
#define ZIPF_EXPONENT_MAX 10.0

struct zipf {
    uint64_t count;
    double exponent;
    double area_first, area_last; /* what the inverted area runs over */
    double accepted;              /* this close to its rank a draw needs no further look */
};

/* 1 <= count <= ZIPF_COUNT_MAX, 0 <= exponent <= ZIPF_EXPONENT_MAX. */
void zipf_init(struct zipf *zipf, uint64_t count, double exponent);

/* A rank, 0 to count - 1. */
uint64_t zipf_draw(const struct zipf *zipf, struct splitmix *splitmix);
