#include "service/process_stat.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux 6.2 and later say it as the folder's size; counting the names of 8000 connections takes milliseconds. */
static uint64_t count_files(void)
{
    struct stat status;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0) {
        return (uint64_t)status.st_size;
    }
    DIR *directory = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (directory == NULL) {
        return 0;
    }
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count > 3 ? count - 3 : 0; /* ".", ".." and the directory itself */
}

struct memory {
    uint64_t virtual_bytes, resident_bytes;
};

static struct memory read_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long all = 0, resident = 0;
    if (file == NULL) {
        return (struct memory){0};
    }
    /* NOLINTNEXTLINE(cert-err34-c): the kernel wrote it, and no process has 2^64 pages */
    if (fscanf(file, "%llu %llu", &all, &resident) != 2) {
        all = resident = 0;
    }
    fclose(file);
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return (struct memory){.virtual_bytes = all * page_bytes, .resident_bytes = resident * page_bytes};
}

uint64_t process_stat_resident_bytes(void)
{
    return read_memory().resident_bytes;
}

/* A folder has one link for itself, one for its name above, and one for each folder in it. */
static uint64_t count_threads(void)
{
    struct stat status;
    return stat("/proc/self/task", &status) == 0 && status.st_nlink > 2 ? status.st_nlink - 2 : 0;
}

static uint64_t open_files_max(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

struct process_stat process_stat_read(void)
{
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    struct memory memory = read_memory();
    return (struct process_stat){
        .cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime),
        .resident_bytes = memory.resident_bytes,
        .virtual_bytes = memory.virtual_bytes,
        .open_files = count_files(),
        .open_files_max = open_files_max(),
        .threads = count_threads(),
    };
}
