#include "publish/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cache/redis_link.h"

enum { BAR_CHARACTERS = 30 };

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
    *progress = (struct progress){
        .what = what,
        .total = total,
        .due_ms = redis_link_now_ms() + PROGRESS_DELAY_MS,
        .is_wanted = total > 0 && isatty(STDERR_FILENO) == 1,
    };
}

void progress_show(struct progress *progress, uint64_t done)
{
    int64_t now_ms = progress->is_wanted ? redis_link_now_ms() : 0;
    if (!progress->is_wanted || now_ms < progress->due_ms) {
        return;
    }
    char bar[BAR_CHARACTERS + 1];
    uint64_t filled = done < progress->total ? done * BAR_CHARACTERS / progress->total : BAR_CHARACTERS;
    for (uint64_t i = 0; i < BAR_CHARACTERS; i++) {
        bar[i] = i < filled ? '#' : '-';
    }
    bar[BAR_CHARACTERS] = '\0';
    fprintf(stderr, "\r%s  [%s]  %" PRIu64 "/%" PRIu64, progress->what, bar, done, progress->total);
    progress->is_shown = true;
    progress->due_ms = now_ms + PROGRESS_PAUSE_MS;
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown) {
        fputs("\r\x1b[K", stderr);
        progress->is_shown = false;
    }
}
