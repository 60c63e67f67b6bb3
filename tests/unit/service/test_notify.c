/* Where nobody wants to be told. What a service manager hears is tests/hosts/test_notify.py. */
#include "service/notify.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "service/gateway.h"

static struct gateway gateway;

Test(notify, without_a_socket_there_is_nobody_to_tell)
{
    struct notify *notify = (struct notify *)&gateway;
    unsetenv("NOTIFY_SOCKET");
    cr_expect(notify_open(&gateway, &notify));
    cr_expect_null(notify);
}

Test(notify, nobody_is_told_nothing_at_any_time)
{
    cr_expect(notify_start(NULL));
    notify_reloading(NULL);
    notify_reloaded(NULL, true);
    notify_stopping(NULL);
    notify_close(NULL);
}

Test(notify, one_that_never_started_is_closed)
{
    struct notify *notify = NULL;
    setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
    cr_assert(notify_open(&gateway, &notify));
    cr_assert_not_null(notify);
    notify_stopping(notify);
    notify_close(notify);
}
