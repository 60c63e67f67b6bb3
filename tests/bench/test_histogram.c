#include "tests/bench/histogram.h"

#include <criterion/criterion.h>

static struct histogram histogram;

static void add_range(uint64_t first, uint64_t last)
{
    for (uint64_t value = first; value <= last; value++) {
        histogram_add(&histogram, value);
    }
}

Test(histogram, without_values_every_percentile_is_zero)
{
    histogram_init(&histogram);
    cr_assert_eq(histogram_percentile(&histogram, 0.5), 0);
}

Test(histogram, small_values_are_exact)
{
    histogram_init(&histogram);
    add_range(1, 1000);
    cr_assert_eq(histogram_percentile(&histogram, 0.5), 500);
    cr_assert_eq(histogram_percentile(&histogram, 0.99), 990);
    cr_assert_eq(histogram_percentile(&histogram, 1.0), 1000);
}

Test(histogram, large_values_are_known_to_one_part_in_1024)
{
    histogram_init(&histogram);
    add_range(1000000, 1100000);
    uint64_t median = histogram_percentile(&histogram, 0.5);
    cr_assert_geq(median, 1050000);
    cr_assert_leq(median, 1050000 + 1050000 / 1024);
}

Test(histogram, the_last_exact_value_and_the_next_are_told_apart)
{
    histogram_init(&histogram);
    histogram_add(&histogram, 2047);
    histogram_add(&histogram, 2048);
    cr_assert_eq(histogram_percentile(&histogram, 0.5), 2047);
    cr_assert_eq(histogram_percentile(&histogram, 1.0), 2048);
}

Test(histogram, a_value_past_the_ceiling_counts_and_is_remembered_as_the_largest)
{
    histogram_init(&histogram);
    histogram_add(&histogram, UINT64_MAX);
    cr_assert_eq(histogram.total, 1);
    cr_assert_eq(histogram.largest, UINT64_MAX);
    cr_assert_eq(histogram_percentile(&histogram, 0.5), HISTOGRAM_VALUE_MAX);
}
