#include "cache/redis_fault.h"

#include <criterion/criterion.h>

TestSuite(redis_fault, .timeout = 60);

Test(redis_fault, the_first_word_of_an_error_reply_decides)
{
    static const struct {
        const char *reply;
        enum redis_fault fault;
    } rows[] = {
        {"LOADING Redis is loading the dataset in memory", REDIS_FAULT_LOADING},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", REDIS_FAULT_LOADING},
        {"TRYAGAIN Multiple keys request during rehashing of slot", REDIS_FAULT_LOADING},
        {"CLUSTERDOWN The cluster is down", REDIS_FAULT_LOADING},
        {"BUSY Redis is busy running a script.", REDIS_FAULT_LOADING},
        {"READONLY You can't write against a read only replica.", REDIS_FAULT_READONLY},
        {"NOAUTH Authentication required.", REDIS_FAULT_DENIED},
        {"NOAUTH", REDIS_FAULT_DENIED},
        {"WRONGPASS invalid username-password pair or user is disabled.", REDIS_FAULT_DENIED},
        {"NOPERM this user has no permissions to run the 'get' command", REDIS_FAULT_DENIED},
        {"DENIED Redis is running in protected mode", REDIS_FAULT_DENIED},
        {"ERR unknown command 'LOADING'", REDIS_FAULT_OTHER},
        {"BUSYKEY Target key name already exists.", REDIS_FAULT_OTHER},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", REDIS_FAULT_OTHER},
        {"noauth", REDIS_FAULT_OTHER},
        {" NOAUTH", REDIS_FAULT_OTHER},
        {"", REDIS_FAULT_OTHER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(redis_fault_of(slice_of(rows[i].reply)), rows[i].fault, "%s", rows[i].reply);
    }
}

Test(redis_fault, a_quotation_is_one_line_of_plain_text)
{
    char text[REDIS_FAULT_TEXT_BYTES];
    redis_fault_quote((struct slice){"ERR a\0b\tc\xFF~\x7f", 11}, text);
    cr_expect_str_eq(text, "ERR a?b?c?~");
    redis_fault_quote(SLICE(""), text);
    cr_expect_str_eq(text, "");
}

Test(redis_fault, a_quotation_that_is_too_long_is_cut_off)
{
    char long_reply[1000], text[REDIS_FAULT_TEXT_BYTES];
    memset(long_reply, 'e', sizeof(long_reply));
    redis_fault_quote((struct slice){long_reply, sizeof(long_reply)}, text);
    cr_expect_eq(strlen(text), REDIS_FAULT_TEXT_BYTES - 1);
}

Test(redis_fault, a_refusal_names_the_command_and_quotes_the_server)
{
    char reason[80];
    redis_fault_describe(SLICE("GET"), SLICE("NOPERM no\npermissions"), reason, sizeof(reason));
    cr_expect_str_eq(reason, "refuses GET: NOPERM no?permissions");
    redis_fault_describe(SLICE("123456789_123456789_123456789_123456789_123456789_"), SLICE("ERR"), reason,
                         sizeof(reason));
    cr_expect_str_eq(reason, "refuses 123456789_123456789_123456789_123456789_12345678: ERR");
}
