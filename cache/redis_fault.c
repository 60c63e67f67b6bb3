#include "cache/redis_fault.h"

#include <stdio.h>

static struct slice first_word(struct slice reply)
{
    const char *blank = reply.length == 0 ? NULL : memchr(reply.at, ' ', reply.length);
    return blank == NULL ? reply : (struct slice){reply.at, (uint32_t)(blank - reply.at)};
}

enum redis_fault redis_fault_of(struct slice reply)
{
    static const struct {
        const char *word;
        enum redis_fault fault;
    } rows[] = {
        {"LOADING", REDIS_FAULT_LOADING},     {"MASTERDOWN", REDIS_FAULT_LOADING}, {"TRYAGAIN", REDIS_FAULT_LOADING},
        {"CLUSTERDOWN", REDIS_FAULT_LOADING}, {"BUSY", REDIS_FAULT_LOADING},       {"READONLY", REDIS_FAULT_READONLY},
        {"NOAUTH", REDIS_FAULT_DENIED},       {"WRONGPASS", REDIS_FAULT_DENIED},   {"NOPERM", REDIS_FAULT_DENIED},
        {"DENIED", REDIS_FAULT_DENIED}, /* protected mode */
    };
    struct slice word = first_word(reply);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_equals(word, slice_of(rows[i].word))) {
            return rows[i].fault;
        }
    }
    return REDIS_FAULT_OTHER;
}

void redis_fault_quote(struct slice reply, char ret_text[REDIS_FAULT_TEXT_BYTES])
{
    uint32_t length = reply.length < REDIS_FAULT_TEXT_BYTES - 1 ? reply.length : REDIS_FAULT_TEXT_BYTES - 1;
    for (uint32_t i = 0; i < length; i++) {
        bool is_plain = reply.at[i] >= ' ' && reply.at[i] <= '~';
        ret_text[i] = is_plain ? reply.at[i] : '?';
    }
    ret_text[length] = '\0';
}

void redis_fault_describe(struct slice command, struct slice reply, char *ret_reason, size_t reason_bytes)
{
    enum { COMMAND_SHOWN = 48 };
    char words[REDIS_FAULT_TEXT_BYTES];
    redis_fault_quote(reply, words);
    int shown = command.length < COMMAND_SHOWN ? (int)command.length : COMMAND_SHOWN;
    snprintf(ret_reason, reason_bytes, "refuses %.*s: %s", shown, command.at, words);
}
