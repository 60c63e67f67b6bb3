/*
 * watch.h - tells that a file or a folder may have changed, however it is reached.
 *
 * A path is watched through all its links: a file written in place or renamed over; a file of a folder that is written,
 * added, renamed, deleted, or is itself a link (a Kubernetes ConfigMap's `..data`); a link that is swapped; what is
 * deleted and comes back; what does not exist yet. Watched are folders, never files: the one that holds each link of
 * the chain, the one that holds the last component, the folder itself, and those that its links lead to. After each
 * event that may have led the path elsewhere the chain is walked again.
 *
 * A hint, not the truth: inotify sees no network, no write through mmap, no renaming of a folder further up. So look
 * for yourself every few seconds too, and call watch_renew when you find what the watch did not tell.
 *
 * Ceilings  WATCH_LINKS_MAX links of a folder are followed, WATCH_PLACES_MAX places watched.
 * Threads   one at a time uses a watch.
 */
#pragma once

#include <stdbool.h>

enum { WATCH_LINKS_MAX = 1024, WATCH_PLACES_MAX = 256 };

struct watch;

/* NULL without inotify (its instances are few), or when memory ends. */
struct watch *watch_open(const char *path);
void watch_close(struct watch *watch);

/* Readable when watch_drain has something to look at. */
int watch_descriptor(const struct watch *watch);

/* Reads what is queued: may the path's content have changed since the last call? Changes after this call, and only
   those, make the descriptor readable again; so drain first, then look. */
bool watch_drain(struct watch *watch);

/* Walks the chain anew. */
void watch_renew(struct watch *watch);

/* Is everything watched that should be? If not (a ceiling, the user's limit), look more often. */
bool watch_is_complete(const struct watch *watch);
