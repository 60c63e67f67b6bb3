#include "service/http_admin.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/refresher.h"
#include "service/address.h"
#include "service/audit.h"
#include "service/clock.h"
#include "service/control.h"
#include "service/exposition.h"
#include "service/http_accept.h"
#include "service/http_connection.h"
#include "service/http_switches.h"
#include "service/probes.h"
#include "service/token.h"

enum {
    WAIT_MS = 100,
    OVERSLEPT_MS = 500, /* such a wait was a stop of the process */
    REFUSED_PATH_BYTES = 128,
};

struct http_admin {
    struct http_loop loop;
    struct gateway *gateway;
    bool is_on_loopback;
    struct token token;
    pthread_t thread;
};

static enum http_outcome answer_text(struct http_connection *connection, unsigned status, enum http_content content,
                                     struct http_answer *ret_answer)
{
    ret_answer->status = status;
    ret_answer->content = content;
    ret_answer->body = text_slice(&connection->loop->text);
    return HTTP_ANSWERED;
}

static enum http_outcome refuse(struct http_connection *connection, unsigned status, const char *detail,
                                struct http_answer *ret_answer)
{
    *ret_answer = http_answer_fault(connection, (struct http_fault){.status = status, .detail = detail});
    return HTTP_ANSWERED;
}

/* Probes and metrics */

/* `verbose` is among the parameters, with or without a value. */
static bool asks_verbose(struct slice query)
{
    const char *end = query.at + query.length;
    for (const char *at = query.at; at < end;) {
        const char *amper = memchr(at, '&', (size_t)(end - at));
        const char *stop = amper == NULL ? end : amper;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        struct slice name = {.at = at, .length = (uint32_t)((equals == NULL ? stop : equals) - at)};
        if (slice_equals(name, SLICE("verbose"))) {
            return true;
        }
        at = stop + 1;
    }
    return false;
}

static enum http_outcome serve_probe(struct http_connection *connection, enum probe probe,
                                     struct http_answer *ret_answer)
{
    struct http_admin *admin = connection->loop->owner;
    struct text *text = &connection->loop->text;
    bool is_verbose = asks_verbose(connection->query);
    text_reset(text);
    bool is_ok = probes_append(text, admin->gateway, probe, is_verbose);
    return answer_text(connection, is_ok ? 200 : 503, HTTP_CONTENT_TEXT, ret_answer);
}

static enum http_outcome serve_livez(struct http_connection *connection, struct http_answer *ret_answer)
{
    return serve_probe(connection, PROBE_LIVE, ret_answer);
}

static enum http_outcome serve_readyz(struct http_connection *connection, struct http_answer *ret_answer)
{
    return serve_probe(connection, PROBE_READY, ret_answer);
}

static enum http_outcome serve_startupz(struct http_connection *connection, struct http_answer *ret_answer)
{
    return serve_probe(connection, PROBE_STARTED, ret_answer);
}

static enum http_outcome serve_metrics(struct http_connection *connection, struct http_answer *ret_answer)
{
    struct http_admin *admin = connection->loop->owner;
    struct slice accept = connection->head.accept;
    bool is_open = accept.at != NULL && http_accept_prefers_openmetrics(accept);
    struct metric_text out = {.text = &connection->loop->text,
                              .format = is_open ? METRIC_FORMAT_OPENMETRICS : METRIC_FORMAT_TEXT};
    text_reset(out.text);
    int64_t begun_ns = clock_monotonic_ns();
    exposition_append(&out, admin->gateway, &admin->loop.metrics);
    metric_text_gauge(&out, "promogate_scrape_duration_seconds", "How long it took to write what stands above.",
                      (double)(clock_monotonic_ns() - begun_ns) / 1e9);
    metric_text_end(&out);
    return answer_text(connection, 200, is_open ? HTTP_CONTENT_OPENMETRICS : HTTP_CONTENT_METRICS, ret_answer);
}

/* /admin/ */

