/*
 * census.h - which gateways of the fleet hold which release, and since when.
 *
 *     gateways ─ census_holds, census_answered, … ─▶ census ─ census_wait ─▶ whoever drives the simulation
 *
 * It judges as well: all gateways hold the same content under the same number (a gateway with a mix of two releases, or
 * with damaged documents, would not), and a gateway's numbers only grow. The driver compares the content with what it
 * published.
 *
 * Time     microseconds of CLOCK_MONOTONIC, which other processes of the machine share.
 * Threads  any.
 */
#pragma once

#include <pthread.h>

#include "cache/digest.h"

enum { CENSUS_RELEASES_MAX = 64, CENSUS_REASON_BYTES = 512 };

/* Who has done a thing, and when first. */
struct census_roll {
    int64_t *at_us; /* by gateway; 0: not yet */
    uint32_t count;
};

struct census_release {
    struct digest content; /* as the first holder has it */
    struct census_roll holders;
};

struct census {
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    uint32_t gateways;
    uint64_t *held;                                      /* by gateway: its release */
    struct census_release releases[CENSUS_RELEASES_MAX]; /* by number */
    struct census_roll answered;                         /* whom Redis has answered since census_mark */
    uint64_t mixed, backward, refused, unavailable;      /* how often; the first three must stay 0 */
    char reason[CENSUS_REASON_BYTES];                    /* of the last that was refused or unavailable */
};

int64_t census_now_us(void);

/* False when memory ends; clear it all the same. */
bool census_init(struct census *census, uint32_t gateways);
void census_clear(struct census *census);

/* The gateway has the whole content of a release, 1 to CENSUS_RELEASES_MAX - 1. */
void census_holds(struct census *census, uint32_t gateway, uint64_t release, const struct digest *content,
                  int64_t at_us);
void census_answered(struct census *census, uint32_t gateway);
void census_refused(struct census *census, const char *reason);
void census_unavailable(struct census *census, const char *reason);

/* Nobody has been answered from now on. */
void census_mark(struct census *census);

/* Until all gateways stand on the roll, or the time is over. */
void census_wait(struct census *census, const struct census_roll *roll, int64_t timeout_ms);
