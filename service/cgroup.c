#include "service/cgroup.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/cgroup_mount.h"

enum { FILE_BYTES_MAX = 1024 }; /* cpu.stat has 150; lines past it count as missing */

/* Version 1 has no limit where the limit is the largest number of whole pages. */
#define V1_NO_LIMIT_BYTES (UINT64_C(1) << 62)

/* -1: no such file. */
struct processor_level {
    int quota, period, stat;
};

struct memory_level {
    int limit, current;
};

struct cgroup {
    enum cgroup_version processor_version;
    uint32_t processor_count, memory_count;
    struct processor_level processor[CGROUP_LEVELS_MAX]; /* the process's own first */
    struct memory_level memory[CGROUP_LEVELS_MAX];
};

static int open_file(const struct cgroup_mount *mount, const char *v1_name, const char *v2_name)
{
    char path[PATH_MAX];
    const char *name = mount->version == CGROUP_VERSION_1 ? v1_name : v2_name;
    int length = name == NULL ? -1 : snprintf(path, sizeof(path), "%s/%s", mount->path, name);
    return length >= 0 && length < (int)sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static void open_processor(struct cgroup *cgroup, const char *root)
{
    struct cgroup_mount mount;
    if (!cgroup_mount_find(root, "cpu", &mount)) {
        return;
    }
    cgroup->processor_version = mount.version;
    do {
        cgroup->processor[cgroup->processor_count++] = (struct processor_level){
            .quota = open_file(&mount, "cpu.cfs_quota_us", "cpu.max"),
            .period = open_file(&mount, "cpu.cfs_period_us", NULL),
            .stat = open_file(&mount, "cpu.stat", "cpu.stat"),
        };
    } while (cgroup->processor_count < CGROUP_LEVELS_MAX && cgroup_mount_ascend(&mount));
}

static void open_memory(struct cgroup *cgroup, const char *root)
{
    struct cgroup_mount mount;
    if (!cgroup_mount_find(root, "memory", &mount)) {
        return;
    }
    do {
        cgroup->memory[cgroup->memory_count++] = (struct memory_level){
            .limit = open_file(&mount, "memory.limit_in_bytes", "memory.max"),
            .current = open_file(&mount, "memory.usage_in_bytes", "memory.current"),
        };
    } while (cgroup->memory_count < CGROUP_LEVELS_MAX && cgroup_mount_ascend(&mount));
}

struct cgroup *cgroup_open(const char *root)
{
    struct cgroup *cgroup = calloc(1, sizeof(*cgroup));
    if (cgroup != NULL) {
        open_processor(cgroup, root);
        open_memory(cgroup, root);
    }
    return cgroup;
}

static void close_file(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void cgroup_close(struct cgroup *cgroup)
{
    if (cgroup == NULL) {
        return;
    }
    for (uint32_t i = 0; i < cgroup->processor_count; i++) {
        close_file(cgroup->processor[i].quota);
        close_file(cgroup->processor[i].period);
        close_file(cgroup->processor[i].stat);
    }
    for (uint32_t i = 0; i < cgroup->memory_count; i++) {
        close_file(cgroup->memory[i].limit);
        close_file(cgroup->memory[i].current);
    }
    free(cgroup);
}

/* "" of what is absent. */
static void read_text(int fd, char text[FILE_BYTES_MAX])
{
    ssize_t length = fd < 0 ? -1 : pread(fd, text, FILE_BYTES_MAX - 1, 0);
    text[length < 0 ? 0 : length] = '\0';
}

/* The number that `text` begins with; false of "max", "-1" and what is none or too large. */
static bool parse_number(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    if (at == text || (*at != '\0' && *at != ' ' && *at != '\n')) {
        return false;
    }
    *ret_number = number;
    return true;
}

static bool read_number(int fd, uint64_t *ret_number)
{
    char text[FILE_BYTES_MAX];
    read_text(fd, text);
    return parse_number(text, ret_number);
}

/* The number of the line "name number"; 0 without such a line. */
static uint64_t number_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    uint64_t number = 0;
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ' ') {
            parse_number(line + length + 1, &number);
            break;
        }
    }
    return number;
}

/* False: this level has no quota. */
static bool read_quota(const struct cgroup *cgroup, const struct processor_level *level, uint64_t *ret_quota_us,
                       uint64_t *ret_period_us)
{
    char text[FILE_BYTES_MAX];
    uint64_t quota_us, period_us;
    read_text(level->quota, text);
    if (!parse_number(text, &quota_us)) {
        return false;
    }
    bool has_period = cgroup->processor_version == CGROUP_VERSION_1
                          ? read_number(level->period, &period_us)
                          : strchr(text, ' ') != NULL && parse_number(strchr(text, ' ') + 1, &period_us);
    if (!has_period || period_us == 0 || quota_us == 0) {
        return false;
    }
    *ret_quota_us = quota_us;
    *ret_period_us = period_us;
    return true;
}

static void read_processor(const struct cgroup *cgroup, struct cgroup_facts *facts)
{
    const struct processor_level *tightest = &cgroup->processor[0];
    for (uint32_t i = 0; i < cgroup->processor_count; i++) {
        uint64_t quota_us, period_us;
        if (!read_quota(cgroup, &cgroup->processor[i], &quota_us, &period_us)) {
            continue;
        }
        double cpus = (double)quota_us / (double)period_us;
        if (facts->cpus == 0 || cpus < facts->cpus) {
            facts->cpus = cpus;
            facts->quota_us = quota_us;
            facts->period_us = period_us;
            tightest = &cgroup->processor[i];
        }
    }
    if (cgroup->processor_count == 0) {
        return;
    }
    char text[FILE_BYTES_MAX] = "";
    bool is_v1 = cgroup->processor_version == CGROUP_VERSION_1;
    read_text(tightest->stat, text);
    facts->periods = number_of(text, "nr_periods");
    facts->throttled_periods = number_of(text, "nr_throttled");
    facts->throttled_us = is_v1 ? number_of(text, "throttled_time") / 1000 : number_of(text, "throttled_usec");
}

static void read_memory(const struct cgroup *cgroup, struct cgroup_facts *facts)
{
    const struct memory_level *tightest = &cgroup->memory[0];
    for (uint32_t i = 0; i < cgroup->memory_count; i++) {
        uint64_t limit_bytes;
        bool has_limit = read_number(cgroup->memory[i].limit, &limit_bytes) && limit_bytes < V1_NO_LIMIT_BYTES;
        if (has_limit && (facts->memory_limit_bytes == 0 || limit_bytes < facts->memory_limit_bytes)) {
            facts->memory_limit_bytes = limit_bytes;
            tightest = &cgroup->memory[i];
        }
    }
    if (cgroup->memory_count > 0) {
        read_number(tightest->current, &facts->memory_current_bytes);
    }
}

void cgroup_read(struct cgroup *cgroup, struct cgroup_facts *ret_facts)
{
    assert(cgroup != NULL);
    struct cgroup_facts facts = {0};
    read_processor(cgroup, &facts);
    read_memory(cgroup, &facts);
    *ret_facts = facts;
}
