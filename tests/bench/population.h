#pragma once
/*
 * Who asks: users drawn evenly or by Zipf's law, at places drawn by Zipf's law, on interfaces in their shares. Each
 * request is a GET written when it is sent, so that a long run need not repeat itself.
 *
 *     GET /v1/evaluate?user_id=u81233&aoi=310115-0001&amount=6200&delivery_fee=300&interface=checkout<query>
 *
 * Ownership: borrows the places and the texts. Threads: one at a time; the same seed asks the same.
 */

#include "tests/bench/interface_mix.h"
#include "tests/bench/places.h"
#include "tests/bench/zipf.h"

#define POPULATION_QUERY_MAX   2048
#define POPULATION_REQUEST_MAX 4096 /* holds the longest query, code, interface and host */

/* Amounts of an order, in fen: below and above what the demo set's tiers ask for. */
#define POPULATION_AMOUNT_MIN 1500
#define POPULATION_AMOUNT_MAX 16000

struct population {
    const struct places *places;
    const struct interface_mix *interfaces;
    const char *host;
    const char *query; /* at most POPULATION_QUERY_MAX bytes, appended as they are: "&city=...", or "" */
    struct zipf user_law, place_law;
    struct splitmix chance;
};

/* The next request into `room` of POPULATION_REQUEST_MAX bytes; its length. */
size_t population_write(struct population *population, char *room, unsigned *ret_interface);
