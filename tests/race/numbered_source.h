/*
 * numbered_source.h - a source (cache/source.h) of editions, which has always changed, up to the number it is allowed.
 *
 * It announces each edition with its release before it hands it out, and so before anybody can be answered from it.
 * Until the allowed number the refresher does not pause: it reads, compiles and swaps in a loop.
 *
 * Threads  numbered_source_allow from any thread; the rest as in source.h.
 */
#pragma once

#include "cache/source.h"
#include "tests/race/chronicle.h"

struct numbered_source {
    struct source source;
    struct chronicle *editions;
    _Atomic uint32_t allowed;
    uint32_t given; /* the refresher thread's own */
};

void numbered_source_init(struct numbered_source *numbered, struct chronicle *editions);

/* Editions up to that number may come. */
void numbered_source_allow(struct numbered_source *numbered, uint32_t number);
