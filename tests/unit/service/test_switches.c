#include "service/switches.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "degrade/breaker.h"

enum { NOW = 1700000000 };

static struct switches switches;
static struct config_interface checkout;

static void begin(void)
{
    checkout = (struct config_interface){.name = SLICE("checkout")};
}

TestSuite(switches, .init = begin);

static struct switch_entry *put(struct switch_document *document, const char *name, const char *mode,
                                int64_t until_unix_s)
{
    struct switch_entry *entry = switch_document_put(document, slice_of(name));
    cr_assert_not_null(entry);
    snprintf(entry->mode, sizeof(entry->mode), "%s", mode);
    snprintf(entry->actor, sizeof(entry->actor), "li.wei");
    snprintf(entry->reason, sizeof(entry->reason), "%s of %s", mode, name);
    entry->until_unix_s = until_unix_s;
    return entry;
}

static struct switch_verdict judge(void)
{
    return switches_judge(&switches, &checkout, NOW);
}

Test(switches, without_orders_the_verdict_is_auto)
{
    cr_assert(eq(int, judge().mode, SWITCH_AUTO));
    cr_assert(not(judge().is_drill));
}

Test(switches, the_verdict_is_what_all_sources_say_together)
{
    const enum switch_mode modes[] = {SWITCH_AUTO, SWITCH_ON, SWITCH_NEVER};
    for (int i = 0; i < 27; i++) {
        enum switch_mode of_redis = modes[i / 3 % 3], of_admin = modes[i / 9];
        switches = (struct switches){0};
        checkout.degrade = modes[i % 3];
        put(&switches.redis, "checkout", switch_mode_name(of_redis), NOW + 60);
        put(&switches.admin, "*", switch_mode_name(of_admin), NOW + 60);
        enum switch_mode joined = switch_mode_join(checkout.degrade, switch_mode_join(of_redis, of_admin));
        cr_assert_eq(judge().mode, joined, "case %d", i);
    }
}

Test(switches, what_redis_says_replaces_what_it_said_but_for_what_is_over)
{
    struct switch_document said = {0};
    put(&switches.redis, "cart", "on", 0);
    put(&switches.admin, "cart", "on", 0);
    put(&said, "browse", "on", NOW);
    put(&said, "checkout", "on", NOW + 1);
    put(&said, "*", "never", 0);
    switches_hear(&switches, &said, NOW);
    cr_assert(eq(u32, switches.redis.count, 2));
    cr_assert(eq(str, switches.redis.entries[0].name, "checkout"));
    cr_assert(eq(str, switches.redis.entries[1].name, "*"));
    cr_assert(eq(u32, switches.admin.count, 1));
}

/* A configuration with one interface, checkout. */
static struct config one_interface(void)
{
    return (struct config){.interfaces = &checkout, .interface_count = 1};
}

/* 65 places: those of `gone0` on, but for the first `known` of them. */
static void fill(const char *const *known, uint32_t count)
{
    for (uint32_t i = 0; i < SWITCH_DOCUMENT_ENTRIES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "gone%u", i);
        put(&switches.admin, i < count ? known[i] : name, "on", 0);
    }
}

Test(switches, an_order_of_a_gone_interface_gives_its_place_to_one_that_has_none)
{
    const struct config config = one_interface();
    struct switch_entry displaced;
    fill((const char *const[]){"*"}, 1);
    struct switch_entry *place = switches_place(&switches, &config, SLICE("checkout"), &displaced);
    cr_assert(eq(str, place->name, "checkout"));
    cr_assert(eq(str, place->mode, ""));
    cr_assert(eq(str, displaced.name, "gone1"));
    cr_assert(eq(str, displaced.reason, "on of gone1"));
    cr_assert(eq(u32, switches.admin.count, SWITCH_DOCUMENT_ENTRIES_MAX));
    cr_assert_null(switch_document_find(&switches.admin, SLICE("gone1")));
    cr_assert_not_null(switch_document_find(&switches.admin, SLICE("*")));
}

Test(switches, nobody_has_to_go_for_an_order_that_has_its_place)
{
    const struct config config = one_interface();
    struct switch_entry displaced;
    fill((const char *const[]){"*", "checkout"}, 2);
    cr_assert(eq(str, switches_place(&switches, &config, SLICE("checkout"), &displaced)->name, "checkout"));
    cr_assert(eq(str, displaced.name, ""));
    cr_assert_not_null(switch_document_find(&switches.admin, SLICE("gone2")));
}

Test(switches, nobody_has_to_go_where_there_is_room)
{
    const struct config config = one_interface();
    struct switch_entry displaced;
    put(&switches.admin, "gone", "on", 0);
    cr_assert(eq(str, switches_place(&switches, &config, SLICE("*"), &displaced)->name, "*"));
    cr_assert(eq(str, displaced.name, ""));
    cr_assert(eq(u32, switches.admin.count, 2));
}

Test(switches, an_order_for_all_counts_for_each_and_one_for_another_does_not)
{
    put(&switches.redis, "browse", "on", 0);
    cr_assert(eq(int, judge().mode, SWITCH_AUTO));
    put(&switches.redis, "*", "on", 0);
    cr_assert(eq(int, judge().mode, SWITCH_ON));
}

