#include "cache/suspicion.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const struct suspicion_limits limits = {.drop_max_bp = 5000, .release_max_bytes = 1000};
static struct problems problems;

static struct root root_of(uint64_t release, uint32_t policies)
{
    struct root root = {.release = release, .policies = policies, .document_bytes = 500};
    root.manifest.digest.bytes[0] = (uint8_t)policies;
    return root;
}

static bool clears(const struct root *root, const struct root *in_force)
{
    problems_clear(&problems);
    problems_init(&problems);
    bool is_clear = suspicion_clears(root, in_force, &limits, &problems);
    cr_assert(eq(int, is_clear, problems.total == 0));
    return is_clear;
}

static bool says(const char *words)
{
    return problems.total == 1 && strstr(problems.items[0].reason, words) != NULL;
}

Test(suspicion, an_ordinary_successor_is_clear)
{
    struct root now = root_of(7, 14), next = root_of(8, 15), first = root_of(1, 1);
    cr_assert(clears(&next, &now));
    cr_assert(clears(&first, NULL));
    cr_assert(clears(&now, &now), "asked again");
    problems_clear(&problems);
}

Test(suspicion, an_older_release_means_that_redis_lost_data)
{
    struct root now = root_of(7, 14), older = root_of(6, 14);
    cr_assert(not(clears(&older, &now)));
    cr_assert(says("is older than 7"));
    cr_assert(says("--release 8 or higher"));
    older.is_forced = true;
    cr_assert(not(clears(&older, &now)), "nobody can confirm that");
    older.rollback_of = 5;
    cr_assert(not(clears(&older, &now)), "a rollback has a new number");
    problems_clear(&problems);
}

Test(suspicion, the_same_number_with_other_content_is_refused)
{
    struct root now = root_of(7, 14), other = root_of(7, 13);
    cr_assert(not(clears(&other, &now)));
    cr_assert(says("has other content"));
    problems_clear(&problems);
}

Test(suspicion, an_empty_release_needs_a_confirmation)
{
    struct root now = root_of(7, 14), empty = root_of(8, 0);
    cr_assert(not(clears(&empty, &now)));
    cr_assert(says("--accept-drop"));
    cr_assert(not(clears(&empty, NULL)));
    empty.is_forced = true;
    cr_assert(clears(&empty, &now));
    problems_clear(&problems);
}

Test(suspicion, exactly_the_allowed_share_may_go_and_one_policy_more_may_not)
{
    struct root now = root_of(7, 14), half = root_of(8, 7), less = root_of(8, 6);
    cr_assert(clears(&half, &now));
    cr_assert(not(clears(&less, &now)));
    cr_assert(says("redis.drop_max_bp = 5000"));
    cr_assert(clears(&less, NULL), "nothing is in force that could go");
    less.is_forced = true;
    cr_assert(clears(&less, &now));
    problems_clear(&problems);
}

Test(suspicion, too_many_bytes_are_refused_whoever_confirms)
{
    struct root now = root_of(7, 14), large = root_of(8, 14);
    large.document_bytes = 1000;
    cr_assert(clears(&large, &now));
    large.document_bytes = 1001;
    large.is_forced = true;
    cr_assert(not(clears(&large, &now)));
    cr_assert(says("redis.release_max_bytes = 1000"));
    problems_clear(&problems);
}

Test(suspicion, every_trouble_is_told_at_once)
{
    struct root now = root_of(7, 14), bad = root_of(3, 0);
    bad.document_bytes = 5000;
    cr_assert(not(clears(&bad, &now)));
    cr_assert(eq(sz, problems.total, 3));
    problems_clear(&problems);
}
