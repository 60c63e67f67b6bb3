#include "publish/command.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(command, a_count_has_digits_and_nothing_else)
{
    uint32_t count = 7;
    static const char *const wrong[] = {"", "0", "-1", "+1", " 1", "1 ", "1x", "4294967296", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_expect(not(command_parse_count(wrong[i], &count)), "%s", wrong[i]);
    }
    cr_expect(eq(u32, count, 7));
    cr_expect(command_parse_count("4294967295", &count) && count == UINT32_MAX);
}

Test(command, a_number_is_within_its_ends)
{
    uint64_t number = 7;
    cr_expect(not(command_parse_number("2", 3, 5, &number)));
    cr_expect(not(command_parse_number("6", 3, 5, &number)));
    cr_expect(eq(u64, number, 7));
    cr_expect(command_parse_number("3", 3, 5, &number) && number == 3);
    cr_expect(command_parse_number("5", 3, 5, &number) && number == 5);
}

Test(command, a_release_is_below_2_to_the_53)
{
    uint64_t release = 7;
    cr_expect(not(command_parse_release("9007199254740992", 0, &release)));
    cr_expect(not(command_parse_release("0", 1, &release)));
    cr_expect(not(command_parse_release("current", 0, &release)));
    cr_expect(eq(u64, release, 7));
    cr_expect(command_parse_release("0", 0, &release) && release == 0);
    cr_expect(command_parse_release("9007199254740991", 1, &release) && release == 9007199254740991);
}

Test(command, current_is_a_release)
{
    uint64_t release = 7;
    cr_expect(command_parse_release_or_current("current", &release) && release == 0);
    cr_expect(command_parse_release_or_current("12", &release) && release == 12);
    cr_expect(not(command_parse_release_or_current("0", &release)));
}
