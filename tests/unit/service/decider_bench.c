#include "decider_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "config_text.h"
#include "policy/context_json.h"
#include "service/clock.h"
#include "service/limiter.h"
#include "tests/unit/policy/support.h"

static const struct file *const one_policy =
    FILES({"p.json", "{'id':'p','scope':{'type':'all'},'offer':{'coupon':'C','kind':'amount_off',"
                     "'tiers':[{'reach':5000,'off':800}]}}"});

struct metrics metrics;
struct gauge gauge;
static struct gate_table gates;
static struct limiter *limiter;
struct decider decider;
struct config *in_force;
struct snapshot *snapshot;
struct decision_view view;
struct decision_terms terms;
struct context context;
static struct text text;

void given(const char *rate)
{
    char written[1024];
    snprintf(written, sizeof(written), CONFIG_REQUIRED "%s", rate);
    config_free(in_force);
    in_force = config_of(written);
    cr_assert_not_null(in_force, "%s", errors.items[0].reason);
    limiter_tick(limiter, in_force, SECOND_NS);
    view.config = in_force;
}

void look_at(const struct snapshot *current)
{
    view = decider_view(&decider, in_force, current, INT64_C(1770897600000));
    view.gates = &gates;
}

void ask_as(const char *user_id)
{
    static char json[128]; /* the context points into it */
    struct context_error error;
    int length = snprintf(json, sizeof(json), "{\"user_id\":\"%s\",\"aoi\":\"A1\",\"amount\":%d}", user_id, AMOUNT_FEN);
    cr_assert(eq(int, context_json_parse(json, (size_t)length, &view.rules, &context, &error), CONTEXT_VALID));
}

void decider_bench_begin(void)
{
    limiter = limiter_create(1);
    cr_assert_not_null(limiter);
    cr_assert(decider_init(&decider, &metrics, &gauge, limiter));
    text_init(&text, 1 << 20);
    given("");
    snapshot = snapshot_of(one_policy);
    look_at(snapshot);
    ask_as("u1");
}

void decider_bench_end(void)
{
    text_clear(&text);
    decider_clear(&decider);
    snapshot_free(snapshot);
    config_free(in_force);
    limiter_free(limiter);
}

void set_gate(struct gate gate)
{
    gate_table_write(&gates, GATE, gate);
}

enum admission admit(void)
{
    return decider_admit(&decider, &view, &context, &terms);
}

int admitted_of(int requests, enum admission otherwise)
{
    int admitted = 0;
    for (int i = 0; i < requests; i++) {
        enum admission admission = admit();
        cr_assert(admission == ADMISSION_EVALUATE || admission == otherwise);
        admitted += admission == ADMISSION_EVALUATE;
    }
    return admitted;
}

const char *append(enum admission admission)
{
    text_reset(&text);
    decider_append(&decider, &view, &context, admission, &text);
    text_append_byte(&text, '\0');
    cr_assert(not(text.failed));
    return text.bytes;
}

void wait_for(int64_t ns)
{
    terms.deadline_ns = clock_monotonic_ns() + ns;
}
