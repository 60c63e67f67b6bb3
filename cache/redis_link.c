#include "cache/redis_link.h"

#include <assert.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#ifdef PROMOGATE_REDIS_TLS
#include <hiredis/hiredis_ssl.h>
#endif
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cache/redis_dial.h"

struct redis_link {
    redisContext *context;
    redisReplyObjectFunctions bounded; /* what builds replies: hiredis' own, but for arrays */
    uint64_t bytes_in, bytes_out;
    size_t unparsed; /* bytes of the reply that is under way */
    char reason[REDIS_LINK_REASON_BYTES];
#ifdef PROMOGATE_REDIS_TLS
    redisSSLContext *tls;
#endif
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
    if (context->err == REDIS_ERR_EOF) {
        return fail(link, "closed the connection");
    }
    if (context->err == REDIS_ERR_IO) {
        return fail(link, strerror(errno));
    }
    snprintf(link->reason, sizeof(link->reason), "broke the protocol: %.128s", context->errstr);
    return false;
}

/* Bounds: hiredis believes any count, and would allocate for it (`*2147483647` is 16 GB). */

#if HIREDIS_MAJOR >= 1
typedef size_t array_count;
#else
typedef int array_count;
#endif

static void *(*create_array)(const redisReadTask *task, array_count count); /* hiredis' own, the same for all links */

static void *create_bounded_array(const redisReadTask *task, array_count count)
{
    return count > REDIS_LINK_ITEMS_MAX ? NULL : create_array(task, count);
}

static void bound_replies(struct redis_link *link)
{
    redisReader *reader = link->context->reader;
    link->bounded = *reader->fn;
    __atomic_store_n(&create_array, link->bounded.createArray, __ATOMIC_RELAXED);
    link->bounded.createArray = create_bounded_array;
    reader->fn = &link->bounded;
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
    }
    return is_appended || fail(link, "out of memory");
}

/* Both ways at once: a server that cannot get rid of its replies reads no more commands. */
static bool move_bytes(struct redis_link *link, bool has_output, int64_t deadline_ms)
{
    struct pollfd waiting = {.fd = link->context->fd, .events = (short)(POLLIN | (has_output ? POLLOUT : 0))};
    int64_t left_ms = deadline_ms - redis_link_now_ms();
    int ready = left_ms <= 0 ? 0 : poll(&waiting, 1, (int)left_ms);
    if (ready == 0) {
        return fail(link, "does not answer in time");
    }
    if (ready < 0) {
        return errno == EINTR || fail(link, strerror(errno));
    }
    int done = 0;
    if ((waiting.revents & POLLOUT) != 0 && redisBufferWrite(link->context, &done) != REDIS_OK) {
        return fail_by_context(link);
    }
    if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) == 0) {
        return true;
    }
    size_t before = link->context->reader->len;
    if (redisBufferRead(link->context) != REDIS_OK) {
        return fail_by_context(link);
    }
    size_t moved = link->context->reader->len > before ? link->context->reader->len - before : 0;
    link->bytes_in += moved;
    link->unparsed += moved;
    return true;
}

static bool take_reply(struct redis_link *link, struct redis_reply **ret_reply)
{
    void *reply = NULL;
    if (redisGetReplyFromReader(link->context, &reply) != REDIS_OK) {
        return fail_by_context(link);
    }
    if (reply != NULL) {
        link->unparsed = link->context->reader->len - link->context->reader->pos;
    }
    *ret_reply = reply;
    return true;
}

static bool has_output(const struct redis_link *link)
{
    return link->context->obuf != NULL && link->context->obuf[0] != '\0';
}

bool redis_link_receive(struct redis_link *link, int64_t deadline_ms, struct redis_reply **ret_reply)
{
    struct redis_reply *reply = NULL;
    if (link->reason[0] != '\0' || !take_reply(link, &reply)) {
        return false;
    }
    while (reply == NULL) {
        if (!move_bytes(link, has_output(link), deadline_ms) || !take_reply(link, &reply)) {
            return false;
        }
        if (reply == NULL && link->unparsed > REDIS_LINK_REPLY_BYTES_MAX) {
            return fail(link, "sends a reply of more than 64 KiB");
        }
    }
    *ret_reply = reply;
    return true;
}

