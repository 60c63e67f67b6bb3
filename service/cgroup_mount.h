/*
 * cgroup_mount.h - where the process's cgroup of a controller lies in the file system.
 *
 *     /proc/self/cgroup     4:memory:/docker/c0ffee                       which cgroup, as the kernel calls it
 *     /proc/self/mountinfo  ... /docker /sys/fs/cgroup/memory ... cgroup  which part of the tree is mounted where
 *                                                │
 *     path                  /sys/fs/cgroup/memory/c0ffee                  the mount, and what of the name is below it
 *     mount_bytes           \___________________/                         no ancestor is seen above this
 *
 * A controller has its own tree (version 1) or shares the unified one (version 2); a hybrid machine has both, and each
 * controller lives in one of them: where version 1 knows it and has it mounted, there.
 *
 * Containers. A container may see a name that is not below its mount: the host's, where the mount shows only its own
 * part, or one with "/..". Then the mount's root is the container's own cgroup, or the nearest ancestor that it may
 * see.
 *
 * Source   cgroups(7), proc(5)
 * Threads  any.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum cgroup_version {
    CGROUP_VERSION_1 = 1,
    CGROUP_VERSION_2 = 2,
};

struct cgroup_mount {
    enum cgroup_version version;
    uint32_t mount_bytes;
    char path[PATH_MAX];
};

/* `root` stands before every path: "" is the machine. False, and nothing written, where there is no such cgroup. */
bool cgroup_mount_find(const char *root, const char *controller, struct cgroup_mount *ret_mount);

/* Goes to the parent; false, and unchanged, at the mount's root. */
bool cgroup_mount_ascend(struct cgroup_mount *mount);
