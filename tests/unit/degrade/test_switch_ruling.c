#include "degrade/switch_ruling.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { NOW = 1700000000, HOUR = 3600 };

#define FILE_SAYS(says)                                                                                                \
    {                                                                                                                  \
        .source = SWITCH_FROM_FILE, .mode = (says)                                                                     \
    }
#define REDIS_SAYS(says)                                                                                               \
    {                                                                                                                  \
        .source = SWITCH_FROM_REDIS, .mode = (says), .until_unix_s = NOW + 60                                          \
    }
#define ADMIN_SAYS(says)                                                                                               \
    {                                                                                                                  \
        .source = SWITCH_FROM_ADMIN, .mode = (says), .until_unix_s = NOW + 60                                          \
    }

Test(switch_ruling, without_orders_nobody_holds_it_and_the_breaker_decides)
{
    struct switch_ruling ruling = switch_ruling_of(NULL, 0, NOW);
    cr_assert(eq(int, ruling.mode, SWITCH_AUTO));
    cr_assert(eq(ptr, (void *)ruling.holder, NULL));
    cr_assert(eq(ptr, (void *)ruling.drill, NULL));
}

Test(switch_ruling, any_on_wins_else_any_never_else_auto)
{
    const enum switch_mode modes[] = {SWITCH_AUTO, SWITCH_ON, SWITCH_NEVER};
    for (int i = 0; i < 27; i++) {
        enum switch_mode file = modes[i % 3], redis = modes[i / 3 % 3], admin = modes[i / 9];
        const struct switch_order orders[] = {FILE_SAYS(file), REDIS_SAYS(redis), ADMIN_SAYS(admin)};
        enum switch_mode joined = switch_mode_join(switch_mode_join(file, redis), admin);
        bool has_on = file == SWITCH_ON || redis == SWITCH_ON || admin == SWITCH_ON;
        bool has_never = file == SWITCH_NEVER || redis == SWITCH_NEVER || admin == SWITCH_NEVER;
        struct switch_ruling ruling = switch_ruling_of(orders, 3, NOW);
        cr_assert_eq(ruling.mode, has_on ? SWITCH_ON : has_never ? SWITCH_NEVER : SWITCH_AUTO, "case %d", i);
        cr_assert_eq(joined, ruling.mode, "a worker joins them to the same, case %d", i);
        cr_assert_eq(ruling.holder == NULL, ruling.mode == SWITCH_AUTO, "case %d", i);
        cr_assert(ruling.holder == NULL || ruling.holder->mode == ruling.mode, "case %d", i);
    }
}

Test(switch_ruling, the_first_of_those_that_rule_is_the_holder)
{
    const struct switch_order orders[] = {FILE_SAYS(SWITCH_NEVER), REDIS_SAYS(SWITCH_ON), ADMIN_SAYS(SWITCH_ON)};
    cr_assert(eq(ptr, (void *)switch_ruling_of(orders, 3, NOW).holder, (void *)&orders[1]));
    cr_assert(eq(ptr, (void *)switch_ruling_of(orders, 1, NOW).holder, (void *)&orders[0]));
}

Test(switch_ruling, an_order_is_over_at_the_second_of_its_end)
{
    struct switch_order order = {.source = SWITCH_FROM_REDIS, .mode = SWITCH_ON, .until_unix_s = NOW};
    cr_assert(not(switch_time_is_over(order.until_unix_s, NOW - 1)));
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW - 1).mode, SWITCH_ON));
    cr_assert(switch_time_is_over(order.until_unix_s, NOW));
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW).mode, SWITCH_AUTO));
    order.until_unix_s = 0;
    cr_assert(not(switch_time_is_over(order.until_unix_s, INT64_MAX)));
}

Test(switch_ruling, a_drill_rules_nothing_and_is_told)
{
    const struct switch_order orders[] = {
        {.source = SWITCH_FROM_REDIS, .mode = SWITCH_ON, .is_drill = true},
        {.source = SWITCH_FROM_ADMIN, .mode = SWITCH_NEVER, .until_unix_s = NOW + 1},
    };
    struct switch_ruling ruling = switch_ruling_of(orders, 2, NOW);
    cr_assert(eq(int, ruling.mode, SWITCH_NEVER));
    cr_assert(eq(ptr, (void *)ruling.drill, (void *)&orders[0]));
}

Test(switch_ruling, a_drill_of_never_tries_out_nothing)
{
    const struct switch_order order = {
        .source = SWITCH_FROM_ADMIN, .mode = SWITCH_NEVER, .is_drill = true, .until_unix_s = NOW + 1};
    struct switch_ruling ruling = switch_ruling_of(&order, 1, NOW);
    cr_assert(eq(int, ruling.mode, SWITCH_AUTO));
    cr_assert(eq(ptr, (void *)ruling.drill, NULL));
}

Test(switch_ruling, never_lasts_an_hour_at_most_outside_the_file)
{
    struct switch_order order = {.source = SWITCH_FROM_REDIS, .mode = SWITCH_NEVER, .until_unix_s = NOW + HOUR};
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW).mode, SWITCH_NEVER));
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW - 1).mode, SWITCH_AUTO), "more than an hour ahead");
    order.until_unix_s = 0;
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW).mode, SWITCH_AUTO), "no end at all");
    order.source = SWITCH_FROM_ADMIN;
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW).mode, SWITCH_AUTO));
    order.source = SWITCH_FROM_FILE;
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW).mode, SWITCH_NEVER));
}

Test(switch_ruling, on_may_last_for_ever)
{
    const struct switch_order order = {.source = SWITCH_FROM_REDIS, .mode = SWITCH_ON};
    cr_assert(eq(int, switch_ruling_of(&order, 1, NOW).mode, SWITCH_ON));
}

Test(switch_ruling, sources_have_the_names_of_answers_and_metrics)
{
    cr_assert(eq(str, (char *)switch_source_name(SWITCH_FROM_FILE), "file"));
    cr_assert(eq(str, (char *)switch_source_name(SWITCH_FROM_REDIS), "redis"));
    cr_assert(eq(str, (char *)switch_source_name(SWITCH_FROM_ADMIN), "admin"));
    cr_assert(eq(int, SWITCH_SOURCE_COUNT, 3));
}
