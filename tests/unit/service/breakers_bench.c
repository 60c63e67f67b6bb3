#include "breakers_bench.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "config_text.h"

enum { BEGIN_MS = 1000000, WALL_S = 1700000000 };

#define TWO                                                                                                            \
    CONFIG_LISTEN CONFIG_SOURCE                                                                                        \
        "interfaces = ( { name = \"checkout\"; degrade = \"auto\"; fallback = \"safe\"; }, { name = \"browse\"; "      \
        "degrade = \"auto\"; fallback = \"safe\"; } );\n" CONFIG_FALLBACKS

struct config *in_force;
struct breakers breakers;
struct switches switches;
static struct gate_table gates;
struct load load;
int64_t now_ms, now_unix_s;
bool is_memory_short;

void enter_mode(const char *mode)
{
    char text[1024];
    snprintf(text, sizeof(text), TWO "breaker = { mode = \"%s\"; };\n", mode);
    struct config *fresh = config_of(text);
    cr_assert_not_null(fresh);
    gate_table_assign(fresh, in_force != NULL ? in_force : fresh);
    breakers_follow(&breakers, fresh, now_ms);
    config_free(in_force);
    in_force = fresh;
}

void breakers_bench_begin(void)
{
    now_ms = BEGIN_MS;
    now_unix_s = WALL_S;
    breakers_init(&breakers);
    enter_mode("on");
}

void breakers_bench_end(void)
{
    config_free(in_force);
    in_force = NULL;
}

void tick(uint32_t delay_us)
{
    now_ms += PRESSURE_TICK_MS;
    load.facts.delay_us = delay_us;
    load.facts.utilisation_bp = delay_us > 0 ? 10000 : 2000;
    load.facts.requests = 2000;
    load.interfaces[CHECKOUT].asked_in_second = load.interfaces[BROWSE].asked_in_second = 1000;
    const struct breakers_tick one = {
        .config = in_force, .load = &load, .is_memory_short = is_memory_short, .now_ms = now_ms, .chance_bp = 5000};
    breakers_tick(&breakers, &one);
    breakers_publish(&breakers, in_force, &switches, now_unix_s, &gates);
}

void ticks(uint32_t count, uint32_t delay_us)
{
    for (uint32_t i = 0; i < count; i++) {
        tick(delay_us);
    }
}

void order(const char *name, const char *mode)
{
    struct switch_entry *entry = switch_document_put(&switches.admin, slice_of(name));
    snprintf(entry->mode, sizeof(entry->mode), "%s", mode);
    entry->until_unix_s = now_unix_s + 3600;
}

void obey(void)
{
    breakers_obey(&breakers, in_force, &switches, now_ms, now_unix_s);
    breakers_publish(&breakers, in_force, &switches, now_unix_s, &gates);
}

void switch_on_and_back(void)
{
    order("*", "on");
    obey();
    switch_document_remove(&switches.admin, SLICE("*"));
    obey();
}

enum breaker_state state(uint32_t gate)
{
    return breakers.by_gate[gate].state;
}

uint32_t share_bp(uint32_t gate)
{
    return breakers.by_gate[gate].share_bp;
}

struct gate gate(uint32_t slot)
{
    return gate_table_read(&gates, slot);
}
