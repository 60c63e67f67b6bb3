/*
 * scratch.h - a folder of a test's own, and how to stir in it.
 *
 * Names are relative to the folder. Whatever fails ends the program: a test that cannot arrange proves nothing.
 *
 * Time  scratch_wait_for asks every few milliseconds, for WAIT_MS at most.
 */
#pragma once

#include <stdbool.h>

enum { WAIT_MS = 10000 };

struct scratch {
    char path[256];
};

void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch);

/* The path of a name, in a buffer that lasts for a few calls. */
const char *scratch_path(const struct scratch *scratch, const char *name);

void scratch_folder(const struct scratch *scratch, const char *name);
void scratch_write(const struct scratch *scratch, const char *name, const char *content); /* in place */
void scratch_link(const struct scratch *scratch, const char *name, const char *target);
void scratch_rename(const struct scratch *scratch, const char *from, const char *to); /* over what is there */
void scratch_delete(const struct scratch *scratch, const char *name);                 /* a folder with all in it */

/* A new folder `name` with a Kubernetes volume's look: name/..data -> ..1, name/FILE -> ..data/FILE. */
void scratch_volume(const struct scratch *scratch, const char *name, const char *file, const char *content);

/* What kubelet does: ..data of the volume to a new folder ..GENERATION, in one rename; the old folder is deleted. */
void scratch_volume_swap(const struct scratch *scratch, const char *name, const char *file, const char *content);

/* Sleeps a moment; false when WAIT_MS are over. `waited_ms` starts at 0. */
bool scratch_wait(int *waited_ms);

/* Until the condition holds: does it? */
#define scratch_wait_for(condition)                                                                                    \
    __extension__({                                                                                                    \
        int waited_ms_ = 0;                                                                                            \
        bool holds_ = (condition);                                                                                     \
        while (!holds_ && scratch_wait(&waited_ms_)) {                                                                 \
            holds_ = (condition);                                                                                      \
        }                                                                                                              \
        holds_;                                                                                                        \
    })