static void append_source(struct text *text, const struct gateway *gateway, const struct refresher_status *status)
{
    struct source_traffic traffic;
    source_traffic(gateway->source, &traffic);
    text_append(text, SLICE("{\"description\":"));
    text_append_json_string(text, slice_of(source_describe(gateway->source)));
    text_append_format(text, ",\"state\":\"%s\",\"error\":", refresher_state_name(status->state));
    text_append_json_string(text, slice_of(status->error));
    text_append_format(text,
                       ",\"checked_age_ms\":%lld,\"load_ms\":%lld,\"trace_id\":", (long long)status->checked_age_ms,
                       (long long)status->load_ms);
    text_append_json_string(text, slice_of(status->trace));
    text_append_format(text,
                       ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 ",\"exchanges\":%" PRIu64
                       ",\"connects\":%" PRIu64 ",\"failures\":%" PRIu64 ",\"hints\":%" PRIu64
                       ",\"pieces_fetched\":%" PRIu64 ",\"pieces_held\":%" PRIu64 "}",
                       traffic.bytes_in, traffic.bytes_out, traffic.exchanges, traffic.connects, traffic.failures,
                       traffic.hints, traffic.pieces_fetched, traffic.pieces_held);
}

static void append_status(struct text *text, const struct gateway *gateway)
{
    static const char *const phases[] = {"serving", "leaving", "closing", "stopped"};
    struct refresher_status status;
    refresher_status(gateway->refresher, &status);
    text_append_format(text, "{\"version\":\"%s\",\"phase\":\"%s\",\"release\":", PROMOGATE_VERSION,
                       phases[gateway_phase(gateway)]);
    if (status.has_snapshot) {
        text_append_format(text, "%llu", (unsigned long long)status.facts.release);
    } else {
        text_append(text, SLICE("null"));
    }
    text_append_format(text, ",\"policies\":%u,\"aois\":%u,\"snapshot_age_ms\":%lld,\"source\":", status.facts.policies,
                       status.facts.aois, (long long)status.snapshot_age_ms);
    append_source(text, gateway, &status);
    text_append_format(text, ",\"config\":{\"activated_unix_ms\":%llu,\"activations\":%llu,\"refusals\":%llu}}\n",
                       (unsigned long long)counter_read(&gateway->config_activated_wall_ms),
                       (unsigned long long)counter_read(&gateway->config_activations),
                       (unsigned long long)counter_read(&gateway->config_refusals));
}

/*
 * With a token_file: who presents the token. Without one: loopback peers, and only where the listener is bound to
 * loopback too - behind a proxy on the same machine every peer looks like loopback.
 */
static bool admits(struct http_admin *admin, struct http_connection *connection, struct http_answer *ret_answer)
{
    const char *path = connection->loop->config->paths.token_file;
    if (path[0] == '\0') {
        if (admin->is_on_loopback && address_is_loopback(http_connection_peer(connection))) {
            return true;
        }
        refuse(connection, 403, "no token is configured: only loopback may ask, where the listener is on loopback",
               ret_answer);
        return false;
    }
    token_follow(&admin->token, path);
    if (connection->head.authorization.at != NULL && token_admits(&admin->token, connection->head.authorization)) {
        return true;
    }
    refuse(connection, 401, "this needs Authorization: Bearer with the configured token", ret_answer);
    ret_answer->challenge = "Bearer realm=\"promogate\"";
    return false;
}

/* Who is turned away is told to the audit: somebody tries tokens, or a token was changed and not everywhere. */
static void tell_refusal(struct http_admin *admin, struct http_connection *connection, const struct http_answer *answer)
{
    static const char *const methods[] = {
        [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_OTHER] = "other"};
    char peer[ADDRESS_TEXT_BYTES], path[REFUSED_PATH_BYTES];
    address_format(http_connection_peer(connection), peer);
    snprintf(path, sizeof(path), "%.*s", (int)connection->path.length, connection->path.at);
    const struct audit_refusal refusal = {.peer = peer,
                                          .method = methods[connection->head.method],
                                          .path = path,
                                          .reason = answer->status == 401 ? "without the token" : "not from loopback"};
    control_refuse(admin->gateway->control, &refusal);
}

