#include "policy/context_query.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "support.h"

static struct context context;
static struct context_error error;
static char *request_bytes; /* of the last read: the context looks into them */

static const struct slice configured[] = {{"checkout", 8}, {"cart", 4}};
static const struct context_rules gateway = {.interfaces = configured, .interface_count = 2};

/* "valid", or status and pointer of what is wrong ("." being the whole). */
static const char *read_as(const char *query)
{
    free(request_bytes);
    request_bytes = exact_copy(query, strlen(query));
    if (context_query_parse(request_bytes, strlen(query), &gateway, &context, &error)) {
        return "valid";
    }
    return format("%d %s", error.status, error.pointer[0] == '\0' ? "." : error.pointer);
}

struct row {
    const char *query, *outcome;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *outcome = read_as(rows[i].query);
        cr_expect_str_eq(outcome, rows[i].outcome, "%s: %s, not %s", rows[i].query, outcome, rows[i].outcome);
    }
    free(request_bytes);
    request_bytes = NULL;
}
#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof(rows[0]))
#define SOUND             "user_id=u&aoi=A&amount=1"

Test(context_query, user_aoi_and_amount_are_required)
{
    const struct row rows[] = {
        {SOUND, "valid"},
        {"aoi=A&amount=1", "400 /user_id"},
        {"user_id=u&amount=1", "400 /aoi"},
        {"user_id=u&aoi=A", "400 /amount"},
        {"", "400 /user_id"},
        {"user_id=&aoi=A&amount=1", "400 /user_id"},
        {"user_id&aoi=A&amount=1", "400 /user_id"},
        {"user_id=u&aoi=&amount=1", "400 /aoi"},
    };
    EXPECT_ROWS(rows);
}

Test(context_query, aoi_may_come_16_times_and_any_other_once)
{
    const char *many = "user_id=u&amount=1";
    for (unsigned i = 0; i < 16; i++) {
        many = format("%s&aoi=A%u", many, i);
    }
    const struct row rows[] = {
        {many, "valid"},
        {format("%s&aoi=B", many), "400 /aoi"},
        {SOUND "&aoi=B&aoi=A", "valid"},
        {SOUND "&aoi=", "400 /aoi/1"},
        {SOUND "&amount=1", "400 /amount"},
        {SOUND "&user_id=u", "400 /user_id"},
        {SOUND "&delivery_fee=1&delivery_fee=1", "400 /delivery_fee"},
        {SOUND "&interface=cart&interface=cart", "400 /interface"},
        {SOUND "&request_id=r&request_id=r", "400 /request_id"},
        {SOUND "&tier=gold&tier=gold", "400 /attributes/tier"},
        {SOUND "&tier=gold&%74ier=gold", "400 /attributes/tier"},
    };
    EXPECT_ROWS(rows);
}

