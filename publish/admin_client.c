#include "publish/admin_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

/* One exchange, from its beginning to its end. */
struct call {
    CURL *easy;
    struct curl_slist *route;
    struct admin_answer *answer;
    bool is_too_large;
    char error[CURL_ERROR_SIZE];
};

struct client {
    const struct admin_request *request;
    CURLM *multi;
    struct curl_slist *headers;
    uint32_t active;
};

static size_t take(char *bytes, size_t size, size_t count, void *cls)
{
    struct call *call = cls;
    size_t length = size * count;
    text_append(&call->answer->body, (struct slice){.at = bytes, .length = (uint32_t)length});
    call->is_too_large = call->answer->body.failed;
    return call->is_too_large ? 0 : length; /* fewer: libcurl ends the transfer */
}

static void call_free(struct call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->route);
    free(call);
}

static void set_security(CURL *easy, const struct admin_request *request)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* the environment's would see the token, and gateways are near */
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)ADMIN_CLIENT_ANSWER_BYTES_MAX);
    if (request->ca_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    }
    if (request->cert_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, request->cert_file);
    }
    if (request->key_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_SSLKEY, request->key_file);
    }
}

static void set_request(CURL *easy, const struct client *client)
{
    const struct admin_request *request = client->request;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "promoctl/" PROMOGATE_VERSION);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* an interface may be called ".." */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->timeout_ms);
    if (request->body.length > 0) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.at);
    }
}

/* Under the URL's name, at the gateway's address. */
static bool set_route(struct call *call, const struct gateway *gateway, struct slice interface)
{
    char name[REDIS_ENDPOINT_TEXT_BYTES], url[1024], route[GATEWAY_ADDRESS_BYTES + 8];
    bool is_all = slice_equals(interface, SLICE("*")); /* which would be escaped */
    char *escaped = curl_easy_escape(call->easy, interface.length > 0 ? interface.at : "", (int)interface.length);
    if (escaped == NULL) {
        return false;
    }
    redis_endpoint_describe(&gateway->url.endpoint, name);
    snprintf(url, sizeof(url), "%s://%s/admin/switches%s%s", gateway->url.is_tls ? "https" : "http", name,
             interface.length > 0 ? "/" : "", is_all ? "*" : escaped);
    curl_free(escaped);
    snprintf(route, sizeof(route), "::%s", gateway->address);
    call->route = curl_slist_append(NULL, route);
    return call->route != NULL && curl_easy_setopt(call->easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->route) == CURLE_OK;
}

/* False: memory ended. */
static bool start(struct client *client, const struct gateway *gateway, struct admin_answer *answer)
{
    if (gateway->reason != NULL) {
        snprintf(answer->reason, sizeof(answer->reason), "%s", gateway->reason);
        return true;
    }
    struct call *call = calloc(1, sizeof(*call));
    if (call == NULL) {
        return false;
    }
    call->answer = answer;
    call->easy = curl_easy_init();
    if (call->easy == NULL || !set_route(call, gateway, client->request->interface)) {
        call_free(call);
        return false;
    }
    set_request(call->easy, client);
    set_security(call->easy, client->request);
    curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    if (curl_multi_add_handle(client->multi, call->easy) != CURLM_OK) {
        call_free(call);
        return false;
    }
    client->active++;
    return true;
}

static void finish(struct client *client, CURL *easy, CURLcode result)
{
    char *private;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct call *call = (struct call *)(void *)private;
    struct admin_answer *answer = call->answer;
    curl_multi_remove_handle(client->multi, easy);
    client->active--;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK && status > 0) {
        answer->status = (uint32_t)status;
    } else if (call->is_too_large || result == CURLE_FILESIZE_EXCEEDED) {
        snprintf(answer->reason, sizeof(answer->reason), "answers more than 64 KiB");
    } else {
        snprintf(answer->reason, sizeof(answer->reason), "%s",
                 call->error[0] != '\0' ? call->error : curl_easy_strerror(result));
    }
    call_free(call);
}

/* Those that have ended. */
static void reap(struct client *client)
{
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            finish(client, message->easy_handle, message->data.result);
        }
    }
}

/* False: memory ended before all were asked; those that were are answered. */
static bool run(struct client *client, const struct gateway_list *gateways, struct admin_answer *answers)
{
    int running;
    bool is_well = true;
    uint32_t next = 0;
    while ((is_well && next < gateways->count) || client->active > 0) {
        while (is_well && next < gateways->count && client->active < ADMIN_CLIENT_CALLS_MAX) {
            is_well = start(client, &gateways->items[next], &answers[next]);
            next++;
        }
        curl_multi_perform(client->multi, &running);
        reap(client);
        if (client->active > 0) {
            curl_multi_poll(client->multi, NULL, 0, 1000, NULL); /* earlier when something happens or ends */
        }
    }
    return is_well;
}

static bool add_header(struct client *client, const char *line)
{
    struct curl_slist *headers = curl_slist_append(client->headers, line);
    client->headers = headers != NULL ? headers : client->headers;
    return headers != NULL;
}

static bool add_authorization(struct client *client, const char *token)
{
    char line[1024];
    snprintf(line, sizeof(line), "Authorization: Bearer %.900s", token);
    bool is_well = add_header(client, line);
    explicit_bzero(line, sizeof(line));
    return is_well;
}

static bool add_headers(struct client *client)
{
    const struct admin_request *request = client->request;
    return add_header(client, "Accept: application/json") && add_header(client, "Expect:") &&
           (request->body.length == 0 || add_header(client, "Content-Type: application/json")) &&
           (request->token[0] == '\0' || add_authorization(client, request->token));
}

void admin_client_free_answers(struct admin_answer *answers, uint32_t count)
{
    for (uint32_t i = 0; answers != NULL && i < count; i++) {
        text_clear(&answers[i].body);
    }
    free(answers);
}

struct admin_answer *admin_client_ask(const struct gateway_list *gateways, const struct admin_request *request)
{
    struct client client = {.request = request};
    struct admin_answer *answers = calloc(gateways->count, sizeof(*answers));
    if (answers == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(answers);
        return NULL;
    }
    for (uint32_t i = 0; i < gateways->count; i++) {
        text_init(&answers[i].body, ADMIN_CLIENT_ANSWER_BYTES_MAX);
    }
    client.multi = curl_multi_init();
    bool is_well = client.multi != NULL && add_headers(&client) && run(&client, gateways, answers);
    curl_multi_cleanup(client.multi);
    curl_slist_free_all(client.headers);
    curl_global_cleanup();
    if (!is_well) {
        admin_client_free_answers(answers, gateways->count);
        return NULL;
    }
    return answers;
}
