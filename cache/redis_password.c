#include "cache/redis_password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool fail(const char *path, const char *why, char *ret_reason)
{
    snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "the password file %.200s %.90s", path, why);
    return false;
}

/* What a read gives, or -1 with errno. Never waits: a pipe without a writer is an empty file. */
static ssize_t slurp(const char *path, char *buffer, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return -1;
    }
    ssize_t length = read(file, buffer, size);
    int error = errno;
    close(file);
    errno = error;
    return length;
}

bool redis_password_read(const char *path, char ret_password[REDIS_URL_SECRET_BYTES],
                         char ret_reason[REDIS_LINK_REASON_BYTES])
{
    char password[REDIS_URL_SECRET_BYTES + 1];
    ssize_t length = slurp(path, password, sizeof(password));
    if (length < 0) {
        char why[90];
        snprintf(why, sizeof(why), "cannot be read: %.70s", strerror(errno));
        return fail(path, why, ret_reason);
    }
    length -= length > 0 && password[length - 1] == '\n';
    bool is_well = length > 0 && length < REDIS_URL_SECRET_BYTES && memchr(password, '\0', (size_t)length) == NULL;
    if (is_well) {
        memcpy(ret_password, password, (size_t)length);
        ret_password[length] = '\0';
    }
    explicit_bzero(password, sizeof(password));
    return is_well || fail(path, length == 0 ? "is empty" : "is no password of at most 511 bytes", ret_reason);
}
