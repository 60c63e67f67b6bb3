#include "publish/token_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool fail(const char *path, const char *clause, char ret_reason[TOKEN_FILE_REASON_BYTES])
{
    snprintf(ret_reason, TOKEN_FILE_REASON_BYTES, "the token file %.300s %s", path, clause);
    return false;
}

/* NULL, or why it is no token. */
static const char *take(char *bytes, size_t length, char ret_token[TOKEN_FILE_BYTES])
{
    static const char blanks[] = " \t\r\n";
    bytes[length] = '\0';
    if (strlen(bytes) != length) {
        return "holds a NUL";
    }
    char *begin = bytes + strspn(bytes, blanks), *end = bytes + length;
    while (end > begin && strchr(blanks, end[-1]) != NULL) {
        *--end = '\0';
    }
    if (begin == end || end - begin >= TOKEN_FILE_BYTES) {
        return "holds no token of 1 to 511 bytes";
    }
    for (const char *at = begin; at < end; at++) {
        if (*at <= ' ' || *at >= 0x7f) {
            return "holds what is no token: other bytes than printable ASCII";
        }
    }
    memcpy(ret_token, begin, (size_t)(end - begin) + 1);
    return NULL;
}

bool token_file_read(const char *path, char ret_token[TOKEN_FILE_BYTES], char ret_reason[TOKEN_FILE_REASON_BYTES])
{
    char bytes[2 * TOKEN_FILE_BYTES + 1];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        char clause[128];
        snprintf(clause, sizeof(clause), "cannot be read: %s", strerror(errno));
        return fail(path, clause, ret_reason);
    }
    size_t length = fread(bytes, 1, sizeof(bytes) - 1, file);
    bool has_failed = ferror(file) != 0;
    fclose(file);
    const char *fault = has_failed ? "cannot be read" : take(bytes, length, ret_token);
    explicit_bzero(bytes, sizeof(bytes));
    return fault == NULL || fail(path, fault, ret_reason);
}
