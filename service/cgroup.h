/*
 * cgroup.h - how much processor and memory the process may use, and how often it was made to wait.
 *
 *     cgroup = cgroup_open("")                 finds the files once, keeps them open
 *     cgroup_read(cgroup, &facts)              one pread a file: fit for ten times a second
 *     cgroup_close(cgroup)
 *
 * A limit holds for a cgroup and all below it, so the process feels the tightest of its own and its ancestors':
 *
 *     /sys/fs/cgroup/pods              memory.max 8 GiB   cpu.max "max 100000"
 *                    /pods/ours        memory.max 2 GiB   cpu.max "150000 100000"
 *                    /pods/ours/main   memory.max max                              ◀ the process
 *
 *     facts: 2 GiB, 1.5 processors, and what /pods/ours uses and how often /pods/ours was throttled
 *
 * What is not there (a file, a line, a controller, the whole of cgroups) is 0 and no error: a laptop has no limits.
 * Which cgroup is the tightest may change between two readings, and its counters with it: a reader of differences
 * takes one below zero for none.
 *
 * memory_current_bytes is what the kernel charges, pages of files included that it would give back under need: a
 * process that must know its own need asks process_stat.h.
 *
 * Units      cpus: processors, 1.5 is one and a half; bytes; us.
 * Ownership  a struct cgroup keeps at most 5 * CGROUP_LEVELS_MAX files open. A process that is moved to another
 *            cgroup later is not followed.
 * Threads    one at a time.
 * Errors     cgroup_open: NULL when memory ends. A file that vanishes is absent from then on.
 * Source     cgroups(7); the kernel's cgroup-v2.rst (cpu.max, cpu.stat, memory.max) and cgroup-v1 (sched-bwc.rst,
 *            memory.rst)
 */
#pragma once

#include <stdint.h>

enum { CGROUP_LEVELS_MAX = 12 }; /* of a controller, from the process's own upwards; Kubernetes makes 4 */

struct cgroup_facts {
    double cpus; /* 0: no quota */
    uint64_t quota_us, period_us;
    uint64_t periods, throttled_periods, throttled_us; /* since the cgroup was made */
    uint64_t memory_current_bytes;
    uint64_t memory_limit_bytes; /* 0: none */
};

struct cgroup;

/* `root` stands before /proc and the mounts: "" is the machine, anything else a tree that a test made. */
struct cgroup *cgroup_open(const char *root);
void cgroup_read(struct cgroup *cgroup, struct cgroup_facts *ret_facts);
void cgroup_close(struct cgroup *cgroup);
