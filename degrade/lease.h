/*
 * lease.h - a bucket's tokens, lent to the workers by what they were asked for: nobody shares a counter.
 *
 *     each tick (20 ms), one thread:
 *
 *         workers          asked  ─▶  lease_demand     what is expected of each: the last tick, or a fading memory
 *         bucket           spent  ─▶  tokens           all there are, those lent and not yet spent among them
 *         lease_divide(tokens, demands)  ─▶  leases    replace the ones before; their sum is never more than the tokens
 *
 *     enough for all          each gets twice its demand and one, and an equal part of the rest: bursts on idle workers
 *     ┌────┬─┬─┬─┬──────┐     find tokens
 *     └────┴─┴─┴─┴──────┘
 *     too few                 first a small floor each, for the first request of an idle worker; the rest by demand
 *     ┌──────────────┬┬┬┐
 *     └──────────────┴┴┴┘
 *
 * Nothing is lost: an unspent lease is part of the tokens of the next tick. So idle workers hold a stock of at most the
 * floors, while whatever the bucket earns flows to those that are asked: all traffic on one worker of many gets the
 * whole rate, and after a jump to another worker the whole rate again from the second tick on.
 *
 * Few tokens for many workers cannot be split: a token is drawn by systematic sampling, a worker's chance in each tick
 * its share exactly, and the point of the draw walks by the golden ratio, which spreads it evenly over the turns.
 *
 * Constants
 *     LEASE_DEMAND_ONE   a request is so much demand: fine enough to remember one for a second after it came
 *     1/8 fades a tick   a second at 20 ms, longer than the pause between the requests of a caller at a few a second,
 *                        so that the token it waits for does not wander off meanwhile
 *     1/8 of the tokens  is spread as floors, at least a token each; below a token a worker there is none
 *
 * Units    tokens; demand in LEASE_DEMAND_ONEths of a request a tick.
 * Source   leases of a limit as in Google's Doorman ("proportional share"); systematic sampling (Madow 1944).
 */
#pragma once

#include <stdint.h>

enum {
    LEASE_DEMAND_ONE = 4096,
    LEASE_ASKED_MAX = 1 << 20, /* requests a tick that are told apart: 50 million a second on one worker */
    LEASE_WORKERS_MAX = 1024,
    LEASE_TOKENS_MAX = 1 << 30,
};

/* The demand after a tick in which so many requests were asked for, served or not. */
uint64_t lease_demand(uint64_t demand, uint64_t asked);

/*
 * Divides `tokens`; below 1 there are none. `turn` counts the ticks. Demands are what lease_demand returned. The
 * leases add up to `tokens` exactly.
 */
void lease_divide(int64_t tokens, const uint64_t *demands, uint32_t workers, uint64_t turn, uint64_t *ret_leases);
