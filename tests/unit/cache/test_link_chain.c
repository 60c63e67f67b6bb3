#include "cache/link_chain.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static char visits[4096];

static void set_up(void)
{
    scratch_make(&scratch);
    char real[PATH_MAX];
    cr_assert(realpath(scratch.path, real) != NULL);
    snprintf(scratch.path, sizeof(scratch.path), "%.255s", real);
    visits[0] = '\0';
}

static void tear_down(void)
{
    scratch_remove(&scratch);
}

TestSuite(link_chain, .init = set_up, .fini = tear_down);

/* Notes "folder:name " with the folder relative to the scratch folder. */
static void note_visit(void *context, const char *folder, const char *name)
{
    (void)context;
    const char *relative = folder + strlen(scratch.path);
    size_t length = strlen(visits);
    snprintf(visits + length, sizeof(visits) - length, "%s:%s ", relative, name);
}

static enum link_chain_end follow(const char *name)
{
    struct link_visitor visitor = {.visit = note_visit};
    struct link_chain chain;
    return link_chain_follow("/", scratch_path(&scratch, name), &visitor, &chain);
}

Test(link_chain, a_plain_file_is_visited_once_in_its_folder)
{
    scratch_folder(&scratch, "a");
    scratch_write(&scratch, "a/file", "");
    cr_assert(eq(int, follow("a/file"), LINK_CHAIN_FILE));
    cr_assert(eq(str, visits, "/a:file "));
}

Test(link_chain, each_link_is_visited_where_it_lies)
{
    scratch_folder(&scratch, "releases");
    scratch_folder(&scratch, "releases/v2");
    scratch_link(&scratch, "releases/current", "v2");
    scratch_link(&scratch, "policies", "releases/current");
    cr_assert(eq(int, follow("policies"), LINK_CHAIN_FOLDER));
    cr_assert(eq(str, visits, ":policies /releases:current /releases:v2 "));
}

Test(link_chain, an_absolute_target_and_dots_are_followed)
{
    scratch_folder(&scratch, "b");
    scratch_write(&scratch, "file", "");
    scratch_link(&scratch, "b/up", "../b/./..");
    scratch_link(&scratch, "there", scratch_path(&scratch, "b"));
    cr_assert(eq(int, follow("there/up/file"), LINK_CHAIN_FILE));
    cr_assert(eq(str, visits, ":there /b:up :file "));
}

Test(link_chain, the_first_missing_component_is_visited)
{
    cr_assert(eq(int, follow("no/such/file"), LINK_CHAIN_MISSING));
    cr_assert(eq(str, visits, ":no "));
}

Test(link_chain, a_file_where_a_folder_should_be_is_missing)
{
    scratch_write(&scratch, "file", "");
    cr_assert(eq(int, follow("file/below"), LINK_CHAIN_MISSING));
    cr_assert(eq(str, visits, ":file "));
}

Test(link_chain, a_ring_of_links_ends)
{
    scratch_link(&scratch, "a", "b");
    scratch_link(&scratch, "b", "a");
    cr_assert(eq(int, follow("a"), LINK_CHAIN_MISSING));
}

Test(link_chain, a_path_too_long_is_missing)
{
    char path[PATH_MAX + 10];
    memset(path, '/', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    struct link_visitor visitor = {.visit = note_visit};
    struct link_chain chain;
    cr_assert(eq(int, link_chain_follow("/", path, &visitor, &chain), LINK_CHAIN_MISSING));
}
