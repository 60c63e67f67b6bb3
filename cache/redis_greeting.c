#include "cache/redis_greeting.h"

#include <stdio.h>

enum { ARGUMENTS_MAX = 3, USER_SHOWN = 64, TOLD_BYTES = 8 };

/* One command and its reply, which the caller frees. */
static bool ask(struct redis_link *link, const struct slice *arguments, uint32_t count, int64_t deadline_ms,
                struct redis_reply **ret_reply)
{
    return redis_link_send(link, arguments, count) && redis_link_receive(link, deadline_ms, ret_reply);
}

static bool fail_down(const struct redis_link *link, struct redis_link_failure *ret_failure)
{
    ret_failure->fault = REDIS_FAULT_DOWN;
    snprintf(ret_failure->reason, sizeof(ret_failure->reason), "%s", redis_link_reason(link));
    return false;
}

/* True, or the command's name and the server's words. */
static bool must_be_done(const struct redis_reply *reply, struct slice command, struct redis_link_failure *ret_failure)
{
    if (redis_reply_kind(reply) != REDIS_REPLY_FAULT) {
        return true;
    }
    ret_failure->fault = redis_fault_of(redis_reply_text(reply));
    redis_fault_describe(command, redis_reply_text(reply), ret_failure->reason, sizeof(ret_failure->reason));
    return false;
}

/* A server that does not know AUTH may repeat what it was told, even cut off: then only its first word is shown. */
static void quote_unless_told(struct slice words, const char *password, char ret_shown[REDIS_FAULT_TEXT_BYTES])
{
    size_t length = strlen(password), beginning = length < TOLD_BYTES ? length : TOLD_BYTES;
    bool is_told = memmem(words.at, words.length, password, beginning) != NULL;
    const char *blank = is_told ? memchr(words.at, ' ', words.length) : NULL;
    if (is_told) {
        words.length = blank == NULL ? 0 : (uint32_t)(blank - words.at);
        words.length = memmem(words.at, words.length, password, beginning) != NULL ? 0 : words.length;
    }
    redis_fault_quote(words, ret_shown);
}

static void refuse_password(struct slice words, const struct redis_link_options *options,
                            struct redis_link_failure *ret_failure)
{
    char shown[REDIS_FAULT_TEXT_BYTES];
    quote_unless_told(words, options->password, shown);
    enum redis_fault fault = redis_fault_of(words);
    ret_failure->fault = fault == REDIS_FAULT_OTHER ? REDIS_FAULT_DENIED : fault;
    bool has_user = options->user[0] != '\0';
    snprintf(ret_failure->reason, sizeof(ret_failure->reason), "refuses the password%s%.*s%s (%s)",
             has_user ? " of user \"" : "", USER_SHOWN, options->user, has_user ? "\"" : "", shown);
}

static bool log_in(struct redis_link *link, const struct redis_link_options *options, int64_t deadline_ms,
                   struct redis_link_failure *ret_failure)
{
    struct slice user = slice_of(options->user), password = slice_of(options->password);
    struct slice arguments[ARGUMENTS_MAX] = {SLICE("AUTH")};
    uint32_t count = 1;
    if (password.length == 0) {
        return true;
    }
    if (user.length > 0) {
        arguments[count++] = user;
    }
    arguments[count++] = password;
    struct redis_reply *reply;
    if (!ask(link, arguments, count, deadline_ms, &reply)) {
        return fail_down(link, ret_failure);
    }
    bool is_done = redis_reply_kind(reply) != REDIS_REPLY_FAULT;
    if (!is_done) {
        refuse_password(redis_reply_text(reply), options, ret_failure);
    }
    redis_reply_free(reply);
    return is_done;
}

static bool select_database(struct redis_link *link, uint32_t database, int64_t deadline_ms,
                            struct redis_link_failure *ret_failure)
{
    char number[16];
    snprintf(number, sizeof(number), "%u", database);
    const struct slice arguments[] = {SLICE("SELECT"), slice_of(number)};
    struct redis_reply *reply;
    if (database == 0) {
        return true;
    }
    if (!ask(link, arguments, 2, deadline_ms, &reply)) {
        return fail_down(link, ret_failure);
    }
    bool is_done = must_be_done(reply, arguments[0], ret_failure);
    redis_reply_free(reply);
    return is_done;
}

/* A server that takes no more clients, or none of ours, says so to the first command and ends the link. */
static bool is_farewell(const struct redis_reply *reply)
{
    struct slice words = redis_reply_text(reply), full = SLICE("ERR max number of clients"), denied = SLICE("DENIED ");
    return (words.length > full.length && memcmp(words.at, full.at, full.length) == 0) ||
           (words.length > denied.length && memcmp(words.at, denied.at, denied.length) == 0);
}

static bool give_name(struct redis_link *link, const char *name, int64_t deadline_ms,
                      struct redis_link_failure *ret_failure)
{
    const struct slice arguments[] = {SLICE("CLIENT"), SLICE("SETNAME"), slice_of(name)};
    struct redis_reply *reply;
    if (name[0] == '\0') {
        return true;
    }
    if (!ask(link, arguments, 3, deadline_ms, &reply)) {
        return fail_down(link, ret_failure);
    }
    bool is_done = !is_farewell(reply) || must_be_done(reply, SLICE("the connection"), ret_failure);
    redis_reply_free(reply);
    return is_done;
}

bool redis_greeting_say(struct redis_link *link, const struct redis_link_options *options, int64_t deadline_ms,
                        struct redis_link_failure *ret_failure)
{
    return log_in(link, options, deadline_ms, ret_failure) &&
           select_database(link, options->database, deadline_ms, ret_failure) &&
           give_name(link, options->client_name, deadline_ms, ret_failure);
}
