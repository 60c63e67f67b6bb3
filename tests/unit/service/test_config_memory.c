/*
 * Memory ends at every allocation of ours in turn: refused, nothing leaks, the next try is complete.
 *
 * The linker puts the functions below in the place of the allocator for our own objects only (--wrap): libconfig, a
 * shared library, keeps its memory; version 1.5 does not survive otherwise.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "config_text.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static long granted = -1; /* how many more; -1: any number */
static bool was_refused;

static bool grants(void)
{
    if (granted == 0) {
        was_refused = true;
        return false;
    }
    granted -= granted > 0;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return grants() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return grants() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return grants() ? __real_realloc(memory, size) : NULL;
}

static const char complete[] = CONFIG_REQUIRED "state_dir = \"state\"; admin = { token_file = \"token\"; };\n";

Test(config_memory, running_out_at_any_allocation_of_a_load_is_an_error_and_no_leak)
{
    long refusals = 0;
    for (long grant = 0;; grant++) {
        was_refused = false;
        granted = grant;
        struct config *config = config_of(complete);
        granted = -1;
        if (!was_refused) {
            cr_assert_not_null(config);
            config_free(config);
            break;
        }
        cr_assert_null(config, "with %ld allocations", grant);
        cr_assert_str_eq(errors.items[0].reason, "out of memory");
        refusals++;
    }
    cr_assert(gt(long, refusals, 3));
}

Test(config_memory, running_out_while_settings_are_kept_is_told)
{
    static char long_path[20000];
    struct config *running = config_of(complete);
    struct config *fresh = config_of(CONFIG_REQUIRED "state_dir = \"other\";\n");
    cr_assert(ne(ptr, running, NULL));
    cr_assert(ne(ptr, fresh, NULL));
    /* Uses up what the arena has at hand. */
    cr_assert(ne(ptr, arena_allocate(&fresh->arena, sizeof(long_path)), NULL));
    granted = 0;
    size_t kept = config_keep_restart_settings(fresh, running, NULL, 0);
    granted = -1;
    cr_assert(eq(sz, kept, CONFIG_KEEP_FAILED));
    config_free(fresh);
    config_free(running);
}

Test(config_memory, printing_into_too_little_room_fails_and_does_not_overrun)
{
    struct config *config = config_of(complete);
    struct text text;
    text_init(&text, 100);
    config_print(&text, config);
    cr_assert(text.failed);
    cr_assert(le(sz, text.length, 100));
    text_clear(&text);
    config_free(config);
}
