/*
 * token.h - the bearer token of /admin/, as a mounted secret has it.
 *
 * Read when first asked and again whenever the file's mark (inode, size, time) changes, so a rotated secret counts at
 * once. White space around it is not part of it. A file that is missing, empty or too long matches nobody.
 *
 * The comparison takes the same time whatever was presented: it always goes over TOKEN_BYTES_MAX bytes.
 */
#pragma once

#include <sys/stat.h>

#include "policy/slice.h"

enum { TOKEN_BYTES_MAX = 512 };

struct token {
    char bytes[TOKEN_BYTES_MAX]; /* padded with NULs */
    uint32_t length;             /* 0: none */
    struct stat mark;
};

/* Reads the file again if it is not what was read before. */
void token_follow(struct token *token, const char *path);

/* `authorization` is the header's value: "Bearer ...". */
bool token_admits(const struct token *token, struct slice authorization);
