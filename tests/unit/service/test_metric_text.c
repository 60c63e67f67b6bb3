/* The two formats of /metrics: heads, labels, and where they differ. */
#include "service/metric_text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct text text;
static struct metric_text out;

static void begin(enum metric_format format)
{
    text_init(&text, 4096);
    out = (struct metric_text){.text = &text, .format = format};
}

static void expect(const char *wanted)
{
    text_append_byte(&text, '\0');
    cr_assert_not(text.failed);
    cr_expect(eq(str, text.bytes, (char *)wanted));
    text_clear(&text);
}

Test(metric_text, a_metric_is_a_head_and_its_samples)
{
    begin(METRIC_FORMAT_TEXT);
    metric_text_head(&out, "x_ratio", METRIC_GAUGE, "How much.");
    metric_text_sample(&out, "x_ratio");
    metric_text_label(&out, "interface", SLICE("cart"));
    metric_text_label_number(&out, "worker", 3);
    metric_text_value(&out, 0.25);
    metric_text_sample(&out, "x_ratio");
    metric_text_labels(&out, "");
    metric_text_count(&out, 18446744073709551615u);
    metric_text_end(&out);
    expect("# HELP x_ratio How much.\n# TYPE x_ratio gauge\nx_ratio{interface=\"cart\",worker=\"3\"} 0.25\n"
           "x_ratio 18446744073709551615\n");
}

Test(metric_text, a_head_without_samples_is_not_written)
{
    begin(METRIC_FORMAT_TEXT);
    metric_text_head(&out, "nothing", METRIC_GAUGE, "Nothing.");
    metric_text_gauge(&out, "something", "Something.", 1);
    expect("# HELP something Something.\n# TYPE something gauge\nsomething 1\n");
}

Test(metric_text, a_labels_value_is_escaped_once)
{
    begin(METRIC_FORMAT_TEXT);
    metric_text_sample(&out, "x");
    metric_text_label(&out, "a", SLICE("q\"b\\n\n"));
    metric_text_label_escaped(&out, "b", SLICE("q\\\"b"));
    metric_text_count(&out, 1);
    expect("x{a=\"q\\\"b\\\\n\\n\",b=\"q\\\"b\"} 1\n");
}

Test(metric_text, openmetrics_leaves_suffixes_out_of_heads_and_says_where_it_ends)
{
    begin(METRIC_FORMAT_OPENMETRICS);
    metric_text_total(&out, "x_total", "Things.", 2);
    metric_text_head(&out, "y_info", METRIC_INFO, "What.");
    metric_text_sample(&out, "y_info");
    metric_text_count(&out, 1);
    metric_text_end(&out);
    expect("# HELP x Things.\n# TYPE x counter\nx_total 2\n# HELP y What.\n# TYPE y info\ny_info 1\n# EOF\n");
}

Test(metric_text, the_text_format_knows_no_infos)
{
    begin(METRIC_FORMAT_TEXT);
    metric_text_head(&out, "y_info", METRIC_INFO, "What.");
    metric_text_sample(&out, "y_info");
    metric_text_count(&out, 1);
    metric_text_end(&out);
    expect("# HELP y_info What.\n# TYPE y_info gauge\ny_info 1\n");
}
