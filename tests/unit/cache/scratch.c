#include "tests/unit/cache/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "scratch: %s: %s\n", what, strerror(errno));
        abort();
    }
}

enum { NAME_BYTES = 512 };

__attribute__((format(printf, 2, 3))) static void compose(char *ret_name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(ret_name, NAME_BYTES, format, arguments);
    va_end(arguments);
    must(length < NAME_BYTES, format);
}

void scratch_make(struct scratch *scratch)
{
    const char *folder = getenv("TMPDIR");
    snprintf(scratch->path, sizeof(scratch->path), "%s/promogate.XXXXXX", folder != NULL ? folder : "/tmp");
    must(mkdtemp(scratch->path) != NULL, scratch->path);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_tree(const char *path)
{
    must(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0, path);
}

void scratch_remove(struct scratch *scratch)
{
    remove_tree(scratch->path);
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static _Thread_local char buffers[4][PATH_MAX];
    static _Thread_local unsigned turn;
    char *buffer = buffers[turn++ % 4];
    snprintf(buffer, PATH_MAX, "%s/%s", scratch->path, name);
    return buffer;
}

void scratch_folder(const struct scratch *scratch, const char *name)
{
    must(mkdir(scratch_path(scratch, name), 0777) == 0, name);
}

void scratch_write(const struct scratch *scratch, const char *name, const char *content)
{
    FILE *file = fopen(scratch_path(scratch, name), "we");
    must(file != NULL, name);
    must(fputs(content, file) >= 0, name);
    must(fclose(file) == 0, name);
}

void scratch_link(const struct scratch *scratch, const char *name, const char *target)
{
    must(symlink(target, scratch_path(scratch, name)) == 0, name);
}

void scratch_rename(const struct scratch *scratch, const char *from, const char *to)
{
    must(rename(scratch_path(scratch, from), scratch_path(scratch, to)) == 0, to);
}

void scratch_delete(const struct scratch *scratch, const char *name)
{
    remove_tree(scratch_path(scratch, name));
}

static void write_generation(const struct scratch *scratch, const char *folder, const char *file, const char *content)
{
    char path[NAME_BYTES];
    scratch_folder(scratch, folder);
    compose(path, "%s/%s", folder, file);
    scratch_write(scratch, path, content);
}

void scratch_volume(const struct scratch *scratch, const char *name, const char *file, const char *content)
{
    char path[NAME_BYTES];
    char target[NAME_BYTES];
    scratch_folder(scratch, name);
    compose(path, "%s/..1", name);
    write_generation(scratch, path, file, content);
    compose(path, "%s/..data", name);
    scratch_link(scratch, path, "..1");
    compose(path, "%s/%s", name, file);
    compose(target, "..data/%s", file);
    scratch_link(scratch, path, target);
}

void scratch_volume_swap(const struct scratch *scratch, const char *name, const char *file, const char *content)
{
    char path[NAME_BYTES];
    char next[NAME_BYTES];
    char before[64] = "";
    compose(path, "%s/..data", name);
    must(readlink(scratch_path(scratch, path), before, sizeof(before) - 1) > 0, path);
    char generation[NAME_BYTES];
    compose(generation, "..%ld", strtol(before + 2, NULL, 10) + 1);
    compose(next, "%s/%s", name, generation);
    write_generation(scratch, next, file, content);
    compose(next, "%s/..data_tmp", name);
    scratch_link(scratch, next, generation);
    scratch_rename(scratch, next, path);
    compose(path, "%s/%s", name, before);
    scratch_delete(scratch, path);
}

bool scratch_wait(int *waited_ms)
{
    enum { STEP_MS = 5, STEP_NS = STEP_MS * 1000 * 1000 };
    nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
    *waited_ms += STEP_MS;
    return *waited_ms < WAIT_MS;
}
