/* Who gives first and who takes back first. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "degrade/cascade.h"

enum { BROWSE = 0, CART, CHECKOUT, ROWS };

static struct cascade_row rows[ROWS];

/* Everybody has all users and 1000 requests. */
static void begin(void)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        rows[i] = (struct cascade_row){.priority = 998 + i, .has_demand = true, .is_whole = true, .admitted = 1000};
    }
}

TestSuite(cascade, .init = begin);

static void be_at_floor(uint32_t i)
{
    rows[i].is_at_floor = true;
    rows[i].is_whole = false;
}

static void judge(void)
{
    cascade_judge(rows, ROWS, 0, 10000);
}

/* In the order of the rows: "+" may, "-" may not. */
static void assert_may(const char *shed, const char *grow, const char *open)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        cr_assert_eq(rows[i].may_shed, shed[i] == '+', "shed, row %u", i);
        cr_assert_eq(rows[i].may_grow, grow[i] == '+', "grow, row %u", i);
        cr_assert_eq(rows[i].may_open, open[i] == '+', "open, row %u", i);
    }
}

Test(cascade, the_lowest_priority_sheds_first)
{
    judge();
    assert_may("+--", "+++", "---");
}

Test(cascade, the_next_sheds_when_the_lower_is_at_its_floor)
{
    be_at_floor(BROWSE);
    judge();
    assert_may("++-", "+++", "---");
    be_at_floor(CART);
    judge();
    assert_may("+++", "-++", "---");
}

Test(cascade, nobody_opens_before_all_are_at_their_floors_and_then_the_lowest_first)
{
    be_at_floor(BROWSE);
    be_at_floor(CART);
    be_at_floor(CHECKOUT);
    judge();
    assert_may("+++", "--+", "+--");
    rows[BROWSE].is_open = true;
    judge();
    assert_may("+++", "--+", "++-");
    rows[CART].is_open = true;
    judge();
    assert_may("+++", "--+", "+++");
}

Test(cascade, the_highest_priority_takes_back_first)
{
    be_at_floor(BROWSE);
    rows[CART].is_whole = false;
    judge();
    assert_may("++-", "-++", "---");
    rows[CART].is_whole = true;
    judge();
    assert_may("++-", "+++", "---");
}

Test(cascade, of_two_that_ramp_the_lower_goes_a_step_behind)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        rows[i].is_whole = false;
    }
    rows[CHECKOUT].ramp_bp = 1000;
    rows[CART].ramp_bp = 500;
    rows[BROWSE].ramp_bp = 500;
    judge();
    assert_may("+--", "-++", "---"); /* browse waits for cart, cart is behind checkout */
    rows[CART].ramp_bp = 1000;
    judge();
    assert_may("+--", "+-+", "---"); /* and browse is behind cart */
}

Test(cascade, one_that_nobody_asks_for_is_passed_over_and_gives_nothing)
{
    rows[BROWSE].has_demand = false;
    judge();
    assert_may("-+-", "+++", "---");
    begin();
    be_at_floor(BROWSE);
    be_at_floor(CART);
    rows[CHECKOUT].has_demand = false;
    judge();
    assert_may("++-", "-++", "+--");
    begin();
    rows[CHECKOUT].has_demand = rows[CHECKOUT].is_whole = false;
    judge();
    assert_may("+--", "+++", "---");
}

Test(cascade, one_that_operators_hold_is_passed_over)
{
    rows[BROWSE].is_forced = true;
    judge();
    assert_may("-+-", "+++", "---");
    begin();
    rows[CHECKOUT].is_forced = true;
    rows[CHECKOUT].is_whole = false;
    judge();
    assert_may("+--", "+++", "---");
}

Test(cascade, one_without_demand_takes_back_like_any_other)
{
    rows[BROWSE].has_demand = rows[BROWSE].is_whole = false;
    judge();
    cr_assert(rows[BROWSE].may_grow);
    rows[CHECKOUT].is_whole = false;
    judge();
    cr_assert(not(rows[BROWSE].may_grow));
}

Test(cascade, those_of_one_priority_act_together_and_share_what_is_too_much)
{
    rows[CART].priority = rows[BROWSE].priority;
    rows[CART].admitted = 3000;
    cascade_judge(rows, ROWS, 1000, 10000);
    assert_may("++-", "+++", "---");
    cr_assert(eq(u32, rows[BROWSE].bearable_bp, 7500));
    cr_assert(eq(u32, rows[CART].bearable_bp, 7500));
    cr_assert(eq(u32, rows[CHECKOUT].bearable_bp, 0), "alone it would have to give all of its 1000");
}

Test(cascade, each_priority_bears_the_surplus_as_if_alone)
{
    rows[BROWSE].admitted = 200;
    rows[CHECKOUT].admitted = 2000;
    cascade_judge(rows, ROWS, 500, 10000);
    cr_assert(eq(u32, rows[BROWSE].bearable_bp, 0));
    cr_assert(eq(u32, rows[CART].bearable_bp, 5000));
    cr_assert(eq(u32, rows[CHECKOUT].bearable_bp, 7500));
}

Test(cascade, an_even_cut_holds_where_it_is_stricter)
{
    rows[CHECKOUT].admitted = 10000;
    cascade_judge(rows, ROWS, 500, 8000);
    cr_assert(eq(u32, rows[CART].bearable_bp, 5000));
    cr_assert(eq(u32, rows[CHECKOUT].bearable_bp, 8000));
}

Test(cascade, one_that_admitted_nothing_can_bear_all)
{
    rows[BROWSE].admitted = 0;
    cascade_judge(rows, ROWS, 500, 10000);
    cr_assert(eq(u32, rows[BROWSE].bearable_bp, 10000));
}

Test(cascade, counts_of_a_billion_in_a_tick_do_not_overflow)
{
    rows[BROWSE].admitted = UINT64_C(1000000000000);
    cascade_judge(rows, ROWS, UINT64_C(250000000000), 10000);
    cr_assert(eq(u32, rows[BROWSE].bearable_bp, 7500));
}
