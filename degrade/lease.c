#include "degrade/lease.h"

#include <assert.h>
#include <stddef.h>

/* 64 bits do not hold tokens times the demand of all. */
__extension__ typedef unsigned __int128 wide;

#define GOLDEN_RATIO UINT64_C(0x9E3779B97F4A7C15) /* of 2^64: its multiples fall into the widest gap left */

uint64_t lease_demand(uint64_t demand, uint64_t asked)
{
    uint64_t faded = demand - (demand + 7) / 8;
    uint64_t fresh = (asked < LEASE_ASKED_MAX ? asked : LEASE_ASKED_MAX) * LEASE_DEMAND_ONE;
    return fresh > faded ? fresh : faded;
}

/* Twice the demand, and one. */
static uint64_t wanted(uint64_t demand)
{
    return (2 * demand + LEASE_DEMAND_ONE - 1) / LEASE_DEMAND_ONE + 1;
}

/*
 * Adds `tokens` to the leases by weight. What is owed to the workers up to one is rounded where it stands, so the sum
 * is exact; `point` below the sum of weights says where rounding goes up.
 */
static void draw(uint64_t tokens, const uint64_t *demands, uint32_t workers, uint64_t turn, uint64_t *leases)
{
    wide sum = 0, reached = 0;
    uint64_t given = 0;
    for (uint32_t i = 0; i < workers; i++) {
        sum += demands[i] + 1; /* nobody is left out for ever */
    }
    wide point = (wide)(turn * GOLDEN_RATIO) * sum >> 64;
    for (uint32_t i = 0; i < workers; i++) {
        reached += demands[i] + 1;
        uint64_t due = (uint64_t)((tokens * reached + point) / sum);
        leases[i] += due - given;
        given = due;
    }
    assert(given == tokens);
}

static void give_each(uint64_t tokens, uint32_t workers, uint64_t *leases)
{
    for (uint32_t i = 0; i < workers; i++) {
        leases[i] += tokens;
    }
}

static void divide_plenty(uint64_t spare, uint32_t workers, uint64_t turn, uint64_t *leases)
{
    give_each(spare / workers, workers, leases);
    uint32_t from = (uint32_t)(turn % workers);
    for (uint32_t i = 0; i < spare % workers; i++) {
        leases[(from + i) % workers]++;
    }
}

static void divide_few(uint64_t tokens, const uint64_t *demands, uint32_t workers, uint64_t turn, uint64_t *leases)
{
    uint64_t floor = 0;
    if (tokens >= workers) {
        floor = tokens / 8 / workers;
        floor = floor > 0 ? floor : 1;
    }
    give_each(floor, workers, leases);
    draw(tokens - floor * workers, demands, workers, turn, leases);
}

void lease_divide(int64_t tokens, const uint64_t *demands, uint32_t workers, uint64_t turn, uint64_t *ret_leases)
{
    assert(workers > 0 && workers <= LEASE_WORKERS_MAX);
    assert(tokens <= LEASE_TOKENS_MAX);
    uint64_t left = tokens > 0 ? (uint64_t)tokens : 0, need = 0;
    for (uint32_t i = 0; i < workers; i++) {
        need += wanted(demands[i]);
        ret_leases[i] = 0;
    }
    if (need > left) {
        divide_few(left, demands, workers, turn, ret_leases);
        return;
    }
    for (uint32_t i = 0; i < workers; i++) {
        ret_leases[i] = wanted(demands[i]);
    }
    divide_plenty(left - need, workers, turn, ret_leases);
}