static enum http_outcome serve_admin(struct http_connection *connection, struct http_answer *ret_answer)
{
    struct http_admin *admin = connection->loop->owner;
    if (!admits(admin, connection, ret_answer)) {
        tell_refusal(admin, connection, ret_answer);
        return HTTP_ANSWERED;
    }
    const struct slice switches = SLICE("/admin/switches");
    struct slice path = connection->path;
    if (path.length >= switches.length && memcmp(path.at, switches.at, switches.length) == 0) {
        path = (struct slice){path.at + switches.length, path.length - switches.length};
        return http_switches_serve(connection, admin->gateway->control, path, ret_answer);
    }
    if (!slice_equals(connection->path, SLICE("/admin/status"))) {
        return refuse(connection, 404, "there is nothing at this path", ret_answer);
    }
    if (connection->head.method != HTTP_GET && connection->head.method != HTTP_HEAD) {
        refuse(connection, 405, "the path has no such method", ret_answer);
        ret_answer->allow = "GET, HEAD";
        return HTTP_ANSWERED;
    }
    text_reset(&connection->loop->text);
    append_status(&connection->loop->text, admin->gateway);
    return answer_text(connection, 200, HTTP_CONTENT_JSON, ret_answer);
}

#define PAGE(page, function)                                                                                           \
    {                                                                                                                  \
        .path = {page, sizeof(page) - 1}, .methods = HTTP_GET | HTTP_HEAD, .allow = "GET, HEAD",                       \
        .label = METRIC_ROUTE_ADMIN, .serve = (function)                                                               \
    }

static const struct http_route rows[] = {
    PAGE("/livez", serve_livez),
    PAGE("/readyz", serve_readyz),
    PAGE("/startupz", serve_startupz),
    PAGE("/metrics", serve_metrics),
    {.path = {"/admin/", sizeof("/admin/") - 1},
     .is_prefix = true,
     .methods = HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT | HTTP_OTHER,
     .body = HTTP_BODY_ANY,
     .label = METRIC_ROUTE_ADMIN,
     .serve = serve_admin},
};

static const struct http_routes routes = {
    .rows = rows, .count = sizeof(rows) / sizeof(rows[0]), .label_otherwise = METRIC_ROUTE_ADMIN};

/* The thread */

/* livez must not be asked before the control thread has noticed a stop: who answers it notices by itself. */
static int64_t wait_for_work(struct http_admin *admin)
{
    int64_t begun_ns = clock_monotonic_ns();
    http_loop_wait(&admin->loop, WAIT_MS, false);
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns - begun_ns > OVERSLEPT_MS * INT64_C(1000000)) {
        gateway_note_stop(admin->gateway, now_ns);
    }
    return now_ns;
}

static void turn(struct http_admin *admin)
{
    slot_reader_offline();
    int64_t now_ns = wait_for_work(admin);
    slot_reader_online();
    struct http_turn turn = {
        .config = slot_read(&admin->gateway->configs), .now_ns = now_ns, .wall_ms = clock_wall_ms()};
    http_loop_turn(&admin->loop, &turn);
}

static void *run(void *cls)
{
    struct http_admin *admin = cls;
    slot_reader_register();
    while (gateway_phase(admin->gateway) != GATEWAY_STOPPED) {
        turn(admin);
    }
    http_loop_close(&admin->loop);
    slot_reader_unregister();
    return NULL;
}

struct http_admin *http_admin_start(struct gateway *gateway, int listen_socket, bool is_on_loopback)
{
    struct http_admin *admin = calloc(1, sizeof(*admin));
    if (admin == NULL) {
        return NULL;
    }
    admin->gateway = gateway;
    admin->is_on_loopback = is_on_loopback;
    if (!http_loop_open(&admin->loop, listen_socket, &routes, &gateway->admin_shared, admin) ||
        pthread_create(&admin->thread, NULL, run, admin) != 0) {
        http_loop_close(&admin->loop);
        free(admin);
        return NULL;
    }
    pthread_setname_np(admin->thread, "admin");
    return admin;
}

void http_admin_stop(struct http_admin *admin)
{
    if (admin != NULL) {
        pthread_join(admin->thread, NULL);
        free(admin);
    }
}
