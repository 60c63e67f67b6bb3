#include "cache/redis_link.h"

#include <assert.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#if HIREDIS_MAJOR < 1
#include <hiredis/sds.h>
#endif
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cache/redis_dial.h"
#include "cache/redis_greeting.h"
#include "cache/redis_tls.h"

struct redis_link {
    redisContext *context;
    const redisReplyObjectFunctions *hiredis; /* what builds replies */
    redisReplyObjectFunctions bounded;        /* the same, behind our doubts */
    bool has_refused;                         /* one of the doubts was justified */
    bool has_output;                          /* commands that are not sent yet */
    uint64_t bytes_in, bytes_out;
    size_t unparsed; /* bytes of the reply that is under way, and of those behind it */
    char reason[REDIS_LINK_REASON_BYTES];
};

int64_t redis_link_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool fail(struct redis_link *link, const char *reason)
{
    snprintf(link->reason, sizeof(link->reason), "%s", reason);
    return false;
}

static bool fail_by_context(struct redis_link *link)
{
    const redisContext *context = link->context;
    if (link->has_refused) {
        return fail(link, "broke the protocol: an array of more than 1024 items or 7 levels, or a type of RESP3");
    }
    if (context->err == REDIS_ERR_EOF) {
        return fail(link, "closed the connection");
    }
    if (context->err == REDIS_ERR_PROTOCOL) {
        snprintf(link->reason, sizeof(link->reason), "broke the protocol: %.128s", context->errstr);
        return false;
    }
    return fail(link, context->errstr);
}

/*
 * Doubts: hiredis believes any count, and would allocate for it (`*2147483647` is 16 GB); and from 1.0 on it takes
 * types of RESP3, which would look like nil to us. A `$99999999999` is only a promise: what is read of it is counted.
 */

#if HIREDIS_MAJOR >= 1
typedef size_t array_count;
#else
typedef int array_count;
#endif

static void *refuse(const redisReadTask *task)
{
    ((struct redis_link *)task->privdata)->has_refused = true;
    return NULL;
}

/* From 1.0 on arrays may stand in arrays without end, and are freed by recursion. */
static bool is_too_deep(const redisReadTask *task)
{
    int depth = 0;
    for (; task != NULL; task = task->parent) {
        depth++;
    }
    return depth > REDIS_LINK_DEPTH_MAX;
}

static void *create_array(const redisReadTask *task, array_count count)
{
    const struct redis_link *link = task->privdata;
    bool is_well = task->type == REDIS_REPLY_ARRAY && count <= REDIS_LINK_ITEMS_MAX && !is_too_deep(task);
    return is_well ? link->hiredis->createArray(task, count) : refuse(task);
}

#if HIREDIS_MAJOR >= 1
static void *create_string(const redisReadTask *task, char *text, size_t length)
{
    const struct redis_link *link = task->privdata;
    bool is_well =
        task->type == REDIS_REPLY_STRING || task->type == REDIS_REPLY_STATUS || task->type == REDIS_REPLY_ERROR;
    return is_well ? link->hiredis->createString(task, text, length) : refuse(task);
}

static void *create_double(const redisReadTask *task, double value, char *text, size_t length)
{
    (void)value;
    (void)text;
    (void)length;
    return refuse(task);
}

static void *create_bool(const redisReadTask *task, int value)
{
    (void)value;
    return refuse(task);
}
#endif

static void bound_replies(struct redis_link *link)
{
    redisReader *reader = link->context->reader;
    link->hiredis = reader->fn;
    link->bounded = *reader->fn;
    link->bounded.createArray = create_array;
#if HIREDIS_MAJOR >= 1
    link->bounded.createString = create_string;
    link->bounded.createDouble = create_double;
    link->bounded.createBool = create_bool;
#endif
    reader->fn = &link->bounded;
    reader->privdata = link;
}

/* Sending */

bool redis_link_send(struct redis_link *link, const struct slice *arguments, uint32_t count)
{
    const char *texts[REDIS_LINK_ARGUMENTS_MAX];
    size_t lengths[REDIS_LINK_ARGUMENTS_MAX];
    assert(count > 0 && count <= REDIS_LINK_ARGUMENTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = arguments[i].at;
        lengths[i] = arguments[i].length;
    }
    char *command = NULL;
    long long length = redisFormatCommandArgv(&command, (int)count, texts, lengths);
    bool is_appended = length > 0 && redisAppendFormattedCommand(link->context, command, (size_t)length) == REDIS_OK;
    redisFreeCommand(command);
    if (is_appended) {
        link->bytes_out += (uint64_t)length;
        link->has_output = true;
    }
    return is_appended || fail(link, "out of memory");
}

static bool read_bytes(struct redis_link *link)
{
    size_t before = link->context->reader->len;
    if (redisBufferRead(link->context) != REDIS_OK) {
        return fail_by_context(link);
    }
    size_t moved = link->context->reader->len - before;
    link->bytes_in += moved;
    link->unparsed += moved;
    return true;
}

#if HIREDIS_MAJOR >= 1
static bool write_bytes(struct redis_link *link)
{
    int is_done = 0;
    if (redisBufferWrite(link->context, &is_done) != REDIS_OK) {
        return fail_by_context(link);
    }
    link->has_output = !is_done;
    return true;
}
#else
/* 0.14's redisBufferWrite allocates an empty buffer at the end, and does not look whether it got one. */
static bool write_bytes(struct redis_link *link)
{
    char *output = link->context->obuf;
    ssize_t sent = send(link->context->fd, output, sdslen(output), MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == EINTR || fail(link, strerror(errno));
    }
    sdsrange(output, (int)sent, -1); /* in its place */
    link->has_output = sdslen(output) > 0;
    return true;
}
#endif