Test(switches, never_of_one_source_is_no_way_around_anothers_on)
{
    put(&switches.redis, "*", "on", 0);
    put(&switches.admin, "checkout", "never", NOW + 60);
    cr_assert(eq(int, judge().mode, SWITCH_ON));
}

Test(switches, an_entry_that_is_faulty_or_of_an_unknown_mode_is_no_order)
{
    put(&switches.redis, "checkout", "off", 0);
    put(&switches.admin, "checkout", "", 0)->fault = "has no mode";
    struct switch_order orders[SWITCH_ORDERS_MAX];
    cr_assert(eq(u32, switches_orders(&switches, &checkout, orders), 0));
}

Test(switches, orders_come_file_first_then_by_name_then_for_all)
{
    checkout.degrade = SWITCH_NEVER;
    put(&switches.admin, "*", "on", 0);
    put(&switches.redis, "*", "auto", 0);
    put(&switches.admin, "checkout", "on", 0);
    put(&switches.redis, "checkout", "on", 0);
    struct switch_order orders[SWITCH_ORDERS_MAX];
    cr_assert(eq(u32, switches_orders(&switches, &checkout, orders), 5));
    const enum switch_source sources[] = {SWITCH_FROM_FILE, SWITCH_FROM_REDIS, SWITCH_FROM_ADMIN, SWITCH_FROM_REDIS,
                                          SWITCH_FROM_ADMIN};
    for (int i = 0; i < 5; i++) {
        cr_assert(eq(int, orders[i].source, sources[i]), "order %d", i);
        cr_assert(eq(int, orders[i].is_for_all, i >= 3), "order %d", i);
    }
}

Test(switches, what_is_over_is_taken_out_one_after_the_other_and_named)
{
    put(&switches.redis, "browse", "on", NOW - 5);
    put(&switches.redis, "cart", "on", 0);
    put(&switches.admin, "cart", "on", NOW + 1);
    put(&switches.admin, "checkout", "never", NOW);
    enum switch_source source;
    struct switch_entry entry;
    cr_assert(switches_expire(&switches, NOW, &source, &entry));
    cr_assert(eq(int, source, SWITCH_FROM_ADMIN));
    cr_assert(eq(str, entry.name, "checkout"));
    cr_assert(switches_expire(&switches, NOW, &source, &entry));
    cr_assert(eq(int, source, SWITCH_FROM_REDIS));
    cr_assert(eq(str, entry.name, "browse"));
    cr_assert(not(switches_expire(&switches, NOW, &source, &entry)));
    cr_assert(eq(u32, switches.admin.count, 1));
    cr_assert(eq(u32, switches.redis.count, 1));
}

Test(switches, nothing_is_over_leaves_what_is_returned_untouched)
{
    enum switch_source source = SWITCH_FROM_FILE;
    struct switch_entry entry = {.name = "kept"};
    cr_assert(not(switches_expire(&switches, NOW, &source, &entry)));
    cr_assert(eq(int, source, SWITCH_FROM_FILE));
    cr_assert(eq(str, entry.name, "kept"));
}

/* The JSON, in a text that lasts until the next. */
static const char *json(const struct breaker *breaker)
{
    static char bytes[4096];
    struct text text;
    text_init(&text, sizeof(bytes) - 1);
    switches_append(&text, &switches, &checkout, breaker, NOW);
    cr_assert_not(text.failed);
    memcpy(bytes, text.bytes, text.length);
    bytes[text.length] = '\0';
    text_clear(&text);
    return bytes;
}

Test(switches, without_orders_the_answer_says_auto_and_what_the_breaker_does)
{
    struct breaker breaker = {.state = BREAKER_SHEDDING, .share_bp = 1234};
    cr_assert_str_eq(json(&breaker), "{\"interface\":\"checkout\",\"mode\":\"auto\",\"source\":null,\"actor\":\"\","
                                     "\"reason\":\"\",\"until\":null,\"drill\":false,\"breaker\":\"shedding\","
                                     "\"share_bp\":1234,\"orders\":[]}");
}

Test(switches, the_answer_names_the_holder_and_every_order)
{
    struct breaker breaker = {.state = BREAKER_FORCED_OPEN};
    put(&switches.redis, "*", "on", NOW + 100);
    put(&switches.admin, "checkout", "on", 0)->is_drill = true;
    cr_assert_str_eq(json(&breaker),
                     "{\"interface\":\"checkout\",\"mode\":\"on\",\"source\":\"redis\",\"actor\":\"li.wei\","
                     "\"reason\":\"on of *\",\"until\":\"2023-11-14T22:15:00Z\",\"drill\":true,"
                     "\"breaker\":\"forced_open\",\"share_bp\":0,\"orders\":["
                     "{\"source\":\"admin\",\"for_all\":false,\"mode\":\"on\",\"drill\":true,\"actor\":\"li.wei\","
                     "\"reason\":\"on of checkout\",\"until\":null},"
                     "{\"source\":\"redis\",\"for_all\":true,\"mode\":\"on\",\"drill\":false,\"actor\":\"li.wei\","
                     "\"reason\":\"on of *\",\"until\":\"2023-11-14T22:15:00Z\"}]}");
}
