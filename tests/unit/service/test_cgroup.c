/* What the cgroup allows, read from trees as machines and containers show them. */
#include "service/cgroup.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "tests/unit/cache/scratch.h"

#define V2_MOUNT     "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define PROC_MOUNT   "22 28 0:5 / /proc rw shared:12 - proc proc rw\n"
#define CPU_MOUNT    "33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define MEMORY_MOUNT "34 31 0:30 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
#define GIB          (UINT64_C(1) << 30)

static struct scratch scratch;

static void prepare(void)
{
    scratch_make(&scratch);
    scratch_folder(&scratch, "proc");
    scratch_folder(&scratch, "proc/self");
    scratch_folder(&scratch, "sys");
    scratch_folder(&scratch, "sys/fs");
    scratch_folder(&scratch, "sys/fs/cgroup");
}

static void forget(void)
{
    scratch_remove(&scratch);
}

TestSuite(cgroup, .init = prepare, .fini = forget);

static void given(const char *names, const char *mounts)
{
    scratch_write(&scratch, "proc/self/cgroup", names);
    scratch_write(&scratch, "proc/self/mountinfo", mounts);
}

static void folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "sys/fs/cgroup%s", name);
    scratch_folder(&scratch, path);
}

static void file(const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof(path), "sys/fs/cgroup%s", name);
    scratch_write(&scratch, path, content);
}

static struct cgroup_facts read_once(void)
{
    struct cgroup_facts facts;
    struct cgroup *cgroup = cgroup_open(scratch.path);
    cr_assert(ne(ptr, cgroup, NULL));
    cgroup_read(cgroup, &facts);
    cgroup_close(cgroup);
    return facts;
}

static void given_v2(void)
{
    given("0::/pods/ours\n", PROC_MOUNT V2_MOUNT);
    folder("/pods");
    folder("/pods/ours");
    file("/pods/ours/cpu.max", "150000 100000\n");
    file("/pods/ours/cpu.stat", "usage_usec 99\nuser_usec 9\nnr_periods 700\nnr_throttled 30\nthrottled_usec 4500\n");
    file("/pods/ours/memory.max", "2147483648\n");
    file("/pods/ours/memory.current", "1048576\n");
}

static void given_v1(void)
{
    given("9:name=systemd:/x\n5:memory:/pods/ours\n3:cpuset:/\n1:cpu,cpuacct:/pods/ours\n",
          PROC_MOUNT CPU_MOUNT MEMORY_MOUNT);
    static const char *const folders[] = {"/cpu,cpuacct", "/cpu,cpuacct/pods", "/cpu,cpuacct/pods/ours",
                                          "/memory",      "/memory/pods",      "/memory/pods/ours"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        folder(folders[i]);
    }
    file("/cpu,cpuacct/pods/ours/cpu.cfs_quota_us", "50000\n");
    file("/cpu,cpuacct/pods/ours/cpu.cfs_period_us", "100000\n");
    file("/cpu,cpuacct/pods/ours/cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 8000000\n");
    file("/memory/pods/ours/memory.limit_in_bytes", "1073741824\n");
    file("/memory/pods/ours/memory.usage_in_bytes", "4096\n");
}

Test(cgroup, version_2_tells_quota_throttling_and_memory)
{
    given_v2();
    struct cgroup_facts facts = read_once();
    cr_expect(epsilon_eq(dbl, facts.cpus, 1.5, 1e-9));
    cr_expect(eq(u64, facts.quota_us, 150000));
    cr_expect(eq(u64, facts.period_us, 100000));
    cr_expect(eq(u64, facts.periods, 700));
    cr_expect(eq(u64, facts.throttled_periods, 30));
    cr_expect(eq(u64, facts.throttled_us, 4500));
    cr_expect(eq(u64, facts.memory_limit_bytes, 2 * GIB));
    cr_expect(eq(u64, facts.memory_current_bytes, 1048576));
}

Test(cgroup, version_1_tells_the_same_in_its_own_units)
{
    given_v1();
    struct cgroup_facts facts = read_once();
    cr_expect(epsilon_eq(dbl, facts.cpus, 0.5, 1e-9));
    cr_expect(eq(u64, facts.periods, 10));
    cr_expect(eq(u64, facts.throttled_periods, 4));
    cr_expect(eq(u64, facts.throttled_us, 8000), "throttled_time is in nanoseconds");
    cr_expect(eq(u64, facts.memory_limit_bytes, GIB));
    cr_expect(eq(u64, facts.memory_current_bytes, 4096));
}

