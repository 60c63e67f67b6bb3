#include "tests/bench/trace.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct trace trace;
static struct interface_mix mix;
static size_t line;

static const char *read_text(const char *text, double speed)
{
    char path[] = "/tmp/trace-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    cr_assert_null(interface_mix_parse("checkout=1,browse=1", &mix));
    const char *problem = trace_read(path, "127.0.0.1:1", speed, &mix, &trace, &line);
    unlink(path);
    return problem;
}

static void clear(void)
{
    trace_clear(&trace);
}

TestSuite(trace, .fini = clear);

Test(trace, each_line_is_a_request_at_its_time)
{
    cr_assert_null(read_text("0 /v1/evaluate?interface=browse\n\n1500 /v1/evaluate?user_id=u2\n", 1));
    cr_assert_eq(trace.requests.count, 2);
    cr_assert_eq(trace.offsets_ns[0], 0);
    cr_assert_eq(trace.offsets_ns[1], 1500000);
    cr_assert_eq(trace.interfaces[0], 1);
    cr_assert_eq(trace.interfaces[1], mix.count);
    static const char expected[] = "GET /v1/evaluate?user_id=u2 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n";
    cr_assert_eq(trace.requests.rows[1].length, sizeof expected - 1);
    cr_assert(memcmp(trace.requests.rows[1].bytes, expected, sizeof expected - 1) == 0);
}

Test(trace, at_speed_two_it_takes_half_the_time)
{
    cr_assert_null(read_text("0 /a\n1001 /b\n", 2));
    cr_assert_eq(trace.offsets_ns[1], 500500);
}

Test(trace, what_is_no_trace_is_refused_with_its_line)
{
    static const char *const texts[] = {"0 /a\nx /b\n", "0 /a\n5/b\n",   "0 /a\n5 b\n",   "0 /a\n5 /b c\n",
                                        "9 /a\n5 /b\n", "0 /a\n-5 /b\n", "0 /a\n5  /b\n", "0 /a\n86400000001 /b\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_assert_not_null(read_text(texts[i], 1), "%s", texts[i]);
        cr_assert_eq(line, 2, "%s", texts[i]);
        cr_assert_null(trace.offsets_ns, "untouched");
    }
}

Test(trace, an_empty_file_is_refused)
{
    cr_assert_not_null(read_text("\n", 1));
}
