#include "publish/operator.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void be(const char *sudo_user, const char *user)
{
    setenv("SUDO_USER", sudo_user, 1);
    setenv("USER", user, 1);
}

Test(operator, behind_sudo_is_a_person)
{
    char user[OPERATOR_BYTES];
    be("ann", "root");
    operator_user(user);
    cr_expect(eq(str, user, "ann"));
    be("", "bob");
    operator_user(user);
    cr_expect(eq(str, user, "bob"));
}

Test(operator, an_actor_is_user_and_host_in_printable_ASCII)
{
    char actor[OPERATOR_BYTES], host[64] = "";
    gethostname(host, sizeof(host) - 1);
    be("", "a\nb\xC3\xA9");
    operator_actor(actor);
    cr_expect(eq(int, strncmp(actor, "a?b??@", 6), 0), "%s", actor);
    cr_expect(eq(str, actor + 6, host));
}

Test(operator, a_name_without_end_is_cut)
{
    char actor[OPERATOR_BYTES], *name = calloc(1, 10001);
    memset(name, 'n', 10000);
    be("", name);
    operator_user(actor);
    cr_expect(eq(sz, strlen(actor), OPERATOR_BYTES - 1));
    operator_actor(actor);
    cr_expect(lt(sz, strlen(actor), OPERATOR_BYTES));
    free(name);
}
