#include "tests/bench/process_cpu.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>

static uint64_t thread_cpu_ns(pid_t pid, const char *thread)
{
    char path[64];
    uint64_t ns = 0;

    snprintf(path, sizeof path, "/proc/%d/task/%.10s/schedstat", (int)pid, thread);
    FILE *file = fopen(path, "r");
    if (!file) {
        return 0;
    }
    if (fscanf(file, "%" SCNu64, &ns) != 1) {
        ns = 0;
    }
    fclose(file);
    return ns;
}

bool process_cpu_ns(pid_t pid, uint64_t *ret_ns)
{
    char path[64];
    uint64_t sum = 0;
    const struct dirent *entry;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (!threads) {
        return false;
    }
    while ((entry = readdir(threads))) {
        if (entry->d_name[0] != '.') {
            sum += thread_cpu_ns(pid, entry->d_name);
        }
    }
    closedir(threads);
    *ret_ns = sum;
    return sum > 0;
}