Test(context_query, integers_are_written_as_JSON_writes_them)
{
    static const struct {
        const char *value;
        bool is_valid;
    } rows[] = {
        {"0", true},
        {"1000000000000", true},
        {"1000000000001", false},
        {"-1", false},
        {"1.0", false},
        {"1e3", false},
        {"", false},
        {"01", false},
        {"%2B1", false},
        {"+1", false},
        {"1+", false},
        {"0x1", false},
        {"1%00", false},
        {"'1'", false},
        {"%221%22", false},
        {"1%0A", false},
        {"%31", true},
        {"9223372036854775808", false},
        {"1,000", false},
        {"true", false},
        {"-0", true},
        {"18446744073709551616", false},
        {"[1]", false},
        {"1%201", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(read_as(format("user_id=u&aoi=A&amount=%s", rows[i].value)),
                         rows[i].is_valid ? "valid" : "400 /amount", "amount %s", rows[i].value);
        cr_expect_str_eq(read_as(format(SOUND "&delivery_fee=%s", rows[i].value)),
                         rows[i].is_valid ? "valid" : "400 /delivery_fee", "delivery_fee %s", rows[i].value);
    }
    free(request_bytes);
}

Test(context_query, other_parameters_are_string_attributes)
{
    cr_assert_str_eq(read_as(SOUND "&tier=gold&orders=5&is_new=true&empty=&bare&attributes=x"), "valid");
    static const struct {
        const char *name, *value;
    } expected[] = {{"tier", "gold"}, {"orders", "5"}, {"is_new", "true"},
                    {"empty", ""},    {"bare", ""},    {"attributes", "x"}};
    cr_assert_eq(context.attribute_count, 6);
    for (unsigned i = 0; i < 6; i++) {
        cr_expect(slice_equals(context.attributes[i].name, slice_of(expected[i].name)), "%s", expected[i].name);
        cr_expect_eq(context.attributes[i].value.kind, VALUE_STRING, "%s", expected[i].name);
        cr_expect(slice_equals(context.attributes[i].value.string, slice_of(expected[i].value)), "%s",
                  expected[i].name);
    }
    free(request_bytes);
}

Test(context_query, names_and_values_are_decoded)
{
    cr_assert_str_eq(read_as("user_id=%E7%94%A8%e6%88%b7+42%2B&aoi=%41&amount=1&a%3Db=c%26d=e&x=%25"), "valid");
    cr_expect(slice_equals(context.user_id, SLICE("用户 42+")));
    cr_expect(slice_equals(context.aois[0], SLICE("A")));
    cr_expect(slice_equals(context.attributes[0].name, SLICE("a=b")));
    cr_expect(slice_equals(context.attributes[0].value.string, SLICE("c&d=e")));
    cr_expect(slice_equals(context.attributes[1].value.string, SLICE("%")));
    free(request_bytes);
}

Test(context_query, bad_escapes_and_what_is_not_UTF8_are_refused)
{
    const struct row rows[] = {
        {"user_id=%&aoi=A&amount=1", "400 /user_id"},
        {"user_id=%4&aoi=A&amount=1", "400 /user_id"},
        {"user_id=%4g&aoi=A&amount=1", "400 /user_id"},
        {"user_id=%%41&aoi=A&amount=1", "400 /user_id"},
        {"user_id=%FF&aoi=A&amount=1", "400 /user_id"},
        {"user_id=%ED%A0%80&aoi=A&amount=1", "400 /user_id"},
        {"user_id=%C0%80&aoi=A&amount=1", "400 /user_id"},
        {"user_id=\xFF&aoi=A&amount=1", "400 /user_id"},
        {"user_id=u%00&aoi=A&amount=1", "400 /user_id"},
        {"user_id=u%1F&aoi=A&amount=1", "400 /user_id"},
        {"user_id=u&aoi=A+B&amount=1", "400 /aoi"},
        {SOUND "&tier=%E7%94", "400 /attributes/tier"},
        {SOUND "&%E7=1", "400 ."},
        {SOUND "&tier=%", "400 /attributes/tier"},
        {SOUND "&tier=%4", "400 /attributes/tier"},
        {SOUND "&=x", "400 /attributes/"},
        {SOUND "&a%07=x", "400 /attributes/a\x07"},
    };
    EXPECT_ROWS(rows);
}

Test(context_query, limits_are_those_of_the_JSON_form)
{
    const struct row rows[] = {
        {format("user_id=%s&aoi=A&amount=1", repeated("u", 128)), "valid"},
        {format("user_id=%s&aoi=A&amount=1", repeated("u", 129)), "400 /user_id"},
        {format("user_id=%s&aoi=A&amount=1", repeated("%75", 128)), "valid"},
        {format("user_id=u&aoi=%s&amount=1", repeated("A", 64)), "valid"},
        {format("user_id=u&aoi=%s&amount=1", repeated("A", 65)), "400 /aoi"},
        {format(SOUND "&a=%s", repeated("x", 256)), "valid"},
        {format(SOUND "&a=%s", repeated("x", 257)), "400 /attributes/a"},
        {format(SOUND "&%s=x", repeated("n", 64)), "valid"},
        {format(SOUND "&%s=x", repeated("n", 65)), format("400 /attributes/%s", repeated("n", 64))},
        {format(SOUND "&request_id=%s", repeated("r", 129)), "400 /request_id"},
        {SOUND "&request_id=", "valid"},
        {SOUND "&interface=cart", "valid"},
        {SOUND "&interface=browse", "400 /interface"},
        {SOUND "&Amount=1", "valid"},
    };
    EXPECT_ROWS(rows);
}

Test(context_query, there_are_up_to_48_parameters)
{
    const char *most = SOUND;
    for (unsigned i = 3; i < 48; i++) {
        most = format("%s&a%u=x", most, i);
    }
    const struct row rows[] = {
        {most, "valid"},
        {format("%s&&&", most), "valid"},
        {format("&%s", most), "valid"},
        {format("%s&b=x", most), "414 ."},
        {format("%s&aoi=B", most), "414 ."},
    };
    EXPECT_ROWS(rows);
}
