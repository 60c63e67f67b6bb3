/*
 * config_watch.h - the configuration file changes: load it, and hand over what is valid.
 *
 *     file changes ─▶ 100 ms of quiet ─▶ bytes differ? ─▶ config_parse ─▶ applied(fresh)  or  refused(errors)
 *
 * Written in place, renamed over, a ConfigMap's `..data` symlink swapped: the system's notice comes through the fd, and
 * every 2 s the bytes are compared whether or not there was one. A file that is gone is refused once; the configuration
 * in force stays, and the file's return is a change like any other.
 *
 * Threads  one: who owns it polls config_watch_fd for reading, for at most config_watch_timeout_ms, and then calls
 *          config_watch_run, which may read the file and calls back on this thread.
 * Errors   config_watch_open: NULL out of memory. Without inotify (its limits are used up) only the poll remains.
 */
#pragma once

#include <stdint.h>

#include "service/config.h"

struct config_watch;

struct config_watch_calls {
    void (*applied)(void *cls, struct config *fresh); /* owns `fresh` from then on */
    void (*refused)(void *cls, const struct config_errors *errors);
    void *cls;
};

/* `running` is the configuration in force; a change since it was read is noticed. `path` is copied. */
struct config_watch *config_watch_open(const char *path, const struct config *running,
                                       const struct config_watch_calls *calls, int64_t now_ms);
void config_watch_close(struct config_watch *watch);

/* -1 where there is none: then only the time-out counts. */
int config_watch_fd(const struct config_watch *watch);
int config_watch_timeout_ms(const struct config_watch *watch, int64_t now_ms);

/* After each poll, whatever ended it. `now_ms` is of a monotonic clock. */
void config_watch_run(struct config_watch *watch, int64_t now_ms);

/* SIGHUP: the next config_watch_run loads the file even if its bytes are the same. */
void config_watch_force(struct config_watch *watch);
