#include "publish/decision_parts.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define ID    "'decision_id':'01KH8QZ5T0J3M8W6Y2F4B7N9RC'"
#define HEAD  ID ",'release':42,'interface':'checkout'"
#define TAIL  "'offers':[],'discount':0,'delivery_discount':0,'exposures':[]"
#define WHOLE "{" HEAD ",'degraded':false," TAIL "}"

static struct decision_parts parts;
static struct json_reader reader;
static struct context_error error;
static char bytes[8192];

static void set_up(void)
{
    decision_parts_init(&parts, sizeof(bytes));
}

static void tear_down(void)
{
    decision_parts_clear(&parts);
}

TestSuite(decision_parts, .init = set_up, .fini = tear_down);

/* ' becomes ". */
static char *json_of(const char *text)
{
    static char json[sizeof(bytes)];
    snprintf(json, sizeof(json), "%s", text);
    for (char *at = json; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    return json;
}

static bool read_parts(const char *text)
{
    snprintf(bytes, sizeof(bytes), "%s", json_of(text));
    json_reader_init(&reader, bytes, strlen(bytes));
    return decision_parts_read(&parts, &reader, &error);
}

static void expect_slice(struct slice slice, const char *text)
{
    cr_expect(slice_equals(slice, slice_of(json_of(text))), "%.*s is not %s", (int)slice.length, slice.at, text);
}

Test(decision_parts, a_decision_is_its_id_release_rows_and_sums)
{
    cr_assert(read_parts("{" ID ",'request_id':'r1','release':9007199254740991,'interface':'cart','degraded':false,"
                         "'offers':[{'policy':'a','discount':7},{'policy':'b'}],'discount':7,'delivery_discount':3,"
                         "'exposures':[{'policy':'b','offered':true}]}"));
    expect_slice(parts.decision_id, "01KH8QZ5T0J3M8W6Y2F4B7N9RC");
    cr_expect(eq(u64, parts.release, 9007199254740991));
    cr_expect(eq(int, parts.admission, ADMISSION_EVALUATE));
    cr_expect(eq(i64, parts.discount_fen, 7));
    cr_expect(eq(i64, parts.delivery_discount_fen, 3));
    cr_assert(eq(u32, parts.offers.count, 2));
    expect_slice(parts.offers.items[0], "{'policy':'a','discount':7}");
    expect_slice(parts.offers.items[1], "{'policy':'b'}");
    cr_assert(eq(u32, parts.exposures.count, 1));
    expect_slice(parts.exposures.items[0], "{'policy':'b','offered':true}");
}

Test(decision_parts, bytes_are_as_they_stood_before_strings_were_unescaped)
{
    const char *text = "{" ID ",'request_id':'\\u0041\\n','release':42,'interface':'c','degraded':false,"
                       "'offers':[ {'policy' : '\\u4e00\\\\'} ],'discount':0,'delivery_discount':0,'exposures':[]}";
    cr_assert(read_parts(text));
    expect_slice(text_slice(&parts.bytes), text);
    expect_slice(parts.offers.items[0], "{'policy' : '\\u4e00\\\\'}");
}

Test(decision_parts, what_follows_a_decision_is_not_part_of_it)
{
    snprintf(bytes, sizeof(bytes), "%s", json_of("{'x':" WHOLE ",'y':1}"));
    json_reader_init(&reader, bytes, strlen(bytes));
    json_reader_next(&reader);
    json_reader_next(&reader);
    cr_assert(decision_parts_read(&parts, &reader, &error));
    expect_slice(text_slice(&parts.bytes), WHOLE);
    cr_assert(eq(int, json_reader_next(&reader), JSON_NAME));
    expect_slice(reader.string, "y");
}

Test(decision_parts, nothing_of_the_decision_before_is_left)
{
    cr_assert(read_parts("{" HEAD ",'degraded':true,'cause':'switch','offers':[{}],'discount':5,'delivery_discount':5,"
                         "'exposures':[{}]}"));
    cr_assert(read_parts(WHOLE));
    cr_expect(eq(int, parts.admission, ADMISSION_EVALUATE));
    cr_expect(zero(u32, parts.offers.count));
    cr_expect(zero(u32, parts.exposures.count));
    cr_expect(zero(i64, parts.discount_fen));
}

Test(decision_parts, each_cause_of_the_contract_is_known)
{
    static const struct {
        const char *name;
        enum admission admission;
    } rows[] = {{"switch", ADMISSION_SWITCH},
                {"rate_limited", ADMISSION_RATE_LIMITED},
                {"no_snapshot", ADMISSION_NO_SNAPSHOT},
                {"budget", ADMISSION_BUDGET},
                {"saturated", ADMISSION_SATURATED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text), "{" HEAD ",'degraded':true,'cause':'%s'," TAIL "}", rows[i].name);
        cr_expect(read_parts(text), "%s", rows[i].name);
        cr_expect(eq(int, parts.admission, rows[i].admission), "%s", rows[i].name);
    }
}

