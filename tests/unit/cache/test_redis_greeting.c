#include "cache/redis_link.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "redis_claims.h"

enum { LONG_MS = 5000, SHORT_MS = 300 };

TestSuite(redis_greeting, .init = ignore_pipes, .timeout = 60);

Test(redis_greeting, it_greets_with_what_the_options_name)
{
    struct scripted_server *server = scripted_server_open(NULL, 0);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_link_options options = link_options_to(&endpoint);
    struct redis_link_failure failure;
    options.user = "gateway";
    options.password = "hush";
    options.database = 3;
    options.client_name = "promogate/web-1";
    struct redis_link *link = redis_link_open(&options, redis_link_now_ms() + LONG_MS, &failure);
    cr_assert(link != NULL, "%s", failure.reason);
    cr_expect_eq(scripted_server_heard(server, "AUTH gateway hush"), 1);
    cr_expect_eq(scripted_server_heard(server, "SELECT 3"), 1);
    cr_expect_eq(scripted_server_heard(server, "CLIENT SETNAME promogate/web-1"), 1);
    redis_link_close(link);
    options.user = "";
    options.database = 0;
    options.client_name = "";
    link = redis_link_open(&options, redis_link_now_ms() + LONG_MS, &failure);
    cr_expect_eq(scripted_server_heard(server, "AUTH hush"), 1);
    cr_expect_eq(scripted_server_heard(server, ""), 4, "nothing that is not named");
    redis_link_close(link);
    scripted_server_close(server);
}

/* How a login with user gateway and password hush-hush-hush ends. */
static struct redis_link_failure login_fails(const struct scripted_rule *rules, uint32_t count, bool has_user)
{
    struct scripted_server *server = scripted_server_open(rules, count);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_link_options options = link_options_to(&endpoint);
    options.user = has_user ? "gateway" : "";
    options.password = "hush-hush-hush";
    options.database = 1;
    options.client_name = "name";
    struct redis_link_failure failure = link_is_refused(&options, SHORT_MS);
    cr_expect(strstr(failure.reason, "hush-hu") == NULL, "%s", failure.reason);
    scripted_server_close(server);
    return failure;
}

Test(redis_greeting, a_greeting_that_is_refused_is_told_without_the_password)
{
    static const struct {
        const char *command, *reply, *reason;
        enum redis_fault fault;
        bool has_user;
    } rows[] = {
        {"AUTH", "-WRONGPASS invalid username-password pair\r\n",
         "refuses the password of user \"gateway\" (WRONGPASS invalid username-password pair)", REDIS_FAULT_DENIED,
         true},
        {"AUTH", "-ERR invalid password\r\n", "refuses the password (ERR invalid password)", REDIS_FAULT_DENIED, false},
        {"AUTH", "-ERR unknown command 'AUTH', with args beginning with: 'hush-hush-hush' \r\n",
         "refuses the password (ERR)", REDIS_FAULT_DENIED, false},
        {"AUTH", "-ERR unknown command 'AUTH', with args beginning with: 'hush-hush\r\n", "refuses the password (ERR)",
         REDIS_FAULT_DENIED, false},
        {"AUTH", "-hush-hush-hush what?\r\n", "refuses the password ()", REDIS_FAULT_DENIED, false},
        {"AUTH", "-LOADING Redis is loading\r\n", "refuses the password (LOADING Redis is loading)",
         REDIS_FAULT_LOADING, false},
        {"SELECT", "-ERR DB index is out of range\r\n", "refuses SELECT: ERR DB index is out of range",
         REDIS_FAULT_OTHER, true},
        {"SELECT", "-NOPERM this user has no permissions to run the 'select' command\r\n",
         "refuses SELECT: NOPERM this user has no permissions to run the 'select' command", REDIS_FAULT_DENIED, true},
        {"CLIENT", "-ERR max number of clients reached\r\n",
         "refuses the connection: ERR max number of clients reached", REDIS_FAULT_OTHER, true},
        {"CLIENT", "-DENIED Redis is running in protected mode\r\n",
         "refuses the connection: DENIED Redis is running in protected mode", REDIS_FAULT_DENIED, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct scripted_rule rule = {.on = rows[i].command, .say = rows[i].reply};
        struct redis_link_failure failure = login_fails(&rule, 1, rows[i].has_user);
        cr_expect_str_eq(failure.reason, rows[i].reason);
        cr_expect_eq(failure.fault, rows[i].fault, "%s: %d", rows[i].reason, failure.fault);
    }
}

Test(redis_greeting, a_greeting_that_is_not_answered_is_down)
{
    static const char *const commands[] = {"AUTH", "SELECT", "CLIENT"};
    for (size_t i = 0; i < 3; i++) {
        const struct scripted_rule silent = {.on = commands[i], .say = ""};
        struct redis_link_failure failure = login_fails(&silent, 1, true);
        cr_expect_eq(failure.fault, REDIS_FAULT_DOWN);
        cr_expect_str_eq(failure.reason, "does not answer in time");
    }
}

Test(redis_greeting, a_name_that_is_refused_does_no_harm)
{
    static const struct scripted_rule rules[] = {{.on = "CLIENT", .say = "-NOPERM no\r\n"}};
    struct scripted_server *server = scripted_server_open(rules, 1);
    struct redis_endpoint endpoint = scripted_server_endpoint(server);
    struct redis_link_options options = link_options_to(&endpoint);
    struct redis_link_failure failure;
    options.client_name = "name";
    struct redis_link *link = redis_link_open(&options, redis_link_now_ms() + LONG_MS, &failure);
    cr_expect(link != NULL);
    redis_link_close(link);
    scripted_server_close(server);
}
