#include "publish/replay_difference.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct decision_parts before, now;
static struct text text;
static struct replay_difference difference;

static void set_up(void)
{
    decision_parts_init(&before, 1 << 20);
    decision_parts_init(&now, 1 << 20);
    text_init(&text, 1 << 20);
    difference = (struct replay_difference){{"a.log", 17}, &before, &now};
}

static void tear_down(void)
{
    decision_parts_clear(&before);
    decision_parts_clear(&now);
    text_clear(&text);
}

TestSuite(replay_difference, .init = set_up, .fini = tear_down);

static char bytes_of_both[2][4096];

/* An answer whose request_id, offers, sums and exposures are these; ' stands for ". */
static void answer(struct decision_parts *parts, const char *request, const char *offers, const char *sums,
                   const char *exposures)
{
    char *bytes = bytes_of_both[parts == &now]; /* the id looks into them */
    struct json_reader reader;
    struct context_error error;
    snprintf(bytes, sizeof(bytes_of_both[0]),
             "{'decision_id':'01KH8QZ5T0J3M8W6Y2F4B7N9RC','request_id':'%s','release':42,'interface':'c',"
             "'degraded':false,'offers':[%s],%s,'exposures':[%s]}",
             request, offers, sums, exposures);
    for (char *at = bytes; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_reader_init(&reader, bytes, strlen(bytes));
    cr_assert(decision_parts_read(parts, &reader, &error), "%s: %s", error.pointer, error.detail);
}

static char *printed(void (*append)(struct text *, const struct replay_difference *))
{
    text_reset(&text);
    append(&text, &difference);
    text_append_byte(&text, '\0');
    for (char *at = text.bytes; *at != '\0'; at++) {
        *at = *at == '"' ? '\'' : *at;
    }
    return text.bytes;
}

#define NOTHING "'discount':0,'delivery_discount':0"
#define FIRST   "a.log:17: 01KH8QZ5T0J3M8W6Y2F4B7N9RC"

Test(replay_difference, sums_and_rows_that_differ_are_told_before_and_now)
{
    answer(&before, "r", "{'policy':'a'}", "'discount':7,'delivery_discount':3", "{'e':1}");
    answer(&now, "r", "{'policy':'b'},{'policy':'c'}", "'discount':5,'delivery_discount':0", "");
    cr_assert(eq(str, printed(replay_difference_append),
                 FIRST ": discount 7 -> 5, delivery_discount 3 -> 0\n"
                       "    - offer {'policy':'a'}\n"
                       "    + offer {'policy':'b'}\n"
                       "    + offer {'policy':'c'}\n"
                       "    - exposure {'e':1}\n"));
}

Test(replay_difference, rows_that_both_begin_and_end_with_are_left_out)
{
    answer(&before, "r", "", NOTHING, "{'n':1},{'n':2},{'n':3},{'n':4}");
    answer(&now, "r", "", NOTHING, "{'n':1},{'n':9},{'n':4}");
    cr_assert(eq(str, printed(replay_difference_append),
                 FIRST "\n"
                       "    - exposure {'n':2}\n"
                       "    - exposure {'n':3}\n"
                       "    + exposure {'n':9}\n"));
}

Test(replay_difference, a_row_that_comes_once_more_is_one_line)
{
    answer(&before, "r", "{'n':1}", NOTHING, "");
    answer(&now, "r", "{'n':1},{'n':1}", NOTHING, "");
    cr_assert(eq(str, printed(replay_difference_append), FIRST "\n    + offer {'n':1}\n"));
}

Test(replay_difference, another_order_is_a_difference)
{
    answer(&before, "r", "{'n':1},{'n':2}", NOTHING, "");
    answer(&now, "r", "{'n':2},{'n':1}", NOTHING, "");
    cr_assert(eq(str, printed(replay_difference_append),
                 FIRST "\n    - offer {'n':1}\n    - offer {'n':2}\n    + offer {'n':2}\n    + offer {'n':1}\n"));
}

Test(replay_difference, answers_of_the_same_parts_part_at_a_byte)
{
    answer(&before, "r1", "{'n':1}", NOTHING, "");
    answer(&now, "r2", "{'n':1}", NOTHING, "");
    cr_assert(eq(str, printed(replay_difference_append),
                 FIRST "\n    the same offers, discounts and exposures; they part at byte 59\n"));
}

Test(replay_difference, whatever_a_log_holds_it_stays_on_its_line)
{
    difference.place.file = "a\nb\x1b.log";
    answer(&before, "r", "{ 'n' :\n1}", NOTHING, "");
    answer(&now, "r", "{'n':1}", NOTHING, "");
    cr_assert(eq(str, printed(replay_difference_append),
                 "a\\x0ab\\x1b.log:17: 01KH8QZ5T0J3M8W6Y2F4B7N9RC\n"
                 "    - offer { 'n' :\\x0a1}\n"
                 "    + offer {'n':1}\n"));
}

Test(replay_difference, json_has_all_rows_of_both)
{
    answer(&before, "r", "{'n':1},{'n':2}", "'discount':7,'delivery_discount':3", "{'e':1}");
    answer(&now, "r", "{'n':1}", NOTHING, "{'e':1}");
    cr_assert(eq(str, printed(replay_difference_append_json),
                 "{'file':'a.log','line':17,'decision_id':'01KH8QZ5T0J3M8W6Y2F4B7N9RC','release':42,'byte':124,"
                 "'before':{'offers':[{'n':1},{'n':2}],'discount':7,'delivery_discount':3,'exposures':[{'e':1}]},"
                 "'now':{'offers':[{'n':1}],'discount':0,'delivery_discount':0,'exposures':[{'e':1}]}}"));
}
