/*
 * directory.h - a policy directory, read as of one moment.
 *
 *     list ─▶ open each file relative to the folder that was listed ─▶ list again, from the path
 *     accepted only when every file was what the first list said and both lists have the same fingerprint: so neither a
 *     file that is being written nor a swapped link can mix two generations
 *
 * Ceilings  those of policy/document.h; each that is passed is a problem.
 * Errors    a file that may not be read, or a link to nothing, is a problem that names it. What may pass by itself
 *           (memory, descriptors, I/O) makes the directory unavailable, with its reason.
 */
#pragma once

#include "cache/listing.h"
#include "policy/document.h"
#include "policy/problem.h"

enum { DIRECTORY_REASON_BYTES = 512 };

enum directory_outcome {
    DIRECTORY_READ,        /* documents are complete, but for those that problems name */
    DIRECTORY_CHANGING,    /* not of one moment: read again when it is quiet */
    DIRECTORY_UNAVAILABLE, /* missing, not a folder, no right, or a fault that may pass */
};

struct directory_reading {
    struct fingerprint fingerprint;      /* as of the end; of no use when unavailable */
    char reason[DIRECTORY_REASON_BYTES]; /* when unavailable */
};

/* Adds to `documents`, by name, and `problems`; unless the outcome is DIRECTORY_READ, both hold nothing of use. */
enum directory_outcome directory_read(const char *path, struct documents *documents, struct problems *problems,
                                      struct directory_reading *ret_reading);
