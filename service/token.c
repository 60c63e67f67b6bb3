#include "service/token.h"

#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct slice trim(struct slice text)
{
    while (text.length > 0 && is_blank(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.at[text.length - 1])) {
        text.length--;
    }
    return text;
}

static void set(struct token *token, struct slice text)
{
    memset(token->bytes, 0, sizeof(token->bytes));
    token->length = 0;
    if (text.length < TOKEN_BYTES_MAX && (text.length == 0 || memchr(text.at, '\0', text.length) == NULL)) {
        memcpy(token->bytes, text.at, text.length);
        token->length = text.length;
    }
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void token_follow(struct token *token, const char *path)
{
    struct stat mark = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &mark) != 0 || !S_ISREG(mark.st_mode)) {
        mark = (struct stat){0};
        set(token, SLICE(""));
    } else if (!is_same(&mark, &token->mark)) {
        char bytes[2 * TOKEN_BYTES_MAX];
        ssize_t length = read(fd, bytes, sizeof(bytes));
        set(token, trim((struct slice){.at = bytes, .length = length > 0 ? (uint32_t)length : 0}));
    }
    token->mark = mark;
    if (fd >= 0) {
        close(fd);
    }
}

bool token_admits(const struct token *token, struct slice authorization)
{
    static const char scheme[] = "Bearer ";
    char presented[TOKEN_BYTES_MAX] = {0};
    uint32_t skip = sizeof(scheme) - 1;
    if (authorization.length <= skip || strncasecmp(authorization.at, scheme, skip) != 0) {
        return false;
    }
    struct slice text = trim((struct slice){authorization.at + skip, authorization.length - skip});
    uint32_t length = text.length < TOKEN_BYTES_MAX ? text.length : 0;
    memcpy(presented, text.at, length);
    uint32_t difference = token->length ^ text.length;
    for (uint32_t i = 0; i < TOKEN_BYTES_MAX; i++) {
        difference |= (uint32_t)(unsigned char)(token->bytes[i] ^ presented[i]);
    }
    return difference == 0 && token->length > 0;
}
