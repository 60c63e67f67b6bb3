#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "degrade/switch_mode.h"

Test(switch_mode, every_name_gives_its_mode_and_back)
{
    enum switch_mode mode = SWITCH_ON;
    cr_assert(switch_mode_of("auto", &mode));
    cr_assert(eq(int, mode, SWITCH_AUTO));
    cr_assert(switch_mode_of("on", &mode));
    cr_assert(eq(int, mode, SWITCH_ON));
    cr_assert(switch_mode_of("never", &mode));
    cr_assert(eq(int, mode, SWITCH_NEVER));
    cr_assert(eq(str, (char *)switch_mode_name(SWITCH_AUTO), "auto"));
    cr_assert(eq(str, (char *)switch_mode_name(SWITCH_ON), "on"));
    cr_assert(eq(str, (char *)switch_mode_name(SWITCH_NEVER), "never"));
}

Test(switch_mode, any_other_name_is_refused_and_changes_nothing)
{
    enum switch_mode mode = SWITCH_NEVER;
    cr_assert(not(switch_mode_of("off", &mode)));
    cr_assert(not(switch_mode_of("ON", &mode)));
    cr_assert(not(switch_mode_of("", &mode)));
    cr_assert(not(switch_mode_of("on ", &mode)));
    cr_assert(eq(int, mode, SWITCH_NEVER));
}