Test(decision_parts, more_rows_than_one_growth_are_kept)
{
    char text[4096] = "{" HEAD ",'degraded':false,'offers':[{'n':0}";
    for (int i = 1; i < 100; i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof(text) - length, ",{'n':%d}", i);
    }
    strcat(text, "],'discount':0,'delivery_discount':0,'exposures':[]}");
    cr_assert(read_parts(text));
    cr_assert(eq(u32, parts.offers.count, 100));
    expect_slice(parts.offers.items[0], "{'n':0}");
    expect_slice(parts.offers.items[99], "{'n':99}");
}

Test(decision_parts, past_the_ceiling_memory_has_ended)
{
    decision_parts_clear(&parts);
    decision_parts_init(&parts, strlen(WHOLE));
    cr_assert(read_parts(WHOLE));
    cr_assert(not(read_parts(WHOLE " ")));
    cr_assert(parts.bytes.failed);
    cr_assert(read_parts(WHOLE));
}

Test(decision_parts, whatever_the_contract_does_not_say_is_refused_with_its_pointer)
{
    static const struct {
        const char *text, *pointer, *detail;
    } rows[] = {
        {"7", "", "is not an object"},
        {"{}", "/decision_id", "is missing"},
        {"{'decision_id':7}", "/decision_id", "is not a string"},
        {"{'decision_id':''}", "/decision_id", "is not a ULID"},
        {"{'decision_id':'01KH8QZ5T0J3M8W6Y2F4B7N9R'}", "/decision_id", "is not a ULID"},
        {"{'decision_id':'01KH8QZ5T0J3M8W6Y2F4B7N9R\\n'}", "/decision_id", "is not a ULID"},
        {"{" ID ",'request_id':null}", "/request_id", "is not a string"},
        {"{" ID ",'interface':'c'}", "/interface", "stands where release belongs"},
        {"{" ID ",'release':-1}", "/release", "is not an integer in its range"},
        {"{" ID ",'release':9007199254740992}", "/release", "is not an integer in its range"},
        {"{" ID ",'release':1.0}", "/release", "is not an integer in its range"},
        {"{" ID ",'release':42,'interface':[]}", "/interface", "is not a string"},
        {"{" HEAD ",'degraded':0}", "/degraded", "is not a boolean"},
        {"{" HEAD ",'degraded':true," TAIL "}", "/offers", "stands where cause belongs"},
        {"{" HEAD ",'degraded':true,'cause':'none'}", "/cause", "is no cause that is known here"},
        {"{" HEAD ",'degraded':false,'cause':'switch'}", "/cause", "stands where offers belongs"},
        {"{" HEAD ",'degraded':false,'offers':{}}", "/offers", "is not a list"},
        {"{" HEAD ",'degraded':false,'offers':[{},7]}", "/offers", "is not a list of objects"},
        {"{" HEAD ",'degraded':false,'offers':[],'discount':1000000000001}", "/discount",
         "is not an integer in its range"},
        {"{" HEAD ",'degraded':false,'offers':[],'discount':0,'delivery_discount':'0'}", "/delivery_discount",
         "is not an integer in its range"},
        {"{" HEAD ",'degraded':false," TAIL ",'reasons':[]}", "/reasons", "is a member too many"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(not(read_parts(rows[i].text)), "%s", rows[i].text);
        cr_expect(eq(str, error.pointer, (char *)rows[i].pointer), "%s", rows[i].text);
        cr_expect(eq(str, error.detail, (char *)rows[i].detail), "%s", rows[i].text);
        cr_expect(not(parts.bytes.failed));
    }
}

Test(decision_parts, broken_json_is_the_readers_to_tell)
{
    cr_assert(not(read_parts("{" HEAD ",'degraded':false,'offers':[{'a':]")));
    cr_assert(eq(str, (char *)reader.error, "has an unexpected character"));
}
