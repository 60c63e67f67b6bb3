#include "cache/watch.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cache/link_chain.h"

static const uint32_t structure_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
static const uint32_t content_events = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB;
/* What the kernel tells unasked. */
static const uint32_t end_events = IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;

struct place {
    int wd;                  /* of a watched folder */
    char name[NAME_MAX + 1]; /* of the entry that matters there; "": every one */
};

struct watch {
    int descriptor;
    bool is_complete;
    char path[PATH_MAX];
    size_t place_count;
    struct place places[WATCH_PLACES_MAX];
};

static bool has_place(const struct watch *watch, int wd, const char *name)
{
    for (size_t i = 0; i < watch->place_count; i++) {
        const struct place *place = &watch->places[i];
        if (place->wd == wd && (place->name[0] == '\0' || strcmp(place->name, name) == 0)) {
            return true;
        }
    }
    return false;
}

static bool has_folder(const struct watch *watch, int wd)
{
    for (size_t i = 0; i < watch->place_count; i++) {
        if (watch->places[i].wd == wd) {
            return true;
        }
    }
    return false;
}

static void add_place(struct watch *watch, const char *folder, const char *name, uint32_t events)
{
    /* IN_MASK_ADD: two places in one folder share its watch. */
    int wd = inotify_add_watch(watch->descriptor, folder, events | IN_ONLYDIR | IN_MASK_ADD);
    if (wd < 0) {
        watch->is_complete = false;
        return;
    }
    if (has_place(watch, wd, name)) {
        return;
    }
    if (watch->place_count == WATCH_PLACES_MAX) {
        watch->is_complete = false;
        return;
    }
    struct place *place = &watch->places[watch->place_count++];
    place->wd = wd;
    snprintf(place->name, sizeof(place->name), "%s", name);
}

static void visit_chain(void *context, const char *folder, const char *name)
{
    add_place(context, folder, name, structure_events);
}

/* Links of a folder lead to few folders but by many names: these are watched as a whole. */
static void visit_entry(void *context, const char *folder, const char *name)
{
    (void)name;
    add_place(context, folder, "", structure_events | content_events);
}

static void add_entries(struct watch *watch, const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        watch->is_complete = false;
        return;
    }
    struct link_visitor visitor = {.context = watch, .visit = visit_entry};
    unsigned links = 0;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (entry->d_name[0] == '.' || (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)) {
            continue;
        }
        if (links++ == WATCH_LINKS_MAX) {
            watch->is_complete = false;
            break;
        }
        struct link_chain end;
        link_chain_follow(folder, entry->d_name, &visitor, &end);
    }
    closedir(entries);
}

static void add_places(struct watch *watch)
{
    struct link_visitor visitor = {.context = watch, .visit = visit_chain};
    struct link_chain end;
    switch (link_chain_follow("/", watch->path, &visitor, &end)) {
    case LINK_CHAIN_MISSING:
        return;
    case LINK_CHAIN_FILE:
        add_place(watch, end.folder, end.name, structure_events | content_events);
        return;
    case LINK_CHAIN_FOLDER: {
        char folder[2 * PATH_MAX];
        snprintf(folder, sizeof(folder), "%s/%s", end.folder, end.name);
        add_place(watch, folder, "", structure_events | content_events);
        add_entries(watch, folder);
        return;
    }
    }
}

void watch_renew(struct watch *watch)
{
    int before[WATCH_PLACES_MAX];
    size_t before_count = watch->place_count;
    for (size_t i = 0; i < before_count; i++) {
        before[i] = watch->places[i].wd;
    }
    watch->place_count = 0;
    watch->is_complete = true;
    add_places(watch);
    for (size_t i = 0; i < before_count; i++) {
        if (!has_folder(watch, before[i])) {
            inotify_rm_watch(watch->descriptor, before[i]); /* best effort: it may be gone, or named twice */
        }
    }
}

/* Relative paths are those of the working directory at opening. */
static bool make_absolute(char *ret_path, const char *path)
{
    if (path[0] == '/') {
        return snprintf(ret_path, PATH_MAX, "%s", path) < PATH_MAX;
    }
    char folder[PATH_MAX];
    return getcwd(folder, sizeof(folder)) != NULL && snprintf(ret_path, PATH_MAX, "%s/%s", folder, path) < PATH_MAX;
}

struct watch *watch_open(const char *path)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return NULL;
    }
    watch->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->descriptor < 0 || !make_absolute(watch->path, path)) {
        watch_close(watch);
        return NULL;
    }
    watch_renew(watch);
    return watch;
}

void watch_close(struct watch *watch)
{
    if (watch == NULL) {
        return;
    }
    if (watch->descriptor >= 0) {
        close(watch->descriptor);
    }
    free(watch);
}

int watch_descriptor(const struct watch *watch)
{
    return watch->descriptor;
}

static bool matters(const struct watch *watch, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        return true;
    }
    if (event->len == 0) { /* about the folder itself */
        return has_folder(watch, event->wd);
    }
    return has_place(watch, event->wd, event->name);
}

bool watch_drain(struct watch *watch)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    bool has_changed = false;
    bool may_lead_elsewhere = !watch->is_complete; /* perhaps what was lacking is there now */
    for (;;) {
        ssize_t length = read(watch->descriptor, buffer, sizeof(buffer));
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length <= 0) {
            break;
        }
        const struct inotify_event *event;
        for (const char *at = buffer; at < buffer + length; at += sizeof(*event) + event->len) {
            event = (const struct inotify_event *)(const void *)at;
            if (matters(watch, event)) {
                has_changed = true;
                may_lead_elsewhere |= (event->mask & (structure_events | end_events)) != 0;
            }
        }
    }
    if (may_lead_elsewhere) {
        watch_renew(watch);
    }
    return has_changed;
}

bool watch_is_complete(const struct watch *watch)
{
    return watch->is_complete;
}