Test(cgroup, no_limit_is_max_in_version_2)
{
    given_v2();
    file("/pods/ours/cpu.max", "max 100000\n");
    file("/pods/ours/memory.max", "max\n");
    struct cgroup_facts facts = read_once();
    cr_expect(eq(dbl, facts.cpus, 0));
    cr_expect(eq(u64, facts.quota_us, 0));
    cr_expect(eq(u64, facts.memory_limit_bytes, 0));
    cr_expect(eq(u64, facts.memory_current_bytes, 1048576), "use is told without a limit too");
    cr_expect(eq(u64, facts.periods, 700));
}

Test(cgroup, no_limit_is_minus_1_and_a_huge_number_in_version_1)
{
    given_v1();
    file("/cpu,cpuacct/pods/ours/cpu.cfs_quota_us", "-1\n");
    file("/memory/pods/ours/memory.limit_in_bytes", "9223372036854771712\n");
    struct cgroup_facts facts = read_once();
    cr_expect(eq(dbl, facts.cpus, 0));
    cr_expect(eq(u64, facts.memory_limit_bytes, 0));
}

Test(cgroup, the_tightest_ancestor_counts_with_its_own_use_and_throttling)
{
    given_v2();
    file("/pods/cpu.max", "100000 100000\n");
    file("/pods/cpu.stat", "nr_periods 7000\nnr_throttled 300\nthrottled_usec 45000\n");
    file("/pods/memory.max", "1073741824\n");
    file("/pods/memory.current", "5000000\n");
    struct cgroup_facts facts = read_once();
    cr_expect(epsilon_eq(dbl, facts.cpus, 1.0, 1e-9));
    cr_expect(eq(u64, facts.throttled_periods, 300));
    cr_expect(eq(u64, facts.memory_limit_bytes, GIB));
    cr_expect(eq(u64, facts.memory_current_bytes, 5000000));
}

Test(cgroup, a_looser_ancestor_does_not_count)
{
    given_v2();
    file("/pods/cpu.max", "800000 100000\n");
    file("/pods/memory.max", "8589934592\n");
    struct cgroup_facts facts = read_once();
    cr_expect(epsilon_eq(dbl, facts.cpus, 1.5, 1e-9));
    cr_expect(eq(u64, facts.memory_limit_bytes, 2 * GIB));
}

