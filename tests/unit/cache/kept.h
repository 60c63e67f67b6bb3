/*
 * kept.h - what the suites of the last known good share: small releases, written and read again.
 *
 * Release N grants the coupon `cN` to everyone and has a second document of some length; its root is the text "root N".
 *
 * Errors  what a test did not ask about fails it at once.
 */
#pragma once

#include "cache/last_known_good.h"

struct kept {
    struct edition edition;
    struct documents documents;
    struct snapshot *snapshot;
};

struct kept kept_make(uint64_t release);
void kept_clear(struct kept *kept);

/* The folder as it is opened for the origin "redis main". */
struct last_known_good *kept_open(const char *folder);

/* Writes that release; false with what last_known_good_write says. */
bool kept_write(struct last_known_good *state, uint64_t release, char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES]);

/* Reads without limits or a release to skip. */
struct last_known_good_reading kept_read(struct last_known_good *state);

/* A gate that lets pass all releases but that one; 0: all. */
struct release_gate kept_gate(const uint64_t *barred_release);

/* Is it release N, its image and its edition? */
bool kept_is(const struct last_known_good_reading *reading, uint64_t release);
/* ... its documents too? */
bool kept_is_whole(const struct last_known_good_reading *reading, uint64_t release);

/* Opens, reads, closes: the number of the whole release that is there, 0 without one, fails a test with half of one. */
uint64_t kept_release_in(const char *folder);
