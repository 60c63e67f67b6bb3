#include "tests/bench/zipf.h"

#include <criterion/criterion.h>
#include <math.h>

#define DRAWS 200000

static double counts[128];

static void draw(uint64_t count, double exponent)
{
    struct splitmix chance = {20260213};
    struct zipf zipf;

    zipf_init(&zipf, count, exponent);
    for (unsigned i = 0; i < DRAWS; i++) {
        uint64_t rank = zipf_draw(&zipf, &chance);
        cr_assert_lt(rank, count);
        if (rank < 128) {
            counts[rank]++;
        }
    }
}

/* Chi-squared over all ranks; the bound is 5 standard deviations above its mean, and the seed is fixed. */
static void follows_the_law(unsigned count, double exponent)
{
    double sum = 0, chi_squared = 0;
    draw(count, exponent);
    for (unsigned i = 0; i < count; i++) {
        sum += pow(i + 1, -exponent);
    }
    for (unsigned i = 0; i < count; i++) {
        double expected = DRAWS * pow(i + 1, -exponent) / sum;
        chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    cr_assert_lt(chi_squared, count - 1 + 5 * sqrt(2.0 * (count - 1)), "%u, %g: %g", count, exponent, chi_squared);
}

Test(zipf, ranks_are_drawn_as_the_law_says)
{
    follows_the_law(100, 1.0);
}

Test(zipf, other_exponents_too)
{
    follows_the_law(100, 0.8);
}

Test(zipf, steep_laws_too)
{
    follows_the_law(50, 2.0);
}

Test(zipf, exponent_zero_draws_all_alike)
{
    follows_the_law(100, 0.0);
}

Test(zipf, one_thing_is_always_drawn)
{
    draw(1, 1.0);
    cr_assert_eq(counts[0], DRAWS);
}

Test(zipf, the_first_of_a_billion_comes_as_often_as_the_harmonic_number_says)
{
    draw(ZIPF_COUNT_MAX, 1.0);
    double expected = DRAWS / (log((double)ZIPF_COUNT_MAX) + 0.5772156649);
    cr_assert_lt(fabs(counts[0] - expected), 5 * sqrt(expected), "%g of %g", counts[0], expected);
}

Test(zipf, the_same_seed_draws_the_same)
{
    struct splitmix one = {42}, other = {42};
    struct zipf zipf;
    zipf_init(&zipf, 1000, 1.0);
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert_eq(zipf_draw(&zipf, &one), zipf_draw(&zipf, &other));
    }
}

/* The first values of the reference implementation for seed 1234567. */
Test(splitmix, agrees_with_its_reference)
{
    struct splitmix splitmix = {1234567};
    cr_assert_eq(splitmix_next(&splitmix), UINT64_C(6457827717110365317));
    cr_assert_eq(splitmix_next(&splitmix), UINT64_C(3203168211198807973));
    cr_assert_eq(splitmix_next(&splitmix), UINT64_C(9817491932198370423));
}
