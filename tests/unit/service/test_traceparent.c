#include "service/traceparent.h"

#include <criterion/criterion.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

Test(traceparent, the_standards_example_is_valid)
{
    cr_assert(traceparent_is_valid(SLICE("00-" TRACE "-" PARENT "-01")));
}

Test(traceparent, a_later_version_may_have_more_behind_a_dash)
{
    cr_expect(traceparent_is_valid(SLICE("01-" TRACE "-" PARENT "-01-more")));
    cr_expect(traceparent_is_valid(SLICE("cc-" TRACE "-" PARENT "-01")));
    cr_expect_not(traceparent_is_valid(SLICE("01-" TRACE "-" PARENT "-01.more")));
    cr_expect_not(traceparent_is_valid(SLICE("00-" TRACE "-" PARENT "-01-more")));
}

Test(traceparent, what_is_none_is_invalid)
{
    static const char *const values[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT "-0",
        "ff-" TRACE "-" PARENT "-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-" TRACE "-" PARENT "-0g",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        cr_expect_not(traceparent_is_valid(slice_of(values[i])), "%s", values[i]);
    }
}
