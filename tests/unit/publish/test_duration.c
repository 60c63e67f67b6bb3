#include "publish/duration.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static uint32_t parsed(const char *argument, uint32_t most_s)
{
    uint32_t duration_s = 0;
    return duration_parse(argument, most_s, &duration_s) ? duration_s : 0;
}

Test(duration, digits_and_a_unit_are_seconds)
{
    cr_expect(eq(u32, parsed("90s", 3600), 90));
    cr_expect(eq(u32, parsed("30m", 3600), 1800));
    cr_expect(eq(u32, parsed("2h", 7200), 7200));
    cr_expect(eq(u32, parsed("007s", 3600), 7));
}

Test(duration, it_ends_at_its_bound)
{
    cr_expect(eq(u32, parsed("3600s", 3600), 3600));
    cr_expect(eq(u32, parsed("60m", 3600), 3600));
    cr_expect(eq(u32, parsed("1h", 3600), 3600));
    cr_expect(eq(u32, parsed("3601s", 3600), 0));
    cr_expect(eq(u32, parsed("61m", 3600), 0));
    cr_expect(eq(u32, parsed("2h", 3600), 0));
    cr_expect(eq(u32, parsed("1h", 3599), 0));
    cr_expect(eq(u32, parsed("4294967295s", UINT32_MAX), UINT32_MAX));
    cr_expect(eq(u32, parsed("4294967296s", UINT32_MAX), 0));
    cr_expect(eq(u32, parsed("1193046h", UINT32_MAX), 4294965600));
    cr_expect(eq(u32, parsed("1193047h", UINT32_MAX), 0));
}

Test(duration, anything_else_is_none_and_touches_nothing)
{
    static const char *const rows[] = {"",    "s",   "90",  "0s",   "0h",    "-1s",
                                       "+1s", " 1s", "1s ", "1.5h", "1h30m", "1 h",
                                       "1d",  "1H",  "1ss", "1ms",  "x",     "99999999999999999999s"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t duration_s = 42;
        cr_expect(not(duration_parse(rows[i], UINT32_MAX, &duration_s)), "%s", rows[i]);
        cr_expect(eq(u32, duration_s, 42), "%s", rows[i]);
    }
}
