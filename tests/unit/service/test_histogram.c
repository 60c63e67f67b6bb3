#include "service/histogram.h"

#include <criterion/criterion.h>

#include "service/counter.h"
#include "service/metric_text.h"

Test(histogram, a_duration_on_a_bound_belongs_to_the_bucket_below)
{
    struct histogram histogram = {0};
    histogram_add(&histogram, 50000, 1);
    histogram_add(&histogram, 50001, 1);
    cr_assert_eq(counter_read(&histogram.counts[0]), 1);
    cr_assert_eq(counter_read(&histogram.counts[1]), 1);
}

Test(histogram, what_is_past_the_last_bound_is_counted_and_what_is_negative_is_nothing)
{
    struct histogram histogram = {0};
    histogram_add(&histogram, 6000000000, 1);
    histogram_add(&histogram, -5, 1);
    cr_assert_eq(counter_read(&histogram.counts[HISTOGRAM_BUCKETS - 1]), 1);
    cr_assert_eq(counter_read(&histogram.counts[0]), 1);
    cr_assert_eq(counter_read(&histogram.sum_ns), 6000000000);
    cr_assert_eq(counter_read(&histogram.max_ns), 6000000000);
}

Test(histogram, merging_adds_counts_and_sums_and_keeps_the_largest)
{
    struct histogram a = {0}, b = {0};
    histogram_add(&a, 1000, 2);
    histogram_add(&b, 3000, 3);
    histogram_merge(&a, &b);
    cr_assert_eq(counter_read(&a.counts[0]), 5);
    cr_assert_eq(counter_read(&a.sum_ns), 2 * 1000 + 3 * 3000);
    cr_assert_eq(counter_read(&a.max_ns), 3000);
}

Test(histogram, the_exposition_is_cumulative)
{
    struct histogram histogram = {0};
    struct text text;
    text_init(&text, 4096);
    histogram_add(&histogram, 40000, 1);
    histogram_add(&histogram, 90000, 1);
    struct metric_text out = {.text = &text};
    histogram_append(&out, &HISTOGRAM_NAMES("x"), "route=\"a\"", &histogram);
    text_append_byte(&text, '\0');
    cr_expect(strstr(text.bytes, "x_bucket{route=\"a\",le=\"5e-05\"} 1\n") != NULL);
    cr_expect(strstr(text.bytes, "x_bucket{route=\"a\",le=\"0.0001\"} 2\n") != NULL);
    cr_expect(strstr(text.bytes, "x_bucket{route=\"a\",le=\"+Inf\"} 2\n") != NULL);
    cr_expect(strstr(text.bytes, "x_sum{route=\"a\"} 0.00013\n") != NULL);
    cr_expect(strstr(text.bytes, "x_count{route=\"a\"} 2\n") != NULL);
    text_clear(&text);
}
