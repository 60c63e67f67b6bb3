/*
 * progress.h - how far a long piece of work is, as one line that is written over; on stderr, for people only.
 *
 *     writing pieces  [##########----------]  1024/2048
 *
 * Nothing is shown where stderr is no terminal, nor before PROGRESS_DELAY_MS: most work is done by then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PROGRESS_DELAY_MS = 100, PROGRESS_PAUSE_MS = 100 };

struct progress {
    const char *what;
    uint64_t total;
    int64_t due_ms; /* when the line is written next */
    bool is_shown, is_wanted;
};

void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_show(struct progress *progress, uint64_t done);

/* Takes the line away. */
void progress_end(struct progress *progress);
