#include "tests/bench/interface_mix.h"

#include <criterion/criterion.h>
#include <string.h>

static struct interface_mix mix;

static void parse(const char *text)
{
    const char *problem = interface_mix_parse(text, &mix);
    cr_assert_null(problem, "%s: %s", text, problem);
}

static void is_refused(const char *text)
{
    mix = (struct interface_mix){.count = 3};
    cr_assert_not_null(interface_mix_parse(text, &mix), "%s", text);
    cr_assert_eq(mix.count, 3, "untouched");
}

Test(interface_mix, each_interface_is_picked_by_its_share_of_the_sum)
{
    parse("checkout=70,cart=10,browse=20");
    cr_assert_eq(interface_mix_pick(&mix, 0.0), 0);
    cr_assert_eq(interface_mix_pick(&mix, 0.699), 0);
    cr_assert_eq(interface_mix_pick(&mix, 0.701), 1);
    cr_assert_eq(interface_mix_pick(&mix, 0.799), 1);
    cr_assert_eq(interface_mix_pick(&mix, 0.801), 2);
    cr_assert_eq(interface_mix_pick(&mix, 0.999999), 2);
}

Test(interface_mix, the_parameter_of_a_target_names_the_interface)
{
    parse("checkout=1,browse=1");
    cr_assert_eq(interface_mix_find(&mix, "/v1/evaluate?user_id=u1&interface=browse&aoi=A"), 1);
    cr_assert_eq(interface_mix_find(&mix, "/v1/evaluate?interface=checkout"), 0);
}

Test(interface_mix, a_target_without_a_known_interface_belongs_to_none)
{
    parse("checkout=1,browse=1");
    cr_assert_eq(interface_mix_find(&mix, "/v1/evaluate?user_id=u1"), 2);
    cr_assert_eq(interface_mix_find(&mix, "/v1/evaluate?interface=check"), 2);
    cr_assert_eq(interface_mix_find(&mix, "/v1/evaluate?interface=checkouts"), 2);
    cr_assert_eq(interface_mix_find(&mix, "/v1/evaluate?my_interface=checkout"), 2);
    cr_assert_eq(interface_mix_find(&mix, "/livez"), 2);
}

Test(interface_mix, what_is_no_mix_is_refused)
{
    static const char *const texts[] = {"",    "a",    "a=",      "=1",    "a=0",       "a=-1",
                                        "a=x", "a=1,", "a=1,a=2", "a b=1", "a=1000001", "a=1,b"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        is_refused(texts[i]);
    }
}

Test(interface_mix, the_ceilings_hold_and_one_past_them_is_refused)
{
    char name[INTERFACE_MIX_NAME_MAX + 8];

    parse("a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1000000");
    is_refused("a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1");
    memset(name, 'n', INTERFACE_MIX_NAME_MAX);
    strcpy(name + INTERFACE_MIX_NAME_MAX, "=1");
    parse(name);
    strcpy(name + INTERFACE_MIX_NAME_MAX, "n=1");
    is_refused(name);
}
