#include <criterion/criterion.h>

#include "policy/policy_set.h"
#include "support.h"

static const char *with(const char *rollout)
{
    return policy_with(format("'rollout':%s", rollout));
}

static const char *with_share(const char *share)
{
    return with(format("{'salt':'r1','share':%s}", share));
}

static const char *with_steps(const char *steps)
{
    return with(format("{'salt':'r1','steps':[%s]}", steps));
}

Test(rollout_json, the_share_is_0_to_10000_basis_points)
{
    const struct pointers_row rows[] = {
        {"0", with_share("0"), ""},
        {"1", with_share("1"), ""},
        {"10000", with_share("10000"), ""},
        {"10001", with_share("10001"), "/rollout/share"},
        {"-1", with_share("-1"), "/rollout/share"},
        {"a fraction", with_share("0.5"), "/rollout/share"},
        {"a string", with_share("'500'"), "/rollout/share"},
        {"null", with_share("null"), "/rollout/share"},
    };
    EXPECT_POINTERS(rows);
}

Test(rollout_json, it_needs_a_salt_and_exactly_one_of_share_and_steps)
{
    const char *step = "{'from':'2026-01-01T00:00:00Z','share':1}";
    const struct pointers_row rows[] = {
        {"no salt", with("{'share':1}"), "/rollout/salt"},
        {"a salt of 64 bytes", with(format("{'salt':'%s','share':1}", repeated("s", 64))), ""},
        {"of 65", with(format("{'salt':'%s','share':1}", repeated("s", 65))), "/rollout/salt"},
        {"of none", with("{'salt':'','share':1}"), "/rollout/salt"},
        {"with the separator", with("{'salt':'a\\u001fb','share':1}"), "/rollout/salt"},
        {"neither", with("{'salt':'r1'}"), "/rollout"},
        {"both", with(format("{'salt':'r1','share':1,'steps':[%s]}", step)), "/rollout"},
        {"an unknown member", with("{'salt':'r1','share':1,'unit':'aoi'}"), "/rollout/unit"},
        {"a number", with("500"), "/rollout"},
        {"null", with("null"), "/rollout"},
    };
    EXPECT_POINTERS(rows);
}

/* Steps of a share each, a minute apart. */
static const char *steps_of(unsigned count)
{
    const char *steps = "";
    for (unsigned i = 0; i < count; i++) {
        steps = format("%s%s{'from':'2026-01-01T00:%02u:00Z','share':%u}", steps, i > 0 ? "," : "", i, i);
    }
    return with_steps(steps);
}

Test(rollout_json, steps_are_1_to_16_at_strictly_increasing_times)
{
#define STEP(time, share) "{'from':'" time "','share':" share "}"
    const struct pointers_row rows[] = {
        {"none", with_steps(""), "/rollout/steps"},
        {"16", steps_of(16), ""},
        {"17", steps_of(17), "/rollout/steps"},
        {"a second later", with_steps(STEP("2026-01-01T00:00:00Z", "1") "," STEP("2026-01-01T00:00:01Z", "2")), ""},
        {"the same time", with_steps(STEP("2026-01-01T00:00:00Z", "1") "," STEP("2026-01-01T00:00:00Z", "2")),
         "/rollout/steps/1"},
        {"the same time elsewhere",
         with_steps(STEP("2026-01-01T00:00:00Z", "1") "," STEP("2026-01-01T08:00:00+08:00", "2")), "/rollout/steps/1"},
        {"an earlier time", with_steps(STEP("2026-01-02T00:00:00Z", "1") "," STEP("2026-01-01T00:00:00Z", "2")),
         "/rollout/steps/1"},
        {"a falling share", with_steps(STEP("2026-01-01T00:00:00Z", "9") "," STEP("2026-01-02T00:00:00Z", "0")), ""},
        {"share 10001", with_steps(STEP("2026-01-01T00:00:00Z", "10001")), "/rollout/steps/0/share"},
        {"no time", with_steps(STEP("2026-01-01", "1")), "/rollout/steps/0/from"},
        {"empty", with_steps("{}"), "/rollout/steps/0/from, /rollout/steps/0/share"},
        {"an unknown member", with_steps("{'from':'2026-01-01T00:00:00Z','share':1,'to':1}"), "/rollout/steps/0/to"},
        {"a number in it", with_steps("500"), "/rollout/steps/0"},
        {"an object", with("{'salt':'r1','steps':{}}"), "/rollout/steps"},
    };
    EXPECT_POINTERS(rows);
}

Test(rollout_json, a_rollout_keeps_what_its_document_says)
{
    struct policy_set *set = set_of(FILES({"p.json", steps_of(3)}));
    const struct rollout *rollout = &set->policies[0].rollout;
    cr_expect(slice_equals(rollout->salt, SLICE("r1")));
    cr_assert_eq(rollout->step_count, 3);
    cr_expect_eq(rollout->steps[2].share_bp, 2);
    cr_expect_eq(rollout->steps[2].from_s - rollout->steps[0].from_s, 120);
    policy_set_free(set);
}