bool redis_link_is_quiet(const struct redis_link *link)
{
    struct pollfd waiting = {.fd = link->context->fd, .events = POLLIN};
    const redisReader *reader = link->context->reader;
    return reader->pos == reader->len && poll(&waiting, 1, 0) == 0;
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

/* TLS */

#ifdef PROMOGATE_REDIS_TLS
bool redis_link_has_tls(void)
{
    return true;
}

static const char *or_null(const char *path)
{
    return path[0] != '\0' ? path : NULL;
}

static bool start_tls(struct redis_link *link, const struct redis_link_options *options)
{
    const struct redis_link_tls *tls = &options->tls;
    redisSSLContextError error = REDIS_SSL_CTX_NONE;
    bool has_own = tls->ca_file[0] != '\0';
    redisInitOpenSSL();
    link->tls = redisCreateSSLContext(or_null(tls->ca_file), has_own ? NULL : "/etc/ssl/certs", or_null(tls->cert_file),
                                      or_null(tls->key_file), options->endpoint->host, &error);
    if (link->tls == NULL) {
        return fail(link, redisSSLContextGetError(error));
    }
    if (redisInitiateSSLWithContext(link->context, link->tls) != REDIS_OK) {
        return fail_by_context(link);
    }
    return true;
}
#else
bool redis_link_has_tls(void)
{
    return false;
}

static bool start_tls(struct redis_link *link, const struct redis_link_options *options)
{
    (void)options;
    return fail(link, "this build cannot speak TLS to Redis: it has hiredis 0.14, TLS needs 1.0 or later");
}
#endif

/* One command at the start; an error reply is a failure unless `is_optional`. */
static bool greet(struct redis_link *link, const struct slice *arguments, uint32_t count, int64_t deadline_ms,
                  bool is_optional)
{
    struct redis_reply *reply;
    if (!redis_link_send(link, arguments, count) || !redis_link_receive(link, deadline_ms, &reply)) {
        return false;
    }
    struct slice text = redis_reply_text(reply);
    bool is_refused = ((const redisReply *)(const void *)reply)->type == REDIS_REPLY_ERROR && !is_optional;
    if (is_refused) {
        snprintf(link->reason, sizeof(link->reason), "refuses %.*s: %.*s", (int)arguments[0].length, arguments[0].at,
                 text.length < 160 ? (int)text.length : 160, text.at);
    }
    redis_reply_free(reply);
    return !is_refused;
}

static bool log_in(struct redis_link *link, const struct redis_link_options *options, int64_t deadline_ms)
{
    struct slice password = slice_of(options->password), user = slice_of(options->user);
    if (password.length == 0) {
        return true;
    }
    const struct slice by_user[] = {SLICE("AUTH"), user, password}, by_password[] = {SLICE("AUTH"), password};
    return user.length > 0 ? greet(link, by_user, 3, deadline_ms, false)
                           : greet(link, by_password, 2, deadline_ms, false);
}

static bool introduce(struct redis_link *link, const struct redis_link_options *options, int64_t deadline_ms)
{
    char database[16];
    snprintf(database, sizeof(database), "%u", options->database);
    const struct slice select[] = {SLICE("SELECT"), slice_of(database)};
    const struct slice name[] = {SLICE("CLIENT"), SLICE("SETNAME"), slice_of(options->client_name)};
    return log_in(link, options, deadline_ms) &&
           (options->database == 0 || greet(link, select, 2, deadline_ms, false)) &&
           (options->client_name[0] == '\0' || greet(link, name, 3, deadline_ms, true));
}

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

struct redis_link *redis_link_open(const struct redis_link_options *options, int64_t deadline_ms,
                                   char ret_reason[REDIS_LINK_REASON_BYTES])
{
    int descriptor = redis_dial(options->endpoint, deadline_ms, ret_reason, REDIS_LINK_REASON_BYTES);
    if (descriptor < 0) {
        return NULL;
    }
    struct redis_link *link = link_create(descriptor);
    if (link == NULL) {
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "out of memory");
        return NULL;
    }
    if ((options->tls.is_on && !start_tls(link, options)) || !introduce(link, options, deadline_ms)) {
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "%s", link->reason);
        redis_link_close(link);
        return NULL;
    }
    return link;
}

void redis_link_close(struct redis_link *link)
{
    if (link == NULL) {
        return;
    }
    redisFree(link->context);
#ifdef PROMOGATE_REDIS_TLS
    if (link->tls != NULL) {
        redisFreeSSLContext(link->tls);
    }
#endif
    free(link);
}