/* Both ways at once: a server that cannot get rid of its replies reads no more commands. Past the deadline what is
   there already still counts: a throttled process must not throw answers away and ask again. */
static bool move_bytes(struct redis_link *link, int64_t deadline_ms)
{
    struct pollfd waiting = {.fd = link->context->fd, .events = (short)(POLLIN | (link->has_output ? POLLOUT : 0))};
    int ready = poll(&waiting, 1, redis_dial_left_ms(deadline_ms));
    if (ready == 0) {
        return fail(link, "does not answer in time");
    }
    if (ready < 0) {
        return errno == EINTR || fail(link, strerror(errno));
    }
    if ((waiting.revents & POLLOUT) != 0 && !write_bytes(link)) {
        return false;
    }
    return (waiting.revents & (POLLIN | POLLHUP | POLLERR)) == 0 || read_bytes(link);
}

/* A reply, or NULL when it is not complete yet. */
static bool take_reply(struct redis_link *link, struct redis_reply **ret_reply)
{
    void *reply = NULL;
    const redisReader *reader = link->context->reader;
    if (redisGetReplyFromReader(link->context, &reply) != REDIS_OK) {
        return fail_by_context(link);
    }
    size_t rest = reply == NULL ? 0 : reader->len - reader->pos;
    bool is_large = link->unparsed - rest > REDIS_LINK_REPLY_BYTES_MAX;
    link->unparsed = reply == NULL ? link->unparsed : rest;
    if (is_large) {
        redis_reply_free(reply);
        return fail(link, "sends a reply of more than 64 KiB");
    }
    *ret_reply = reply;
    return true;
}

bool redis_link_receive(struct redis_link *link, int64_t deadline_ms, struct redis_reply **ret_reply)
{
    struct redis_reply *reply = NULL;
    if (link->reason[0] != '\0' || !take_reply(link, &reply)) {
        return false;
    }
    while (reply == NULL) {
        if (!move_bytes(link, deadline_ms) || !take_reply(link, &reply)) {
            return false;
        }
    }
    *ret_reply = reply;
    return true;
}

bool redis_link_has_more(const struct redis_link *link)
{
    return link->context->reader->pos != link->context->reader->len;
}

bool redis_link_is_quiet(const struct redis_link *link)
{
    struct pollfd waiting = {.fd = link->context->fd, .events = POLLIN};
    return !redis_link_has_more(link) && poll(&waiting, 1, 0) == 0;
}

int redis_link_descriptor(const struct redis_link *link)
{
    return link->context->fd;
}

const char *redis_link_reason(const struct redis_link *link)
{
    return link->reason;
}

uint64_t redis_link_bytes_in(const struct redis_link *link)
{
    return link->bytes_in;
}

uint64_t redis_link_bytes_out(const struct redis_link *link)
{
    return link->bytes_out;
}

/* Opening */

static struct redis_link *link_create(int descriptor)
{
    struct redis_link *link = calloc(1, sizeof(*link));
    redisContext *context = link == NULL ? NULL : redisConnectFd(descriptor);
    if (context == NULL) {
        free(link);
        close(descriptor);
        return NULL;
    }
    context->flags &= ~REDIS_BLOCK; /* or it would take EAGAIN for an error */
    link->context = context;
    bound_replies(link);
    return link;
}

static struct redis_link *connect_to(const struct redis_link_options *options, int64_t deadline_ms, char *ret_reason)
{
    if (options->tls.is_on && !redis_tls_is_there(ret_reason)) {
        return NULL;
    }
    int descriptor = redis_dial(options->endpoint, deadline_ms, ret_reason, REDIS_LINK_REASON_BYTES);
    if (descriptor < 0) {
        return NULL;
    }
    struct redis_link *link = link_create(descriptor);
    if (link == NULL) {
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "out of memory");
        return NULL;
    }
    if (options->tls.is_on && !redis_tls_start(link->context, options, deadline_ms, ret_reason)) {
        redis_link_close(link);
        return NULL;
    }
    return link;
}

/* In TLS 1.3 our side of the handshake is done before the server looks for our certificate: it just ends the link. */
static void hint_at_certificate(const struct redis_link_options *options, struct redis_link_failure *failure)
{
    if (options->tls.is_on && options->tls.cert_file[0] == '\0' && failure->fault == REDIS_FAULT_DOWN) {
        size_t length = strlen(failure->reason);
        snprintf(failure->reason + length, sizeof(failure->reason) - length, " (does it want a certificate of ours?)");
    }
}

struct redis_link *redis_link_open(const struct redis_link_options *options, int64_t deadline_ms,
                                   struct redis_link_failure *ret_failure)
{
    struct redis_link_failure failure = {.fault = REDIS_FAULT_DOWN};
    struct redis_link *link = connect_to(options, deadline_ms, failure.reason);
    if (link != NULL && !redis_greeting_say(link, options, deadline_ms, &failure)) {
        hint_at_certificate(options, &failure);
        redis_link_close(link);
        link = NULL;
    }
    if (link == NULL) {
        *ret_failure = failure;
    }
    return link;
}

void redis_link_close(struct redis_link *link)
{
    if (link != NULL) {
        redisFree(link->context);
        free(link);
    }
}
