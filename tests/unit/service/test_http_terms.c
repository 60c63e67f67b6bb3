#include "service/http_terms.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "service/http_connection.h"

enum { BEGUN_MS = 5000000, MS = 1000000 };

static struct http_connection connection;
static struct decision_terms terms;

static void set_up(void)
{
    connection.begun_ns = BEGUN_MS * INT64_C(1000000);
    terms = (struct decision_terms){.deadline_ns = -7};
}

TestSuite(http_terms, .init = set_up);

static bool read_budget(struct slice text, int64_t waited_ns)
{
    connection.head.budget = text;
    return http_terms_read(&connection, waited_ns, &terms);
}

Test(http_terms, without_the_header_there_is_no_deadline)
{
    cr_assert(read_budget((struct slice){0}, 3 * MS));
    cr_assert(eq(i64, terms.deadline_ns, 0));
    cr_assert(eq(ptr, (void *)terms.caller.at, NULL));
}

Test(http_terms, the_caller_is_the_one_the_head_names)
{
    connection.head.caller = SLICE("shop-7");
    cr_assert(read_budget((struct slice){0}, 0));
    cr_assert(slice_equals(terms.caller, SLICE("shop-7")));
    cr_assert(read_budget(SLICE("50"), 0));
    cr_assert(slice_equals(terms.caller, SLICE("shop-7")));
}

Test(http_terms, a_budget_is_an_integer_from_0_to_600000)
{
    static const struct {
        const char *text;
        int64_t budget_ms;
    } rows[] = {
        {"0", 0},       {"1", 1},           {"50", 50},         {"007", 7},
        {"9999", 9999}, {"600000", 600000}, {"599999", 599999}, {"0000000000000000000000600000", 600000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(read_budget(slice_of(rows[i].text), 0), "%s", rows[i].text);
        int64_t budget_ms = terms.deadline_ns / MS - BEGUN_MS;
        cr_expect(eq(i64, budget_ms, rows[i].budget_ms), "%s", rows[i].text);
    }
}

Test(http_terms, anything_else_is_refused_and_the_terms_are_untouched)
{
    static const char *const rows[] = {
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "50ms",
        " 50",
        "50 ",
        "5 0",
        "50,60",
        "NaN",
        "\xef\xbc\x95",
        "5/0",
        "5:0",
        "600001",
        "6000000",
        "999999999",
        "4294967296",
        "18446744073709551616",
        "18446744073709551666",
        "99999999999999999999999999999999999999999999999999",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(not(read_budget(slice_of(rows[i]), 0)), "'%s'", rows[i]);
        cr_expect(eq(i64, terms.deadline_ns, -7), "'%s'", rows[i]);
    }
    cr_expect(not(read_budget((struct slice){.at = "5\0", .length = 2}, 0)));
}

Test(http_terms, the_fault_names_the_header_and_its_ceiling)
{
    char ceiling[16];
    snprintf(ceiling, sizeof(ceiling), "%d", HTTP_BUDGET_MS_MAX);
    cr_expect(eq(int, http_terms_fault.status, 400));
    cr_expect(strstr(http_terms_fault.detail, "X-Budget-Ms") != NULL);
    cr_expect(strstr(http_terms_fault.detail, ceiling) != NULL);
}

Test(http_terms, the_budget_counts_from_when_the_request_may_have_been_ready)
{
    cr_assert(read_budget(SLICE("50"), 0));
    cr_assert(eq(i64, terms.deadline_ns, (BEGUN_MS + 50) * INT64_C(1000000)));
    cr_assert(read_budget(SLICE("50"), 20 * MS));
    cr_assert(eq(i64, terms.deadline_ns, (BEGUN_MS + 30) * INT64_C(1000000)));
    cr_assert(read_budget(SLICE("50"), 80 * MS));
    cr_assert(eq(i64, terms.deadline_ns, (BEGUN_MS - 30) * INT64_C(1000000)), "over before it was seen");
}

Test(http_terms, a_deadline_before_the_clock_began_is_over_and_not_none)
{
    connection.begun_ns = 10;
    cr_assert(read_budget(SLICE("0"), 10));
    cr_assert(eq(i64, terms.deadline_ns, 1));
    cr_assert(read_budget(SLICE("1"), 5 * MS));
    cr_assert(eq(i64, terms.deadline_ns, 1));
}
