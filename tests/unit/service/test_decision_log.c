/* From a decision to its line, and the contexts that a replay reads. */
#include "service/decision_log.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct decision_log log_of;
static struct context context;

static void begin(void)
{
    cr_assert(decision_log_init(&log_of, 512 * 1024));
    context_init(&context);
    context.user_id = SLICE("u\"1");
    context.interface = SLICE("checkout");
    context.aoi_count = 1;
    context.aois[0] = SLICE("A1");
    context.amount = 6200;
}

static void end(void)
{
    decision_log_clear(&log_of);
}

TestSuite(decision_log, .init = begin, .fini = end);

static char *next_line(void)
{
    static struct text line;
    struct slice record;
    text_clear(&line);
    text_init(&line, 1 << 20);
    if (record_ring_peek(&log_of.ring, &record)) {
        decision_log_append(&line, record);
        record_ring_next(&log_of.ring);
    }
    text_append_byte(&line, '\0');
    return line.bytes;
}

Test(decision_log, a_line_holds_when_who_and_what)
{
    decision_log_note(&log_of, INT64_C(1770897600123), &context, SLICE("{\"decision_id\":\"x\"}"));
    cr_expect(eq(str, next_line(),
                 "{\"ts\":\"2026-02-12T12:00:00.123Z\",\"context\":{\"user_id\":\"u\\\"1\",\"aoi\":\"A1\","
                 "\"amount\":6200,\"delivery_fee\":0,\"interface\":\"checkout\"},"
                 "\"decision\":{\"decision_id\":\"x\"}}\n"));
    cr_expect(eq(str, next_line(), ""));
}

Test(decision_log, a_share_is_kept_evenly)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < 1000; i++) {
        kept += decision_log_wants(&log_of, 2500);
    }
    cr_expect(eq(u32, kept, 250));
    cr_expect(decision_log_wants(&log_of, 10000));
    cr_expect(not(decision_log_wants(&log_of, 0)));
    cr_expect(not(decision_log_wants(&(struct decision_log){0}, 10000)), "off");
}

Test(decision_log, a_line_past_the_ceiling_is_dropped_and_counted)
{
    static char decision[DECISION_LOG_LINE_BYTES_MAX];
    memset(decision, 'x', sizeof(decision));
    decision_log_note(&log_of, 0, &context, (struct slice){decision, sizeof(decision)});
    cr_expect(eq(u64, counter_read(&log_of.ring.dropped), 1));
    cr_expect(eq(str, next_line(), ""));
}
