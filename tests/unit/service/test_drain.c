#include "service/drain.h"

#include <criterion/criterion.h>

#include "service/worker.h"

static struct worker worker;
static struct worker *workers[] = {&worker};
static struct gateway gateway = {.workers = workers, .worker_count = 1};
static struct config config = {.drain = {.grace_ms = 500, .timeout_ms = 2000}};

Test(drain, it_begins_once)
{
    struct drain drain = {0};
    cr_expect(drain_begin(&drain, &config, 1000));
    cr_expect_not(drain_begin(&drain, &config, 1001));
}

Test(drain, before_it_begins_nothing_is_due)
{
    struct drain drain = {0};
    drain_run(&drain, &gateway, 1000);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_SERVING);
    cr_expect_eq(drain_timeout_ms(&drain, 1000), -1);
}

Test(drain, it_leaves_at_once_closes_after_the_grace_and_stops_when_the_workers_have_ended)
{
    struct drain drain = {0};
    drain_begin(&drain, &config, 1000);
    drain_run(&drain, &gateway, 1000);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_LEAVING);
    cr_expect_eq(drain_timeout_ms(&drain, 1000), 500);
    drain_run(&drain, &gateway, 1499);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_LEAVING);
    drain_run(&drain, &gateway, 1500);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_CLOSING);
    atomic_store(&worker.has_ended, true);
    drain_run(&drain, &gateway, 1510);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_STOPPED);
}

Test(drain, a_worker_that_does_not_end_is_waited_for_until_the_timeout)
{
    struct drain drain = {0};
    drain_begin(&drain, &config, 1000);
    drain_run(&drain, &gateway, 3499);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_CLOSING);
    drain_run(&drain, &gateway, 3500);
    cr_expect_eq(gateway_phase(&gateway), GATEWAY_STOPPED);
}
