#include "service/switches.h"

#include <assert.h>

#include "degrade/breaker.h"
#include "policy/rfc3339.h"

static uint32_t add_from(const struct switch_document *document, enum switch_source source, struct slice name,
                         struct switch_order *orders, uint32_t count)
{
    const struct switch_entry *entry = switch_document_find(document, name);
    enum switch_mode mode;
    if (entry == NULL || !switch_mode_of(entry->mode, &mode)) {
        return count;
    }
    orders[count] = (struct switch_order){.source = source,
                                          .mode = mode,
                                          .is_drill = entry->is_drill,
                                          .is_for_all = slice_equals(name, SLICE("*")),
                                          .until_unix_s = entry->until_unix_s,
                                          .actor = entry->actor,
                                          .reason = entry->reason};
    return count + 1;
}

uint32_t switches_orders(const struct switches *switches, const struct config_interface *interface,
                         struct switch_order *ret_orders)
{
    uint32_t count = 0;
    if (interface->degrade != SWITCH_AUTO) {
        ret_orders[count++] = (struct switch_order){
            .source = SWITCH_FROM_FILE, .mode = interface->degrade, .actor = "", .reason = "the configuration file"};
    }
    const struct slice names[] = {interface->name, SLICE("*")};
    for (unsigned i = 0; i < 2; i++) {
        count = add_from(&switches->redis, SWITCH_FROM_REDIS, names[i], ret_orders, count);
        count = add_from(&switches->admin, SWITCH_FROM_ADMIN, names[i], ret_orders, count);
    }
    return count;
}

struct switch_verdict switches_judge(const struct switches *switches, const struct config_interface *interface,
                                     int64_t now_unix_s)
{
    struct switch_order orders[SWITCH_ORDERS_MAX];
    uint32_t count = switches_orders(switches, interface, orders);
    struct switch_ruling ruling = switch_ruling_of(orders, count, now_unix_s);
    return (struct switch_verdict){.mode = ruling.mode, .is_drill = ruling.drill != NULL};
}

static bool is_over(const struct switch_entry *entry, int64_t now_unix_s)
{
    return switch_time_is_over(entry->until_unix_s, now_unix_s);
}

void switches_hear(struct switches *switches, const struct switch_document *said, int64_t now_unix_s)
{
    struct switch_document *redis = &switches->redis;
    redis->count = redis->faulty = 0;
    for (uint32_t i = 0; i < said->count; i++) {
        if (!is_over(&said->entries[i], now_unix_s)) {
            redis->entries[redis->count++] = said->entries[i];
        }
    }
}

bool switches_may_name(const struct config *config, struct slice name)
{
    return config_interface_find(config, name) != NULL || slice_equals(name, SLICE("*"));
}

static_assert((int)SWITCH_DOCUMENT_ENTRIES_MAX > (int)CONFIG_INTERFACES_MAX, "whoever may be named finds a place");

/* Of a full document, which lacks a name that there may be: so it has one that there may not. */
static struct switch_entry displace(struct switch_document *document, const struct config *config)
{
    uint32_t i = 0;
    while (i < document->count && switches_may_name(config, slice_of(document->entries[i].name))) {
        i++;
    }
    assert(i < document->count);
    struct switch_entry displaced = document->entries[i];
    switch_document_remove(document, slice_of(displaced.name));
    return displaced;
}

struct switch_entry *switches_place(struct switches *switches, const struct config *config, struct slice name,
                                    struct switch_entry *ret_displaced)
{
    struct switch_document *admin = &switches->admin;
    assert(switches_may_name(config, name));
    *ret_displaced = (struct switch_entry){0};
    if (switch_document_find(admin, name) == NULL && admin->count == SWITCH_DOCUMENT_ENTRIES_MAX) {
        *ret_displaced = displace(admin, config);
    }
    return switch_document_put(admin, name);
}

static bool expire_from(struct switch_document *document, int64_t now_unix_s, struct switch_entry *ret_entry)
{
    for (uint32_t i = 0; i < document->count; i++) {
        if (is_over(&document->entries[i], now_unix_s)) {
            *ret_entry = document->entries[i];
            switch_document_remove(document, slice_of(ret_entry->name));
            return true;
        }
    }
    return false;
}

bool switches_expire(struct switches *switches, int64_t now_unix_s, enum switch_source *ret_source,
                     struct switch_entry *ret_entry)
{
    if (expire_from(&switches->admin, now_unix_s, ret_entry)) {
        *ret_source = SWITCH_FROM_ADMIN;
        return true;
    }
    if (expire_from(&switches->redis, now_unix_s, ret_entry)) {
        *ret_source = SWITCH_FROM_REDIS;
        return true;
    }
    return false;
}

/* As JSON */

static void append_member(struct text *text, struct slice prefix, const char *value)
{
    text_append(text, prefix);
    text_append_json_string(text, slice_of(value));
}

static void append_until(struct text *text, int64_t until_unix_s)
{
    if (until_unix_s == 0) {
        text_append(text, SLICE(",\"until\":null"));
        return;
    }
    text_append(text, SLICE(",\"until\":\""));
    rfc3339_append_time(text, until_unix_s);
    text_append_byte(text, '"');
}

static void append_order(struct text *text, const struct switch_order *order)
{
    append_member(text, SLICE("{\"source\":"), switch_source_name(order->source));
    text_append(text, order->is_for_all ? SLICE(",\"for_all\":true") : SLICE(",\"for_all\":false"));
    append_member(text, SLICE(",\"mode\":"), switch_mode_name(order->mode));
    text_append(text, order->is_drill ? SLICE(",\"drill\":true") : SLICE(",\"drill\":false"));
    append_member(text, SLICE(",\"actor\":"), order->actor);
    append_member(text, SLICE(",\"reason\":"), order->reason);
    append_until(text, order->until_unix_s);
    text_append_byte(text, '}');
}

static void append_holder(struct text *text, const struct switch_order *holder)
{
    if (holder == NULL) {
        text_append(text, SLICE(",\"source\":null,\"actor\":\"\",\"reason\":\"\",\"until\":null"));
        return;
    }
    append_member(text, SLICE(",\"source\":"), switch_source_name(holder->source));
    append_member(text, SLICE(",\"actor\":"), holder->actor);
    append_member(text, SLICE(",\"reason\":"), holder->reason);
    append_until(text, holder->until_unix_s);
}

void switches_append(struct text *text, const struct switches *switches, const struct config_interface *interface,
                     const struct breaker *breaker, int64_t now_unix_s)
{
    struct switch_order orders[SWITCH_ORDERS_MAX];
    uint32_t count = switches_orders(switches, interface, orders);
    struct switch_ruling ruling = switch_ruling_of(orders, count, now_unix_s);
    text_append(text, SLICE("{\"interface\":"));
    text_append_json_string(text, interface->name);
    append_member(text, SLICE(",\"mode\":"), switch_mode_name(ruling.mode));
    append_holder(text, ruling.holder);
    text_append(text, ruling.drill != NULL ? SLICE(",\"drill\":true") : SLICE(",\"drill\":false"));
    append_member(text, SLICE(",\"breaker\":"), breaker_state_name(breaker->state));
    text_append(text, SLICE(",\"share_bp\":"));
    text_append_integer(text, breaker->share_bp);
    text_append(text, SLICE(",\"orders\":["));
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            text_append_byte(text, ',');
        }
        append_order(text, &orders[i]);
    }
    text_append(text, SLICE("]}"));
}
