/*
 * baseline REDIS_PORT THREADS: the service of the outage, in small. For the drill only.
 *
 *     thread of the pool:  request ─▶ GET baseline:policies ─▶ parse all of it ─▶ decide ─▶ answer
 *                                     blocks                   64 KB of JSON
 *
 * Answers GET /v1/evaluate on a free port of loopback, which it prints, until SIGTERM. When the value cannot be had
 * the answer is a 500, as of any service that has nothing to fall back on.
 */

#include "policy/context_query.h"
#include "tests/drill/naive.h"
#include "tests/drill/store.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PATH             "/v1/evaluate?"
#define THREADS_MAX      256
#define ANSWER_BYTES_MAX 65536

/* What a thread of the pool keeps from request to request: a connection, and room. No policies. */
struct session {
    struct store store;
    struct evaluation *evaluation;
    struct context context;
    struct text answer;
};

/* A request on its way through the library, which calls handle() twice for it. */
struct request {
    bool is_begun;
    char uri[];
};

static pthread_key_t session_key;
static int redis_port;

static void session_free(void *cls)
{
    struct session *session = cls;
    store_close(&session->store);
    evaluation_free(session->evaluation);
    text_clear(&session->answer);
    free(session);
}

/* The calling thread's; NULL when memory ends. */
static struct session *session_of_thread(void)
{
    struct session *session = pthread_getspecific(session_key);

    if (session) {
        return session;
    }
    session = calloc(1, sizeof *session);
    if (!session) {
        return NULL;
    }
    session->store.port = redis_port;
    session->evaluation = evaluation_create();
    text_init(&session->answer, ANSWER_BYTES_MAX);
    if (!session->evaluation || pthread_setspecific(session_key, session) != 0) {
        session_free(session);
        return NULL;
    }
    return session;
}

static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned status, struct slice body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.length, (void *)(uintptr_t)body.at, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Status of the answer; 200 has it in session->answer. */
static unsigned decide(struct session *session, char *query)
{
    static const struct context_rules rules = {.interface_default = {.at = "checkout", .length = 8}};
    struct context_error error;

    if (!context_query_parse(query, strlen(query), &rules, &session->context, &error)) {
        return MHD_HTTP_BAD_REQUEST;
    }
    redisReply *value = store_fetch(&session->store);
    if (!value) {
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    text_reset(&session->answer);
    bool is_decided = naive_decide((struct slice){value->str, (uint32_t)value->len}, &session->context, time(NULL),
                                   session->evaluation, &session->answer);
    freeReplyObject(value);
    return is_decided ? MHD_HTTP_OK : MHD_HTTP_INTERNAL_SERVER_ERROR;
}

static enum MHD_Result serve(struct MHD_Connection *connection, const char *method, char *uri)
{
    struct session *session = session_of_thread();

    if (!session) {
        return MHD_NO;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 || strncmp(uri, PATH, sizeof PATH - 1) != 0) {
        return answer_with(connection, MHD_HTTP_NOT_FOUND, SLICE("{\"status\":404}"));
    }
    unsigned status = decide(session, uri + sizeof PATH - 1);
    return answer_with(connection, status,
                       status == MHD_HTTP_OK ? text_slice(&session->answer) : SLICE("{\"title\":\"no policies\"}"));
}

/* The URI as it came: the engine's reader decodes it. */
static void *request_create(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void)cls, (void)connection;
    struct request *request = calloc(1, sizeof *request + strlen(uri) + 1);
    if (request) {
        strcpy(request->uri, uri);
    }
    return request;
}

static void request_free(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode end)
{
    (void)cls, (void)connection, (void)end;
    free(*state);
    *state = NULL;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *body, size_t *body_bytes, void **state)
{
    (void)cls, (void)url, (void)version, (void)body;
    struct request *request = *state;

    if (!request) {
        return MHD_NO;
    }
    if (!request->is_begun || *body_bytes > 0) {
        request->is_begun = true;
        *body_bytes = 0;
        return MHD_YES;
    }
    return serve(connection, method, request->uri);
}

static struct MHD_Daemon *start(unsigned threads)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_URI_LOG_CALLBACK, request_create, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, request_free, NULL, MHD_OPTION_END);
}

static void wait_for_end(const sigset_t *signals)
{
    int signal;
    while (sigwait(signals, &signal) != 0) {
    }
}

int main(int argc, char **argv)
{
    sigset_t signals;
    int threads = argc == 3 ? atoi(argv[2]) : 0;

    redis_port = argc == 3 ? atoi(argv[1]) : 0;
    if (redis_port < 1 || redis_port > 65535 || threads < 1 || threads > THREADS_MAX) {
        fputs("usage: baseline REDIS_PORT THREADS\n", stderr);
        return 2;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* the pool's threads inherit it */
    struct MHD_Daemon *daemon = pthread_key_create(&session_key, session_free) == 0 ? start((unsigned)threads) : NULL;
    if (!daemon) {
        fputs("baseline: cannot start\n", stderr);
        return 1;
    }
    printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    wait_for_end(&signals);
    MHD_stop_daemon(daemon);
    return 0;
}