Test(cgroup, a_hybrid_machine_has_each_controller_in_one_of_the_trees)
{
    given("5:cpu,cpuacct:/ours\n4:memory:/gone\n0::/session\n",
          CPU_MOUNT "40 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    folder("/cpu,cpuacct");
    folder("/cpu,cpuacct/ours");
    folder("/unified");
    folder("/unified/session");
    file("/cpu,cpuacct/ours/cpu.cfs_quota_us", "200000\n");
    file("/cpu,cpuacct/ours/cpu.cfs_period_us", "100000\n");
    file("/unified/session/cpu.max", "100000 100000\n");
    file("/unified/session/memory.max", "1073741824\n");
    struct cgroup_facts facts = read_once();
    cr_expect(epsilon_eq(dbl, facts.cpus, 2.0, 1e-9), "version 1 has the processor");
    cr_expect(eq(u64, facts.memory_limit_bytes, GIB), "version 1's memory is not mounted");
}

Test(cgroup, a_container_that_sees_only_its_part_of_version_1_reads_the_mounts_root)
{
    given("4:memory:/docker/c0ffee\n",
          "34 31 0:30 /docker/c0ffee /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    folder("/memory");
    file("/memory/memory.limit_in_bytes", "1073741824\n");
    cr_expect(eq(u64, read_once().memory_limit_bytes, GIB));
}

Test(cgroup, a_name_that_is_not_below_the_mount_means_the_mounts_root)
{
    static const char *const names[] = {"0::/../other\n", "0::/kubepods/pod1/gone\n", "0::/\n"};
    file("/memory.max", "1073741824\n");
    scratch_folder(&scratch, "sys/fs/other");
    scratch_write(&scratch, "sys/fs/other/memory.max", "4096\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        given(names[i], V2_MOUNT);
        cr_expect(eq(u64, read_once().memory_limit_bytes, GIB), "%s", names[i]);
    }
}

Test(cgroup, a_child_group_below_a_containers_mount_is_found)
{
    given("0::/docker/c0ffee/inner\n", "30 23 0:26 /docker/c0ffee /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    folder("/inner");
    file("/inner/memory.max", "1073741824\n");
    file("/memory.max", "2147483648\n");
    cr_expect(eq(u64, read_once().memory_limit_bytes, GIB));
}

Test(cgroup, of_several_mounts_the_one_that_shows_the_group_is_read)
{
    given("0::/ours\n", "30 23 0:26 /else /sys/fs/cgroup/first rw - cgroup2 cgroup2 rw\n"
                        "31 23 0:26 / /sys/fs/cgroup/my\\040second rw - cgroup2 cgroup2 rw\n");
    folder("/first");
    folder("/my second");
    folder("/my second/ours");
    file("/first/memory.max", "2147483648\n");
    file("/my second/ours/memory.max", "1073741824\n");
    cr_expect(eq(u64, read_once().memory_limit_bytes, GIB));
}

Test(cgroup, broken_files_are_absent_and_nothing_more)
{
    static const char *const broken[] = {"", "\n", "x", "-5", "99999999999999999999", "12x", " 5"};
    given_v2();
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        file("/pods/ours/cpu.max", broken[i]);
        file("/pods/ours/memory.max", broken[i]);
        file("/pods/ours/memory.current", broken[i]);
        file("/pods/ours/cpu.stat", broken[i]);
        struct cgroup_facts facts = read_once();
        cr_expect(eq(dbl, facts.cpus, 0), "%s", broken[i]);
        cr_expect(eq(u64, facts.memory_limit_bytes + facts.memory_current_bytes + facts.periods, 0), "%s", broken[i]);
    }
}

Test(cgroup, a_last_line_needs_no_end)
{
    given_v2();
    given("0::/pods/ours", V2_MOUNT);
    file("/pods/ours/cpu.max", "150000 100000");
    file("/pods/ours/cpu.stat", "nr_throttled 5");
    file("/pods/ours/memory.max", "4096");
    struct cgroup_facts facts = read_once();
    cr_expect(epsilon_eq(dbl, facts.cpus, 1.5, 1e-9));
    cr_expect(eq(u64, facts.throttled_periods, 5));
    cr_expect(eq(u64, facts.memory_limit_bytes, 4096));
}

Test(cgroup, a_quota_without_a_period_is_none)
{
    static const char *const broken[] = {"100000", "100000 ", "100000 0", "100000 x", "0 100000"};
    given_v2();
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        file("/pods/ours/cpu.max", broken[i]);
        cr_expect(eq(dbl, read_once().cpus, 0), "%s", broken[i]);
    }
}

Test(cgroup, what_changes_is_read_anew_and_what_vanishes_is_absent)
{
    given_v2();
    struct cgroup_facts facts;
    struct cgroup *cgroup = cgroup_open(scratch.path);
    cgroup_read(cgroup, &facts);
    cr_expect(eq(u64, facts.memory_limit_bytes, 2 * GIB));
    file("/pods/ours/memory.max", "1073741824\n");
    file("/pods/ours/cpu.max", "");
    cgroup_read(cgroup, &facts);
    cr_expect(eq(u64, facts.memory_limit_bytes, GIB));
    cr_expect(eq(dbl, facts.cpus, 0));
    cgroup_close(cgroup);
}

Test(cgroup, a_file_that_cannot_be_read_is_absent)
{
    given_v2();
    scratch_delete(&scratch, "sys/fs/cgroup/pods/ours/memory.max");
    folder("/pods/ours/memory.max");
    struct cgroup_facts facts = read_once();
    cr_expect(eq(u64, facts.memory_limit_bytes, 0));
    cr_expect(eq(u64, facts.memory_current_bytes, 1048576));
}

Test(cgroup, without_cgroups_there_are_no_limits)
{
    given("", "");
    struct cgroup_facts facts = read_once();
    cr_expect(eq(dbl, facts.cpus, 0));
    cr_expect(eq(u64, facts.memory_limit_bytes, 0));
    given("garbage\n::\n0\n", "garbage - \n - cgroup2\n1 2 - cgroup2 a b\n");
    cr_expect(eq(u64, read_once().memory_limit_bytes, 0));
    scratch_delete(&scratch, "proc");
    cr_expect(eq(u64, read_once().memory_limit_bytes, 0));
}

Test(cgroup, a_group_deeper_than_the_ceiling_is_read_from_itself_upwards)
{
    char name[128] = "/", line[160];
    for (int i = 0; i < CGROUP_LEVELS_MAX + 3; i++) {
        strcat(name, i == 0 ? "a" : "/a");
        folder(name);
    }
    snprintf(line, sizeof(line), "0::%s\n", name);
    given(line, V2_MOUNT);
    strcat(name, "/memory.max");
    file(name, "4096\n");
    file("/a/memory.max", "1024\n");
    cr_expect(eq(u64, read_once().memory_limit_bytes, 4096));
}

Test(cgroup, this_machine_can_be_read_again_and_again)
{
    struct cgroup_facts first, facts;
    struct cgroup *cgroup = cgroup_open("");
    cr_assert(ne(ptr, cgroup, NULL));
    cgroup_read(cgroup, &first);
    for (int i = 0; i < 100; i++) {
        cgroup_read(cgroup, &facts);
    }
    cr_expect(ge(dbl, facts.cpus, 0));
    cr_expect(le(u64, facts.throttled_periods, facts.periods));
    cr_expect(eq(int, facts.quota_us == 0, facts.period_us == 0));
    cr_expect(ge(u64, facts.periods, first.periods));
    cgroup_close(cgroup);
}
