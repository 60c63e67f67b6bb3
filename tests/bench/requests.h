#pragma once
/*
 * Ready-made HTTP requests that a load cycles through: everything a request costs the client is paid here, before the
 * clock runs.
 *
 * Source: a file with one request target a line (GET) or one JSON body a line (POST); empty lines are skipped.
 * Ownership: the caller's struct; requests_clear frees what reading allocated.
 * Threads: read-only once read.
 * Errors: a sentence for the operator, or NULL when all is well; the struct is then untouched.
 */

#include <stddef.h>
#include <stdio.h>

#define REQUESTS_COUNT_MAX 1000000
#define REQUESTS_BYTES_MAX ((size_t)256 << 20)

struct requests_row {
    const char *bytes;
    size_t length;
};

struct requests {
    char *bytes;
    struct requests_row *rows;
    size_t count;
};

/* One GET per line of the file; `host` is the value of the Host header. */
const char *requests_read_targets(const char *path, const char *host, struct requests *ret_requests);

/* The same from an open file; it stays open. */
const char *requests_read_stream(FILE *file, const char *host, struct requests *ret_requests);

/* One POST of `target` per line of the file, with Content-Type and Content-Length. */
const char *requests_read_bodies(const char *path, const char *host, const char *target, struct requests *ret_requests);

void requests_clear(struct requests *requests);
