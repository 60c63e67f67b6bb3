#include "policy/scope.h"

#include <criterion/criterion.h>

#include "support.h"

struct row {
    const char *scope, *aoi, *reason;
};

static void expect_reasons(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        const char *policy = format("{'id':'p','scope':%s,'offer':{'coupon':'C','kind':'coupon'}}", row->scope);
        const char *reason = reason_of(policy, NOON, format("{'user_id':'u','aoi':%s,'amount':1}", row->aoi));
        cr_expect_str_eq(reason, row->reason, "%s at %s is %s, not %s", row->scope, row->aoi, reason, row->reason);
    }
}
#define EXPECT_REASONS(rows) expect_reasons(rows, sizeof(rows) / sizeof(rows[0]))

Test(scope, a_listed_code_matches_and_any_other_misses)
{
    static const struct row rows[] = {
        {"{'type':'aoi','aois':['A','B']}", "'A'", "offered"},
        {"{'type':'aoi','aois':['A','B']}", "'B'", "offered"},
        {"{'type':'aoi','aois':['A','B']}", "'C'", "aoi_miss"},
        {"{'type':'aoi','aois':['A','B']}", "'a'", "aoi_miss"},
        {"{'type':'aoi','aois':['A']}", "'AA'", "aoi_miss"},
        {"{'type':'aoi','aois':[]}", "'A'", "aoi_miss"},
        {"{'type':'all'}", "'anything'", "offered"},
        {"{'type':'all','exclude':[]}", "'A'", "offered"},
        {"{'type':'aoi','aois':['上海-1']}", "'\\u4e0a海-1'", "offered"},
    };
    EXPECT_REASONS(rows);
}

Test(scope, exclude_wins_over_both)
{
    static const struct row rows[] = {
        {"{'type':'all','exclude':['A']}", "'A'", "aoi_excluded"},
        {"{'type':'all','exclude':['A']}", "'B'", "offered"},
        {"{'type':'aoi','aois':['A','B'],'exclude':['A']}", "'A'", "aoi_excluded"},
        {"{'type':'aoi','aois':['A','B'],'exclude':['A']}", "'B'", "offered"},
        {"{'type':'aoi','aois':['A'],'exclude':['X']}", "'X'", "aoi_excluded"},
        {"{'type':'aoi','aois':[],'exclude':['X']}", "'X'", "aoi_excluded"},
        {"{'type':'aoi','aois':['A'],'exclude':['X']}", "'Y'", "aoi_miss"},
    };
    EXPECT_REASONS(rows);
}

Test(scope, of_several_codes_one_that_is_excluded_excludes_and_one_that_matches_is_enough)
{
    static const struct row rows[] = {
        {"{'type':'aoi','aois':['A']}", "['X','A']", "offered"},
        {"{'type':'aoi','aois':['A']}", "['X','Y']", "aoi_miss"},
        {"{'type':'aoi','aois':['A'],'exclude':['X']}", "['A','X']", "aoi_excluded"},
        {"{'type':'aoi','aois':['A'],'exclude':['X']}", "['X','A']", "aoi_excluded"},
        {"{'type':'aoi','aois':['A'],'exclude':['X']}", "['Y','A']", "offered"},
        {"{'type':'aoi','aois':['A'],'exclude':['X']}", "['Y','X']", "aoi_excluded"},
        {"{'type':'all','exclude':['X']}", "['Y','Z','X']", "aoi_excluded"},
        {"{'type':'aoi','aois':['A']}", "['A','A']", "offered"},
        {"{'type':'aoi','aois':['A','B','C']}", "['C','B','A']", "offered"},
        {"{'type':'aoi','aois':['A15']}",
         "['A0','A1','A2','A3','A4','A5','A6','A7','A8','A9','A10','A11','A12','A13','A14','A15']", "offered"},
    };
    EXPECT_REASONS(rows);
}

Test(scope, a_walk_names_each_policy_once_in_walk_order_with_its_first_code)
{
    struct snapshot *snapshot = snapshot_of(FILES(
        {"a.json", "{'id':'a','priority':1,'scope':{'type':'aoi','aois':['A','B','C']},'offer':{'coupon':'C','kind':"
                   "'coupon'}}"},
        {"b.json", "{'id':'b','priority':3,'scope':{'type':'all','exclude':['C']},'offer':{'coupon':'C','kind':"
                   "'coupon'}}"},
        {"c.json", "{'id':'c','priority':2,'scope':{'type':'aoi','aois':['C'],'exclude':['Z']},'offer':{'coupon':'C',"
                   "'kind':'coupon'}}"},
        {"d.json", "{'id':'d','priority':2,'state':'paused','scope':{'type':'all'},'offer':{'coupon':'C','kind':"
                   "'coupon'}}"}));
    static struct context context;
    context.aoi_count = 3;
    context.aois[0] = SLICE("B");
    context.aois[1] = SLICE("C");
    context.aois[2] = SLICE("A");
    struct scope_walk walk;
    struct scope_match match;
    scope_walk_begin(&walk, snapshot, &context);
    cr_assert(scope_walk_next(&walk, &match));
    cr_expect(match.ordinal == 0 && match.is_listed && match.is_excluded && match.aoi == 0, "b");
    cr_assert(scope_walk_next(&walk, &match));
    cr_expect(match.ordinal == 1 && match.is_listed && !match.is_excluded && match.aoi == 1, "c");
    cr_assert(scope_walk_next(&walk, &match));
    cr_expect(match.ordinal == 3 && match.is_listed && !match.is_excluded && match.aoi == 0, "a; d is paused");
    cr_expect(!scope_walk_next(&walk, &match));
    snapshot_free(snapshot);
}

Test(scope, a_code_that_no_policy_names_gives_only_the_policies_for_all)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", "")}));
    static struct context context;
    context.aoi_count = 1;
    context.aois[0] = SLICE("nowhere");
    struct scope_walk walk;
    struct scope_match match;
    scope_walk_begin(&walk, snapshot, &context);
    cr_expect(scope_walk_next(&walk, &match));
    cr_expect(!scope_walk_next(&walk, &match));
    snapshot_free(snapshot);
}
