/* How many workers a process has by itself. */
#include "service/processors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(processors, without_a_quota_all_that_it_may_run_on_are_used)
{
    cr_expect(eq(u32, processors_usable(16, 0), 16));
    cr_expect(eq(u32, processors_usable(1, 0), 1));
    cr_expect(eq(u32, processors_usable(0, 0), 1));
}

Test(processors, a_quota_counts_to_the_nearest_and_gives_one_at_least)
{
    cr_expect(eq(u32, processors_usable(16, 2), 2));
    cr_expect(eq(u32, processors_usable(16, 1.5), 2));
    cr_expect(eq(u32, processors_usable(16, 1.4), 1));
    cr_expect(eq(u32, processors_usable(16, 0.1), 1));
}

Test(processors, a_quota_wider_than_the_affinity_gives_no_more)
{
    cr_expect(eq(u32, processors_usable(2, 4), 2));
    cr_expect(eq(u32, processors_usable(2, 1.9), 2));
}

Test(processors, this_process_may_use_some)
{
    cr_expect(ge(u32, processors_count(), 1));
}
