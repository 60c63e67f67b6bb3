#include "service/config_watch.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/watch.h"

enum { QUIET_MS = 100, LOOK_MS = 2000 };

struct config_watch {
    struct config_watch_calls calls;
    char *path;
    struct watch *notices; /* NULL: without */
    struct text seen;      /* the file as it was looked at last, valid or not */
    bool is_gone;          /* it could not be read then */
    bool is_forced;
    int64_t look_ms;   /* when to look next */
    int64_t latest_ms; /* when at the latest, however often the file changes */
};

struct config_watch *config_watch_open(const char *path, const struct config *running,
                                       const struct config_watch_calls *calls, int64_t now_ms)
{
    struct config_watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return NULL;
    }
    watch->calls = *calls;
    watch->path = strdup(path);
    text_init(&watch->seen, CONFIG_READ_BYTES);
    text_append(&watch->seen, running->bytes);
    if (watch->path == NULL || watch->seen.failed) {
        config_watch_close(watch);
        return NULL;
    }
    watch->notices = watch_open(path);
    /* At once: it may have changed between its reading and the watch. */
    watch->look_ms = now_ms;
    watch->latest_ms = now_ms;
    return watch;
}

void config_watch_close(struct config_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    watch_close(watch->notices);
    text_clear(&watch->seen);
    free(watch->path);
    free(watch);
}

int config_watch_fd(const struct config_watch *watch)
{
    return watch->notices != NULL ? watch_descriptor(watch->notices) : -1;
}

int config_watch_timeout_ms(const struct config_watch *watch, int64_t now_ms)
{
    int64_t left_ms = watch->look_ms - now_ms;
    if (watch->is_forced || left_ms < 0) {
        return 0;
    }
    return left_ms < LOOK_MS ? (int)left_ms : LOOK_MS;
}

/* Hands over what `bytes`, which are new, say. */
static void tell(struct config_watch *watch, struct slice bytes)
{
    struct config_errors errors;
    struct config *fresh = config_parse(bytes, watch->path, &errors);
    if (fresh != NULL) {
        watch->calls.applied(watch->calls.cls, fresh);
    } else {
        watch->calls.refused(watch->calls.cls, &errors);
    }
}

static void tell_gone(struct config_watch *watch, const struct config_errors *errors)
{
    bool is_news = !watch->is_gone || watch->is_forced;
    watch->is_gone = true;
    watch->is_forced = false;
    if (is_news) {
        watch->calls.refused(watch->calls.cls, errors);
    }
}

/* The way to the file may have changed unnoticed, as when a folder further up is renamed: it is walked anew. */
static void renew_notices(struct config_watch *watch)
{
    if (watch->notices != NULL) {
        watch_renew(watch->notices);
    }
}

static void look(struct config_watch *watch)
{
    struct text bytes;
    struct config_errors errors;
    text_init(&bytes, CONFIG_READ_BYTES);
    if (!config_read_bytes(watch->path, &bytes, &errors)) {
        text_clear(&bytes);
        renew_notices(watch);
        tell_gone(watch, &errors);
        return;
    }
    bool is_told = !watch->is_forced && !watch->is_gone && slice_equals(text_slice(&bytes), text_slice(&watch->seen));
    if (is_told) {
        text_clear(&bytes);
        return;
    }
    watch->is_forced = false;
    watch->is_gone = false;
    text_clear(&watch->seen);
    watch->seen = bytes;
    renew_notices(watch);
    tell(watch, text_slice(&watch->seen));
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

void config_watch_run(struct config_watch *watch, int64_t now_ms)
{
    if (watch->notices != NULL && watch_drain(watch->notices)) {
        watch->look_ms = earlier(now_ms + QUIET_MS, watch->latest_ms);
    }
    if (watch->is_forced || now_ms >= watch->look_ms) {
        watch->look_ms = now_ms + LOOK_MS;
        watch->latest_ms = now_ms + LOOK_MS;
        look(watch);
    }
}

void config_watch_force(struct config_watch *watch)
{
    watch->is_forced = true;
}
