#include "publish/activation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct activation_options options;
static struct activation activation;
static struct connection connection;
static struct root root;

static void set_up(void)
{
    unsetenv("SUDO_USER");
    setenv("USER", "ann", 1);
    activation_options_init(&options);
    activation = (struct activation){.options = &options, .number = 43};
    activation.standing.in_force = (struct release_root){.exists = true, .root = {.release = 42, .policies = 14}};
    root = (struct root){.policies = 14, .document_bytes = 1000};
}

TestSuite(activation, .init = set_up);

Test(activation, the_author_is_who_is_logged_in)
{
    cr_assert(eq(str, (char *)(uintptr_t)options.author, "ann"));
}

Test(activation, a_user_that_no_record_takes_is_nobody)
{
    unsetenv("SUDO_USER");
    setenv("USER", "a\nb", 1);
    activation_options_init(&options);
    cr_assert(eq(str, (char *)(uintptr_t)options.author, ""));
}

Test(activation, a_release_gets_its_number_and_time)
{
    cr_assert(activation_clears(&connection, &activation, &root));
    cr_expect(eq(u64, root.release, 43));
    cr_expect(gt(i64, root.published_at_s, 1700000000));
    cr_expect(not(root.is_forced));
}

Test(activation, half_of_the_policies_may_go_and_not_one_more)
{
    root.policies = 7;
    cr_expect(activation_clears(&connection, &activation, &root));
    root.policies = 6;
    cr_expect(not(activation_clears(&connection, &activation, &root)));
    options.drop_max_bp = 10000;
    cr_expect(activation_clears(&connection, &activation, &root));
}

Test(activation, no_policy_at_all_is_never_clear)
{
    root.policies = 0;
    options.drop_max_bp = 10000;
    cr_expect(not(activation_clears(&connection, &activation, &root)));
    activation.standing.in_force.exists = false;
    cr_expect(not(activation_clears(&connection, &activation, &root)));
}

Test(activation, a_drop_that_is_accepted_is_marked)
{
    root.policies = 0;
    options.accepts_drop = true;
    cr_expect(activation_clears(&connection, &activation, &root));
    cr_expect(root.is_forced);
}

Test(activation, options_say_what_is_wrong_with_them)
{
    cr_expect(eq(ptr, (void *)(uintptr_t)activation_options_take(&options, ACTIVATION_OPTION_EXPECT, "0"), NULL));
    cr_expect(options.has_expected && options.expected == 0);
    cr_expect(ne(ptr, (void *)(uintptr_t)activation_options_take(&options, ACTIVATION_OPTION_EXPECT, "x"), NULL));
    cr_expect(ne(ptr, (void *)(uintptr_t)activation_options_take(&options, ACTIVATION_OPTION_MAX_DROP_BP, "0"), NULL));
    cr_expect(ne(ptr, (void *)(uintptr_t)activation_options_take(&options, ACTIVATION_OPTION_NOTE, "\n"), NULL));
}
