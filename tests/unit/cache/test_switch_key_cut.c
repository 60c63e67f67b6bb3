/* The key of the switches when the connection breaks under the script, or others are always first. */
#include <criterion/criterion.h>

#include "cache/switch_key.h"
#include "redis_claims.h"

TestSuite(switch_key_cut, .init = ignore_pipes, .timeout = 60);

static char reason[SWITCH_KEY_REASON_BYTES];

static const char key[] = "promogate:{main}:degrade";

#define NOTHING  "$-1\r\n"
#define SWITCHED "$19\r\n{\"a\":{\"mode\":\"on\"}}\r\n"

/* How the edit ends at a server that says this. */
static bool edit_at(const struct scripted_rule *rules, uint32_t count, uint32_t *ret_scripts)
{
    struct scripted_server *server = scripted_server_open(rules, count);
    struct redis_client *own = client_of(server);
    bool is_done = switch_key_edit(own, key, SLICE("a"), &(struct switch_entry){.mode = "on"}, reason);
    *ret_scripts = scripted_server_heard(server, "EVAL");
    redis_client_free(own);
    scripted_server_close(server);
    return is_done;
}

Test(switch_key_cut, a_script_that_had_run_is_found_done)
{
    uint32_t scripts;
    static const struct scripted_rule rules[] = {{.on = "GET", .say = NOTHING, .times = 1},
                                                 {.on = "EVAL", .say = "", .then = SCRIPTED_CLOSE},
                                                 {.on = "GET", .say = SWITCHED}};
    cr_expect(edit_at(RULES(rules), &scripts), "%s", reason);
    cr_expect_eq(scripts, 1);
}

Test(switch_key_cut, a_script_that_had_not_run_is_run_once_more)
{
    uint32_t scripts;
    static const struct scripted_rule rules[] = {{.on = "GET", .say = NOTHING},
                                                 {.on = "EVAL", .say = "", .then = SCRIPTED_CLOSE, .times = 1},
                                                 {.on = "EVAL", .say = ":1\r\n"}};
    cr_expect(edit_at(RULES(rules), &scripts), "%s", reason);
    cr_expect_eq(scripts, 2);
}

Test(switch_key_cut, a_connection_that_breaks_twice_is_told_and_that_nobody_knows)
{
    uint32_t scripts;
    static const struct scripted_rule rules[] = {{.on = "GET", .say = NOTHING},
                                                 {.on = "EVAL", .say = "", .then = SCRIPTED_CLOSE}};
    cr_expect_not(edit_at(RULES(rules), &scripts));
    cr_expect_eq(scripts, 2);
    cr_expect(strstr(reason, "whether it was done cannot be said") != NULL, "%s", reason);
}

Test(switch_key_cut, whoever_is_always_second_gives_up)
{
    uint32_t scripts;
    static const struct scripted_rule rules[] = {{.on = "GET", .say = NOTHING}, {.on = "EVAL", .say = ":0\r\n"}};
    cr_expect_not(edit_at(RULES(rules), &scripts));
    cr_expect_eq(scripts, SWITCH_KEY_ATTEMPTS_MAX);
    cr_expect_str_eq(reason, "promogate:{main}:degrade was changed by others 16 times meanwhile");
}

Test(switch_key_cut, a_refusal_is_told_and_not_tried_again)
{
    uint32_t scripts;
    static const struct scripted_rule rules[] = {{.on = "GET", .say = NOTHING},
                                                 {.on = "EVAL", .say = "-NOPERM no right\r\n"}};
    cr_expect_not(edit_at(RULES(rules), &scripts));
    cr_expect_eq(scripts, 1);
    cr_expect(strstr(reason, "refuses EVAL: NOPERM no right") != NULL, "%s", reason);
}
