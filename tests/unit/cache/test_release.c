#include "cache/release.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct documents documents;
static struct problems problems;
static const struct snapshot_limits limits = {.candidates_max = 10};

static void set_up(void)
{
    documents_init(&documents);
    problems_init(&problems);
}

static void tear_down(void)
{
    documents_clear(&documents);
    problems_clear(&problems);
}

TestSuite(release, .init = set_up, .fini = tear_down);

static void add(const char *name, const char *content)
{
    cr_assert(documents_add(&documents, name, strdup(content), strlen(content)));
}

Test(release, a_good_set_becomes_a_snapshot)
{
    add("a.json", "{\"id\":\"a\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"}}");
    struct snapshot *snapshot = release_compile(&documents, 0, &limits, &problems);
    cr_assert(snapshot != NULL);
    cr_assert(eq(u32, snapshot_facts(snapshot).policies, 1));
    snapshot_free(snapshot);
}

Test(release, problems_of_reading_refuse_the_set_and_those_of_the_rest_are_told_too)
{
    problems_add(&problems, "a.json", "", "cannot be opened");
    add("b.json", "[]");
    cr_assert(release_compile(&documents, 0, &limits, &problems) == NULL);
    cr_assert(gt(sz, problems.total, 1));
}

Test(release, a_set_whose_rest_is_good_is_refused_all_the_same)
{
    problems_add(&problems, "a.json", "", "cannot be opened");
    cr_assert(release_compile(&documents, 0, &limits, &problems) == NULL);
    cr_assert(eq(sz, problems.total, 1));
}
