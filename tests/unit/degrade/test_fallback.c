#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "degrade/fallback.h"

static const int64_t most_fen = 1000000000000;

Test(fallback, an_offer_takes_off_what_it_says)
{
    cr_assert(eq(i64, fallback_discount_fen(300, 6200), 300));
    cr_assert(eq(i64, fallback_discount_fen(most_fen, most_fen), most_fen));
}

Test(fallback, an_offer_takes_off_no_more_than_remains)
{
    cr_assert(eq(i64, fallback_discount_fen(300, 299), 299));
    cr_assert(eq(i64, fallback_discount_fen(300, 0), 0));
    cr_assert(eq(i64, fallback_discount_fen(most_fen, 1), 1));
}

Test(fallback, an_offer_may_take_off_nothing)
{
    cr_assert(eq(i64, fallback_discount_fen(0, 6200), 0));
}
