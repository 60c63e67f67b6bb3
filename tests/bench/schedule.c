#include "tests/bench/schedule.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>

#define SECOND_NS      UINT64_C(1000000000)
#define MILLISECOND_NS UINT64_C(1000000)

/* Digits up to a ceiling; strtoull would take signs and blanks too. */
static const char *number_parse(const char *text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (!isdigit((unsigned char)*text)) {
        return NULL;
    }
    for (; isdigit((unsigned char)*text); text++) {
        number = number * 10 + (uint64_t)(*text - '0');
        if (number > max) {
            return NULL;
        }
    }
    *ret_number = number;
    return text;
}

static const char *seconds_parse(const char *text, uint64_t *ret_ns)
{
    uint64_t seconds, thousandths = 0, unit = 100;
    text = number_parse(text, SCHEDULE_SECONDS_MAX, &seconds);
    if (text && *text == '.') {
        text++;
        if (!isdigit((unsigned char)*text)) {
            return NULL;
        }
        for (; isdigit((unsigned char)*text) && unit > 0; text++, unit /= 10) {
            thousandths += unit * (uint64_t)(*text - '0');
        }
    }
    *ret_ns = seconds * SECOND_NS + thousandths * MILLISECOND_NS;
    return text;
}

static const char *phase_parse(const char *text, struct schedule *schedule)
{
    struct schedule_phase *phase = &schedule->phases[schedule->phases_count];
    uint64_t length_ns = 0;

    text = number_parse(text, SCHEDULE_RATE_MAX, &phase->rate_per_s);
    text = text && *text == ':' ? seconds_parse(text + 1, &length_ns) : NULL;
    if (!text || length_ns == 0) {
        return NULL;
    }
    phase->start_ns = schedule->end_ns;
    phase->end_ns = phase->start_ns + length_ns;
    phase->first = schedule->requests_count;
    phase->count = (phase->rate_per_s * length_ns + SECOND_NS - 1) / SECOND_NS;
    schedule->end_ns = phase->end_ns;
    schedule->requests_count += phase->count;
    schedule->phases_count++;
    return text;
}

const char *schedule_parse(const char *text, struct schedule *ret_schedule)
{
    struct schedule schedule = {0};

    for (;;) {
        if (schedule.phases_count == SCHEDULE_PHASES_MAX) {
            return "more phases than SCHEDULE_PHASES_MAX";
        }
        text = phase_parse(text, &schedule);
        if (!text || (*text != ',' && *text != '\0')) {
            return "expected RATE:SECONDS,RATE:SECONDS,... within the ranges";
        }
        if (schedule.end_ns > SCHEDULE_SECONDS_MAX * SECOND_NS) {
            return "the phases together are longer than SCHEDULE_SECONDS_MAX";
        }
        if (*text++ == '\0') {
            break;
        }
    }
    if (schedule.requests_count == 0) {
        return "no phase has a request";
    }
    *ret_schedule = schedule;
    return NULL;
}

struct schedule schedule_of_trace(const uint64_t *offsets_ns, uint64_t count)
{
    assert(count > 0);
    uint64_t end_ns = offsets_ns[count - 1] + 1;
    return (struct schedule){.phases = {{.end_ns = end_ns, .count = count}},
                             .phases_count = 1,
                             .requests_count = count,
                             .end_ns = end_ns,
                             .offsets_ns = offsets_ns};
}

unsigned schedule_phase_of(const struct schedule *schedule, uint64_t sequence)
{
    assert(sequence < schedule->requests_count);
    unsigned phase = 0;
    while (sequence >= schedule->phases[phase].first + schedule->phases[phase].count) {
        phase++;
    }
    return phase;
}

uint64_t schedule_due_ns(const struct schedule *schedule, uint64_t sequence)
{
    const struct schedule_phase *phase = &schedule->phases[schedule_phase_of(schedule, sequence)];
    if (schedule->offsets_ns) {
        return schedule->offsets_ns[sequence];
    }
    return phase->start_ns + (sequence - phase->first) * SECOND_NS / phase->rate_per_s;
}
