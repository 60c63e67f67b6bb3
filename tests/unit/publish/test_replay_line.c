#include "publish/replay_line.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define TS      "'ts':'2026-02-12T12:00:00.123Z'"
#define CONTEXT "'context':{'user_id':'u1','aoi':['A1','A2'],'amount':6200,'interface':'cart'}"
#define ANSWER                                                                                                         \
    "{'decision_id':'01KH8QZ5T0J3M8W6Y2F4B7N9RC','release':42,'interface':'cart','degraded':false,"                    \
    "'offers':[],'discount':0,'delivery_discount':0,'exposures':[]}"
#define DECISION "'decision':" ANSWER

static struct replay_line line;
static char *bytes;

static void set_up(void)
{
    replay_line_init(&line);
}

static void tear_down(void)
{
    replay_line_clear(&line);
    free(bytes);
}

TestSuite(replay_line, .init = set_up, .fini = tear_down);

/* In memory of exactly its length; ' stands for ". */
static enum replay_line_outcome read_line(const char *text)
{
    size_t length = strlen(text);
    free(bytes);
    bytes = malloc(length > 0 ? length : 1);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    }
    return replay_line_read(&line, bytes, length);
}

static void expect_refused(enum replay_line_outcome outcome, const char *text, const char *pointer, const char *detail)
{
    cr_expect(eq(int, read_line(text), outcome), "%s", text);
    cr_expect(eq(str, line.error.pointer, (char *)pointer), "%s", text);
    cr_expect(eq(str, line.error.detail, (char *)detail), "%s", text);
}

static void expect_invalid(const char *text, const char *pointer, const char *detail)
{
    expect_refused(REPLAY_LINE_INVALID, text, pointer, detail);
}

Test(replay_line, a_line_is_a_time_a_context_and_an_answer)
{
    cr_assert(eq(int, read_line("{" TS "," CONTEXT "," DECISION "}"), REPLAY_LINE_READ));
    cr_expect(eq(i64, line.at_s, 1770897600));
    cr_expect(slice_equals(line.context.user_id, SLICE("u1")));
    cr_expect(slice_equals(line.context.interface, SLICE("cart")));
    cr_expect(eq(u32, line.context.aoi_count, 2));
    cr_expect(eq(u64, line.decision.release, 42));
    cr_expect(eq(sz, line.decision.bytes.length, strlen(ANSWER)));
}

Test(replay_line, white_space_between_members_does_not_count)
{
    cr_assert(eq(int, read_line(" { " TS " , " CONTEXT " ,\t" DECISION " } "), REPLAY_LINE_READ));
    cr_expect(eq(sz, line.decision.bytes.length, strlen(ANSWER)));
}

Test(replay_line, milliseconds_never_reach_the_next_second)
{
    cr_assert(eq(int, read_line("{'ts':'2026-02-12T12:00:00.999Z'," CONTEXT "," DECISION "}"), REPLAY_LINE_READ));
    cr_expect(eq(i64, line.at_s, 1770897600));
    cr_assert(eq(int, read_line("{'ts':'1969-12-31T23:59:59.001Z'," CONTEXT "," DECISION "}"), REPLAY_LINE_READ));
    cr_expect(eq(i64, line.at_s, -1));
}

Test(replay_line, a_time_is_utc_with_milliseconds_and_nothing_else)
{
    static const char *const wrong[] = {"'2026-02-12T12:00:00Z'",
                                        "'2026-02-12T12:00:00.12Z'",
                                        "'2026-02-12T12:00:00.1234Z'",
                                        "'2026-02-12T12:00:00.123+08:00'",
                                        "'2026-02-12T12:00:00,123Z'",
                                        "'2026-02-12T12:00:00.1x3Z'",
                                        "'2026-02-30T12:00:00.123Z'",
                                        "'2026-02-12T12:00:60.123Z'",
                                        "'2026-02-12 12:00:00.123Z'",
                                        "'2026-02-12T12:00:00.123z'",
                                        "'\\u0000026-02-12T12:00:0.123Z'",
                                        "1770897600",
                                        "null"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[1024];
        snprintf(text, sizeof(text), "{'ts':%s," CONTEXT "," DECISION "}", wrong[i]);
        expect_invalid(text, "/ts", "is no time like 2026-02-12T12:00:00.123Z");
    }
}

Test(replay_line, members_stand_in_their_order_and_there_are_no_others)
{
    expect_invalid("[]", "", "is not an object");
    expect_invalid("{}", "/ts", "is missing");
    expect_invalid("{" CONTEXT "," TS "," DECISION "}", "/context", "stands where ts belongs");
    expect_invalid("{" TS "," TS "," CONTEXT "," DECISION "}", "/ts", "stands where context belongs");
    expect_invalid("{" TS "," DECISION "}", "/decision", "stands where context belongs");
    expect_invalid("{" TS "," CONTEXT "}", "/decision", "is missing");
    expect_invalid("{" TS "," CONTEXT "," DECISION ",'node':'n1'}", "/node", "is a member too many");
}

Test(replay_line, what_is_wrong_within_a_member_is_told_from_the_line_on)
{
    expect_invalid("{" TS ",'context':{'user_id':'u1','aoi':['A1',7],'amount':1}," DECISION "}", "/context/aoi/1",
                   "is not a string");
    expect_invalid("{" TS ",'context':{'user_id':'u1','aoi':'A1','amount':1,'color':1}," DECISION "}", "/context/color",
                   "is not a member of a request");
    expect_invalid("{" TS ",'context':7," DECISION "}", "/context", "a request is an object");
    expect_invalid("{" TS "," CONTEXT ",'decision':{'decision_id':7}}", "/decision/decision_id", "is not a string");
    expect_invalid("{" TS "," CONTEXT ",'decision':null}", "/decision", "is not an object");
}

Test(replay_line, a_line_that_breaks_off_anywhere_is_malformed)
{
    static const char whole[] = "{" TS "," CONTEXT "," DECISION "}";
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        char text[sizeof(whole)];
        snprintf(text, sizeof(text), "%.*s", (int)length, whole);
        cr_expect(eq(int, read_line(text), REPLAY_LINE_MALFORMED), "%s", text);
        cr_expect(eq(str, line.error.pointer, ""));
        cr_expect(zero(strncmp(line.error.detail, "the JSON ", 9)), "%s", line.error.detail);
    }
}

Test(replay_line, what_is_no_json_is_malformed_whatever_else_is_wrong)
{
    expect_refused(REPLAY_LINE_MALFORMED, "{'color':1,", "", "the JSON ends too early");
    expect_refused(REPLAY_LINE_MALFORMED, "{" TS "," CONTEXT "," DECISION "}}", "",
                   "the JSON has something behind its end");
    expect_refused(REPLAY_LINE_MALFORMED, "{" TS ",'context':{'aoi':tru}," DECISION "}", "",
                   "the JSON has an unknown word");
}

Test(replay_line, a_good_line_behind_a_bad_one_is_read)
{
    cr_assert(eq(int, read_line("{" TS "," CONTEXT ",'decision':{"), REPLAY_LINE_MALFORMED));
    cr_assert(eq(int, read_line("{" TS "," CONTEXT "," DECISION "}"), REPLAY_LINE_READ));
}
