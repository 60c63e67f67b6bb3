#include "service/metrics.h"

#include <criterion/criterion.h>

#include "service/metric_text.h"

static struct metrics one, other;

static const char *expose(const struct metrics *metrics)
{
    static char bytes[256 * 1024];
    struct text text;
    text_init(&text, sizeof(bytes) - 1);
    metrics_append(&(struct metric_text){.text = &text}, metrics);
    cr_assert_not(text.failed);
    memcpy(bytes, text.bytes, text.length);
    bytes[text.length] = '\0';
    text_clear(&text);
    return bytes;
}

Test(metrics, threads_words_are_added_up)
{
    counter_add(&one.decisions_offered, 2);
    counter_add(&other.decisions_offered, 3);
    metrics_count_answer(&one, METRIC_ROUTE_EVALUATE_GET, 200);
    metrics_count_answer(&other, METRIC_ROUTE_EVALUATE_GET, 200);
    metrics_merge(&one, &other);
    const char *text = expose(&one);
    cr_expect(strstr(text, "promogate_decisions_total{result=\"offered\",cause=\"none\"} 5\n") != NULL);
    cr_expect(strstr(text, "promogate_http_requests_total{route=\"evaluate_get\",code=\"2xx\"} 2\n") != NULL);
}

Test(metrics, an_error_counts_by_its_status_and_an_unknown_one_as_0)
{
    metrics_count_answer(&one, METRIC_ROUTE_OTHER, 404);
    metrics_count_answer(&one, METRIC_ROUTE_OTHER, 499);
    const char *text = expose(&one);
    cr_expect(strstr(text, "promogate_http_refusals_total{status=\"404\"} 1\n") != NULL);
    cr_expect(strstr(text, "promogate_http_refusals_total{status=\"0\"} 1\n") != NULL);
    cr_expect(strstr(text, "promogate_http_requests_total{route=\"other\",code=\"4xx\"} 2\n") != NULL);
}

Test(metrics, every_metric_has_one_HELP_and_one_TYPE)
{
    const char *text = expose(&one);
    const char *help = strstr(text, "# HELP promogate_decisions_total ");
    cr_assert_not_null(help);
    cr_expect_null(strstr(help + 1, "# HELP promogate_decisions_total "));
    cr_expect_not_null(strstr(text, "# TYPE promogate_decisions_total counter\n"));
}
