#include "degrade/switch_ruling.h"

#include <assert.h>
#include <stddef.h>

/* What protects the gateway must not stay off because somebody forgot it. */
static bool is_too_long(const struct switch_order *order, int64_t now_unix_s)
{
    if (order->mode != SWITCH_NEVER || order->source == SWITCH_FROM_FILE) {
        return false;
    }
    return order->until_unix_s == 0 || order->until_unix_s - now_unix_s > SWITCH_NEVER_S_MAX;
}

static bool counts(const struct switch_order *order, int64_t now_unix_s)
{
    return !switch_time_is_over(order->until_unix_s, now_unix_s) && !is_too_long(order, now_unix_s);
}

static const struct switch_order *first_of(const struct switch_order *orders, uint32_t count, enum switch_mode mode,
                                           bool is_drill, int64_t now_unix_s)
{
    for (uint32_t i = 0; i < count; i++) {
        if (orders[i].mode == mode && orders[i].is_drill == is_drill && counts(&orders[i], now_unix_s)) {
            return &orders[i];
        }
    }
    return NULL;
}

struct switch_ruling switch_ruling_of(const struct switch_order *orders, uint32_t count, int64_t now_unix_s)
{
    struct switch_ruling ruling = {.mode = SWITCH_ON, .drill = first_of(orders, count, SWITCH_ON, true, now_unix_s)};
    ruling.holder = first_of(orders, count, SWITCH_ON, false, now_unix_s);
    if (ruling.holder == NULL) {
        ruling.mode = SWITCH_NEVER;
        ruling.holder = first_of(orders, count, SWITCH_NEVER, false, now_unix_s);
    }
    if (ruling.holder == NULL) {
        ruling.mode = SWITCH_AUTO;
    }
    return ruling;
}

const char *switch_source_name(enum switch_source source)
{
    static const char *const names[] = {
#define ROW(enumerator, name) [enumerator] = (name),
        SWITCH_SOURCES(ROW)
#undef ROW
    };
    assert((unsigned)source < SWITCH_SOURCE_COUNT);
    return names[source];
}
