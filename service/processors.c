#include "service/processors.h"

#include <sched.h>

#include "service/cgroup.h"

uint32_t processors_usable(uint32_t allowed, double quota_cpus)
{
    if (quota_cpus <= 0 || quota_cpus >= allowed) {
        return allowed > 0 ? allowed : 1;
    }
    uint32_t nearest = (uint32_t)(quota_cpus + 0.5);
    return nearest > 0 ? nearest : 1;
}

static double quota_cpus(void)
{
    struct cgroup_facts facts = {0};
    struct cgroup *cgroup = cgroup_open("");
    if (cgroup != NULL) {
        cgroup_read(cgroup, &facts);
        cgroup_close(cgroup);
    }
    return facts.cpus;
}

uint32_t processors_count(void)
{
    cpu_set_t cpus;
    uint32_t allowed = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? (uint32_t)CPU_COUNT(&cpus) : 1;
    return processors_usable(allowed, quota_cpus());
}
