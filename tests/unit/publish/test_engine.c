#include "publish/engine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/context_json.h"

static const struct command command = {.name = "test"};
static struct engine engine;
static char folder[] = "/tmp/test_engine.XXXXXX";

static void set_up(void)
{
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

static void remove_file(const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    unlink(path);
}

static void tear_down(void)
{
    engine_close(&engine);
    remove_file("a.json");
    remove_file("b.json");
    rmdir(folder);
}

TestSuite(engine, .init = set_up, .fini = tear_down);

static void write_policy(const char *name, const char *id)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *stream = fopen(path, "w");
    fprintf(stream, "{\"id\":\"%s\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"}}",
            id);
    fclose(stream);
}

static enum context_outcome read_context(struct context *context, const char *text)
{
    static char bytes[256];
    struct context_error error;
    snprintf(bytes, sizeof(bytes), "%s", text);
    return context_json_parse(bytes, strlen(bytes), &engine_context_rules, context, &error);
}

Test(engine, it_decides_by_the_directory)
{
    static struct context context;
    write_policy("a.json", "a");
    cr_assert(engine_open(&engine, &command, folder, 10));
    cr_assert(eq(int, read_context(&context, "{\"user_id\":\"u\",\"aoi\":\"A\",\"amount\":1}"), CONTEXT_VALID));
    evaluate(engine.evaluation, engine.snapshot, &context, 0);
    cr_assert(eq(u32, engine.evaluation->offer_count, 1));
}

Test(engine, any_interface_may_be_named_and_checkout_is_the_default)
{
    static struct context context;
    read_context(&context, "{\"user_id\":\"u\",\"aoi\":\"A\",\"amount\":1}");
    cr_expect(slice_equals(context.interface, SLICE("checkout")));
    read_context(&context, "{\"user_id\":\"u\",\"aoi\":\"A\",\"amount\":1,\"interface\":\"anything\"}");
    cr_expect(slice_equals(context.interface, SLICE("anything")));
}

Test(engine, a_set_that_is_refused_opens_nothing)
{
    write_policy("a.json", "No Id");
    cr_assert(not(engine_open(&engine, &command, folder, 10)));
    cr_assert(eq(ptr, engine.snapshot, NULL));
}

Test(engine, the_worst_case_is_held_against_the_ceiling)
{
    write_policy("a.json", "a");
    cr_expect(engine_open(&engine, &command, folder, 1));
    engine_close(&engine);
    write_policy("b.json", "b");
    cr_expect(not(engine_open(&engine, &command, folder, 1)));
}
