/*
 * document.h - the files of a policy set, as bytes, wherever they came from.
 *
 * A source (a directory, Redis, a last-known-good file) yields documents; policy_set.h makes sense of them. One of them
 * may be `settings.json`; every other is a policy.
 *
 * Ownership  documents own their names and bytes; documents_clear frees all.
 * Errors     out of memory is false, the list stays as it was.
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

enum {
    DOCUMENTS_COUNT_MAX = 100000,          /* policies of a set, and its settings */
    DOCUMENT_BYTES_MAX = 64 * 1024 * 1024, /* 100 000 codes of 64 bytes, twice, escaped throughout, and to spare */
};
static const size_t documents_bytes_max = (size_t)1 << 30; /* of a whole set */

struct document {
    char *name; /* as an operator knows it: the file's name */
    char *bytes;
    size_t length;
};

struct documents {
    struct document *items;
    size_t count, capacity, bytes;
};

void documents_init(struct documents *documents);
void documents_clear(struct documents *documents);

/* Takes `bytes` (malloc'ed), also when it fails. */
bool documents_add(struct documents *documents, const char *name, char *bytes, size_t length);
