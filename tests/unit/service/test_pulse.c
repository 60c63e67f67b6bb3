#include "service/pulse.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const int64_t second_ns = 1000000000, sleep_ns = PULSE_SLEEP_MS_MAX * INT64_C(1000000);

Test(pulse, who_has_not_begun_is_not_overdue)
{
    struct pulse pulse = {0};
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 0, 100 * second_ns), 0));
}

Test(pulse, who_sleeps_as_long_as_it_may_is_not_overdue)
{
    struct pulse pulse = {0};
    pulse_beat(&pulse, second_ns);
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 0, second_ns), 0));
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 0, second_ns + sleep_ns), 0));
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 0, second_ns + sleep_ns + 1), 1));
}

Test(pulse, each_beat_begins_anew)
{
    struct pulse pulse = {0};
    pulse_beat(&pulse, second_ns);
    pulse_beat(&pulse, 9 * second_ns);
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 0, 9 * second_ns + sleep_ns), 0));
}

Test(pulse, who_rests_may_take_for_ever)
{
    struct pulse pulse = {0};
    pulse_beat(&pulse, second_ns);
    pulse_rest(&pulse);
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 0, 1000 * second_ns), 0));
}

Test(pulse, the_time_in_which_the_process_was_stopped_does_not_count)
{
    struct pulse pulse = {0};
    pulse_beat(&pulse, second_ns);
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 60 * second_ns, 60 * second_ns + sleep_ns), 0));
    cr_expect(eq(i64, pulse_overdue_ns(&pulse, 60 * second_ns, 61 * second_ns + sleep_ns), second_ns));
}
