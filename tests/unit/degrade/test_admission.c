#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "degrade/admission.h"

Test(admission, a_request_is_evaluated_when_there_is_a_snapshot_and_no_switch_says_otherwise)
{
    cr_assert(eq(int, admission_decide(SWITCH_AUTO, true), ADMISSION_EVALUATE));
    cr_assert(eq(int, admission_decide(SWITCH_NEVER, true), ADMISSION_EVALUATE));
}

Test(admission, a_switch_that_is_on_gives_the_fallback)
{
    cr_assert(eq(int, admission_decide(SWITCH_ON, true), ADMISSION_SWITCH));
}

Test(admission, without_a_snapshot_even_never_gives_the_fallback)
{
    cr_assert(eq(int, admission_decide(SWITCH_AUTO, false), ADMISSION_NO_SNAPSHOT));
    cr_assert(eq(int, admission_decide(SWITCH_NEVER, false), ADMISSION_NO_SNAPSHOT));
}

Test(admission, a_switch_that_is_on_is_told_rather_than_the_missing_snapshot)
{
    cr_assert(eq(int, admission_decide(SWITCH_ON, false), ADMISSION_SWITCH));
}

Test(admission, causes_are_the_words_of_the_contract)
{
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_SWITCH), "switch"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_SATURATED), "saturated"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_NO_SNAPSHOT), "no_snapshot"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_RATE_LIMITED), "rate_limited"));
    cr_assert(eq(str, (char *)admission_cause(ADMISSION_BUDGET), "budget"));
    cr_assert(eq(int, ADMISSION_COUNT, 6));
}
