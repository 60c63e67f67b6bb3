#include "cache/link_chain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as the kernel */

enum kind {
    KIND_FOLDER,
    KIND_LINK,
    KIND_OTHER,
    KIND_MISSING,
};

struct walk {
    struct link_chain *chain; /* folder: how far we are; name: the component at hand */
    char rest[PATH_MAX];      /* what is still to be walked */
    unsigned links;
};

/* False when it would be too long for any system call. */
static bool join(char *ret_path, const char *folder, const char *name)
{
    const char *separator = folder[strlen(folder) - 1] == '/' ? "" : "/";
    return snprintf(ret_path, PATH_MAX, "%s%s%s", folder, separator, name) < PATH_MAX;
}

static enum kind look(const struct link_chain *chain)
{
    char path[PATH_MAX];
    struct stat status;
    if (!join(path, chain->folder, chain->name) || lstat(path, &status) != 0) {
        return KIND_MISSING;
    }
    if (S_ISLNK(status.st_mode)) {
        return KIND_LINK;
    }
    return S_ISDIR(status.st_mode) ? KIND_FOLDER : KIND_OTHER;
}

/* Moves the next component from `rest` to `chain->name`; false at the end or when it is too long. */
static bool take_component(struct walk *walk)
{
    const char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");
    if (length == 0 || length > NAME_MAX) {
        return false;
    }
    memcpy(walk->chain->name, start, length);
    walk->chain->name[length] = '\0';
    start += length + strspn(start + length, "/");
    memmove(walk->rest, start, strlen(start) + 1);
    return true;
}

static void ascend(struct link_chain *chain)
{
    char *separator = strrchr(chain->folder, '/');
    separator[separator == chain->folder ? 1 : 0] = '\0';
}

static bool descend(struct link_chain *chain)
{
    char path[PATH_MAX];
    if (!join(path, chain->folder, chain->name)) {
        return false;
    }
    memcpy(chain->folder, path, strlen(path) + 1);
    return true;
}

/* Puts the link's target in front of what is still to be walked. */
static bool follow(struct walk *walk)
{
    char path[PATH_MAX];
    char target[PATH_MAX];
    if (++walk->links > LINKS_MAX || !join(path, walk->chain->folder, walk->chain->name)) {
        return false;
    }
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length <= 0) {
        return false;
    }
    target[length] = '\0';
    size_t rest_length = strlen(walk->rest);
    if ((size_t)length + 1 + rest_length >= sizeof(walk->rest)) {
        return false;
    }
    memmove(walk->rest + length + 1, walk->rest, rest_length + 1);
    memcpy(walk->rest, target, (size_t)length);
    walk->rest[length] = '/';
    if (target[0] == '/') {
        memcpy(walk->chain->folder, "/", 2);
    }
    return true;
}

static enum kind visit(const struct walk *walk, enum kind kind, const struct link_visitor *visitor)
{
    bool is_last = walk->rest[0] == '\0';
    if (kind == KIND_FOLDER && !is_last) {
        return kind;
    }
    visitor->visit(visitor->context, walk->chain->folder, walk->chain->name);
    return look(walk->chain);
}

static enum link_chain_end walk_on(struct walk *walk, const struct link_visitor *visitor)
{
    struct link_chain *chain = walk->chain;
    while (take_component(walk)) {
        if (strcmp(chain->name, ".") == 0) {
            continue;
        }
        if (strcmp(chain->name, "..") == 0) {
            ascend(chain);
            continue;
        }
        enum kind kind = visit(walk, look(chain), visitor);
        bool is_last = walk->rest[0] == '\0';
        if (kind == KIND_FOLDER && is_last) {
            return LINK_CHAIN_FOLDER;
        }
        if (kind == KIND_OTHER && is_last) {
            return LINK_CHAIN_FILE;
        }
        bool goes_on = (kind == KIND_FOLDER && descend(chain)) || (kind == KIND_LINK && follow(walk));
        if (!goes_on) {
            return LINK_CHAIN_MISSING;
        }
    }
    chain->name[0] = '\0'; /* the path ended in "/", "." or "..": the folder itself */
    return walk->rest[0] == '\0' ? LINK_CHAIN_FOLDER : LINK_CHAIN_MISSING;
}

enum link_chain_end link_chain_follow(const char *folder, const char *path, const struct link_visitor *visitor,
                                      struct link_chain *ret_chain)
{
    struct walk walk = {.chain = ret_chain};
    ret_chain->name[0] = '\0';
    const char *start = path[0] == '/' ? "/" : folder;
    if (strlen(start) >= sizeof(ret_chain->folder) || strlen(path) >= sizeof(walk.rest)) {
        memcpy(ret_chain->folder, "/", 2);
        return LINK_CHAIN_MISSING;
    }
    memcpy(ret_chain->folder, start, strlen(start) + 1);
    memcpy(walk.rest, path, strlen(path) + 1);
    return walk_on(&walk, visitor);
}
