#include "cache/shelf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct shelf shelf;

static struct digest name_of(const char *content)
{
    return digest_of(content, strlen(content));
}

static void put(const char *content)
{
    struct digest digest = name_of(content);
    cr_assert(shelf_put(&shelf, &digest, strdup(content), strlen(content)));
}

static char *take(const char *content)
{
    struct digest digest = name_of(content);
    return shelf_take(&shelf, &digest);
}

static bool has(const char *content)
{
    struct digest digest = name_of(content);
    cr_assert(eq(int, shelf_has(&shelf, &digest), shelf_look(&shelf, &digest).length == strlen(content)));
    return shelf_has(&shelf, &digest);
}

static void setup(void)
{
    shelf_init(&shelf);
}

static void teardown(void)
{
    shelf_clear(&shelf);
}

TestSuite(shelf, .init = setup, .fini = teardown);

Test(shelf, what_is_lent_is_not_there_until_it_comes_back)
{
    put("a");
    char *bytes = take("a");
    cr_assert(eq(str, bytes, "a"));
    cr_assert(not(has("a")));
    cr_assert(eq(ptr, take("a"), NULL));
    struct digest digest = name_of("a");
    shelf_return(&shelf, &digest, bytes);
    cr_assert(has("a"));
}

Test(shelf, what_was_never_lent_is_freed_when_it_comes)
{
    struct digest digest = name_of("stranger");
    shelf_return(&shelf, &digest, strdup("stranger"));
    cr_assert(not(has("stranger")));
}

/* From release {a, b} to {a, c}: a is lent, b becomes what was before. */
static void go_from_ab_to_ac(void)
{
    put("a");
    put("b");
    char *a = take("a");
    shelf_turn(&shelf);
    struct digest digest = name_of("a");
    cr_assert(shelf_put(&shelf, &digest, a, 1));
    put("c");
}

Test(shelf, the_release_before_is_kept_where_it_differs)
{
    go_from_ab_to_ac();
    cr_assert(has("a") && has("b") && has("c"));
    cr_assert(eq(u32, shelf.numbers.count, 3));
}

Test(shelf, a_rollback_finds_all_it_needs)
{
    go_from_ab_to_ac();
    char *a = take("a"), *b = take("b");
    cr_assert(not(zero(ptr, a)));
    cr_assert(not(zero(ptr, b)));
    shelf_turn(&shelf);
    struct digest digest_a = name_of("a"), digest_b = name_of("b");
    cr_assert(shelf_put(&shelf, &digest_a, a, 1) && shelf_put(&shelf, &digest_b, b, 1));
    cr_assert(has("a") && has("b") && has("c"), "and c is what was before now");
}

Test(shelf, what_is_two_releases_old_is_gone)
{
    go_from_ab_to_ac();
    shelf_turn(&shelf);
    put("d");
    cr_assert(not(has("b")));
    cr_assert(has("a") && has("c") && has("d"));
}

Test(shelf, the_same_content_twice_is_held_once)
{
    put("a");
    put("a");
    cr_assert(eq(u32, shelf.numbers.count, 1));
    cr_assert(has("a"));
}

Test(shelf, it_grows)
{
    char content[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(content, sizeof(content), "document %d", i);
        put(content);
    }
    cr_assert(has("document 0") && has("document 4999") && has("document 32"));
    shelf_turn(&shelf);
    cr_assert(has("document 0") && has("document 4999"));
    shelf_turn(&shelf);
    cr_assert(eq(u32, shelf.numbers.count, 0));
}
