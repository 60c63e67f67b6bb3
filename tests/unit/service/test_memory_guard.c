#include "service/memory_guard.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { CEILING_BYTES = 1000000, RELIEF_BYTES = 950000 };

Test(memory_guard, the_ceiling_is_what_is_configured_else_95_percent_of_the_cgroups)
{
    cr_expect(eq(u64, memory_guard_ceiling(CEILING_BYTES, 0), CEILING_BYTES));
    cr_expect(eq(u64, memory_guard_ceiling(CEILING_BYTES, 200), CEILING_BYTES));
    cr_expect(eq(u64, memory_guard_ceiling(0, 2000000), 1900000));
    cr_expect(eq(u64, memory_guard_ceiling(0, 0), 0));
}

Test(memory_guard, a_cgroup_without_a_limit_to_speak_of_is_a_ceiling_nobody_reaches)
{
    uint64_t ceiling_bytes = memory_guard_ceiling(0, UINT64_MAX);
    cr_expect(gt(u64, ceiling_bytes, UINT64_MAX / 2));
    cr_expect(not(memory_guard_is_short(false, ceiling_bytes, UINT64_MAX / 2)));
}

Test(memory_guard, it_is_short_from_the_ceiling_on)
{
    cr_expect(not(memory_guard_is_short(false, CEILING_BYTES, 0)));
    cr_expect(not(memory_guard_is_short(false, CEILING_BYTES, CEILING_BYTES - 1)));
    cr_expect(memory_guard_is_short(false, CEILING_BYTES, CEILING_BYTES));
    cr_expect(memory_guard_is_short(false, CEILING_BYTES, UINT64_MAX));
}

Test(memory_guard, once_short_it_stays_so_down_to_95_percent)
{
    cr_expect(memory_guard_is_short(true, CEILING_BYTES, CEILING_BYTES - 1));
    cr_expect(memory_guard_is_short(true, CEILING_BYTES, RELIEF_BYTES));
    cr_expect(not(memory_guard_is_short(true, CEILING_BYTES, RELIEF_BYTES - 1)));
}

Test(memory_guard, between_the_two_lines_it_is_what_it_was)
{
    for (uint64_t resident_bytes = RELIEF_BYTES; resident_bytes < CEILING_BYTES; resident_bytes += 1000) {
        cr_expect(not(memory_guard_is_short(false, CEILING_BYTES, resident_bytes)));
        cr_expect(memory_guard_is_short(true, CEILING_BYTES, resident_bytes));
    }
}

Test(memory_guard, without_a_ceiling_it_is_never_short)
{
    cr_expect(not(memory_guard_is_short(false, 0, UINT64_MAX)));
    cr_expect(not(memory_guard_is_short(true, 0, UINT64_MAX)));
}
