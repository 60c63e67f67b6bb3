#include "tests/bench/response.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 5\r\n\r\n"

static struct response response;

static enum response_state take(const char *bytes)
{
    return response_take(&response, bytes, strlen(bytes));
}

/* All bytes of a text one by one; the state after the last. */
static enum response_state take_bytewise(const char *bytes)
{
    enum response_state state = RESPONSE_PARTIAL;
    for (; *bytes; bytes++) {
        state = response_take(&response, bytes, 1);
    }
    return state;
}

Test(response, one_piece_is_complete_at_its_last_byte)
{
    response_reset(&response);
    cr_assert_eq(take(OK_HEAD "hell"), RESPONSE_PARTIAL);
    cr_assert_eq(take("o"), RESPONSE_COMPLETE);
    cr_assert_eq(response.status, 200);
    cr_assert_eq(response.body_bytes, 5);
    cr_assert_eq(response.cause, RESPONSE_CAUSE_NONE);
}

Test(response, the_same_bytes_one_by_one_give_the_same)
{
    response_reset(&response);
    cr_assert_eq(take_bytewise(OK_HEAD "hell"), RESPONSE_PARTIAL);
    cr_assert_eq(take("o"), RESPONSE_COMPLETE);
    cr_assert_eq(response.status, 200);
}

Test(response, a_head_cut_anywhere_followed_by_the_rest_is_complete)
{
    static const char whole[] = OK_HEAD "hello";
    for (size_t cut = 1; cut < sizeof whole - 1; cut++) {
        response_reset(&response);
        cr_assert_eq(response_take(&response, whole, cut), RESPONSE_PARTIAL, "cut at %zu", cut);
        cr_assert_eq(take(whole + cut), RESPONSE_COMPLETE, "cut at %zu", cut);
    }
}

Test(response, an_empty_body_is_complete_with_its_head)
{
    response_reset(&response);
    cr_assert_eq(take("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), RESPONSE_COMPLETE);
    cr_assert_eq(response.status, 204);
}

Test(response, a_byte_past_the_end_breaks_the_frame)
{
    response_reset(&response);
    cr_assert_eq(take(OK_HEAD "hello!"), RESPONSE_BROKEN);
}

Test(response, a_head_without_a_length_is_broken)
{
    response_reset(&response);
    cr_assert_eq(take("HTTP/1.1 200 OK\r\n\r\n"), RESPONSE_BROKEN);
}

Test(response, two_lengths_are_broken)
{
    response_reset(&response);
    cr_assert_eq(take("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"), RESPONSE_BROKEN);
}

Test(response, a_head_that_never_ends_is_broken_at_the_ceiling)
{
    response_reset(&response);
    for (size_t i = 0; i < RESPONSE_HEAD_MAX; i++) {
        cr_assert_eq(take("x"), RESPONSE_PARTIAL);
    }
    cr_assert_eq(take("x"), RESPONSE_BROKEN);
}

static enum response_cause cause_of(const char *value)
{
    char bytes[128];
    snprintf(bytes, sizeof bytes, "HTTP/1.1 200 OK\r\nX-Promo-Degraded: %s\r\nContent-Length: 1\r\n\r\nx", value);
    response_reset(&response);
    cr_assert_eq(take(bytes), RESPONSE_COMPLETE);
    return response.cause;
}

Test(response, the_cause_of_a_degraded_answer_is_kept)
{
    cr_assert_eq(cause_of("switch"), RESPONSE_CAUSE_SWITCH);
    cr_assert_eq(cause_of("saturated"), RESPONSE_CAUSE_SATURATED);
    cr_assert_eq(cause_of("no_snapshot"), RESPONSE_CAUSE_NO_SNAPSHOT);
    cr_assert_eq(cause_of("rate_limited"), RESPONSE_CAUSE_RATE_LIMITED);
    cr_assert_eq(cause_of("budget"), RESPONSE_CAUSE_BUDGET);
}

Test(response, a_cause_that_nobody_knows_is_no_full_decision)
{
    cr_assert_eq(cause_of("saturate"), RESPONSE_CAUSE_OTHER);
    cr_assert_eq(cause_of(""), RESPONSE_CAUSE_OTHER);
}

Test(response, the_cause_of_the_answer_before_is_forgotten)
{
    cr_assert_eq(cause_of("switch"), RESPONSE_CAUSE_SWITCH);
    response_reset(&response);
    cr_assert_eq(take(OK_HEAD "hello"), RESPONSE_COMPLETE);
    cr_assert_eq(response.cause, RESPONSE_CAUSE_NONE);
}
