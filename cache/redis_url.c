#include "cache/redis_url.h"

#include <stdio.h>

#include "policy/hex.h"

enum { DEFAULT_PORT = 6379, DEFAULT_SENTINEL_PORT = 26379, DATABASE_MAX = 1000000 };

struct scheme {
    const char *text;
    bool is_tls, is_sentinel;
};

static const struct scheme schemes[] = {
    {"redis://", false, false},
    {"rediss://", true, false},
    {"redis+sentinel://", false, true},
};

static const struct scheme *scheme_of(struct slice text)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i].text);
        if (text.length >= length && memcmp(text.at, schemes[i].text, length) == 0) {
            return &schemes[i];
        }
    }
    return NULL;
}

bool redis_url_is(struct slice text)
{
    return scheme_of(text) != NULL;
}

static bool fail(const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    return false;
}

/* What stands before the first `byte`, or all; `*rest` is what stands behind it, and `has` whether it was there. */
static struct slice cut(struct slice *rest, char byte, bool *ret_has)
{
    const char *found = rest->length == 0 ? NULL : memchr(rest->at, byte, rest->length);
    struct slice before = *rest;
    *ret_has = found != NULL;
    if (found != NULL) {
        before.length = (uint32_t)(found - rest->at);
        rest->at = found + 1;
        rest->length -= before.length + 1;
    } else {
        rest->at += rest->length;
        rest->length = 0;
    }
    return before;
}

static bool parse_number(struct slice text, uint32_t max, uint32_t *ret_number)
{
    uint64_t number = 0;
    if (text.length == 0 || text.length > 7) {
        return false;
    }
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    *ret_number = (uint32_t)number;
    return number <= max;
}

static bool copy_text(struct slice text, char *ret_text, size_t size)
{
    if (text.length >= size || (text.length > 0 && memchr(text.at, '\0', text.length) != NULL)) {
        return false;
    }
    if (text.length > 0) {
        memcpy(ret_text, text.at, text.length);
    }
    ret_text[text.length] = '\0';
    return true;
}

/* %41 is A. */
static bool decode_percent(struct slice text, char *ret_text, size_t size)
{
    size_t length = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        int byte = (unsigned char)text.at[i];
        if (byte == '%') {
            int high = i + 2 < text.length ? hex_digit(text.at[i + 1]) : -1;
            int low = i + 2 < text.length ? hex_digit(text.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            byte = high * 16 + low;
            i += 2;
        }
        if (byte < ' ' || byte == 0x7f || length + 1 >= size) {
            return false;
        }
        ret_text[length++] = (char)byte;
    }
    ret_text[length] = '\0';
    return true;
}

static bool is_host(struct slice text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte <= ' ' || byte >= 0x7f || strchr("@/?#[]", byte) != NULL) {
            return false;
        }
    }
    return text.length > 0;
}

bool redis_endpoint_parse(struct slice text, uint16_t default_port, struct redis_endpoint *ret_endpoint)
{
    struct slice host, port = {0};
    bool has_port = false;
    if (text.length > 0 && text.at[0] == '[') {
        struct slice rest = {text.at + 1, text.length - 1};
        bool has_end;
        host = cut(&rest, ']', &has_end);
        has_port = rest.length > 0;
        if (!has_end || (has_port && rest.at[0] != ':')) {
            return false;
        }
        port = has_port ? (struct slice){rest.at + 1, rest.length - 1} : port;
    } else {
        port = text;
        host = cut(&port, ':', &has_port);
    }
    uint32_t number = default_port;
    struct redis_endpoint endpoint = {0};
    if (!is_host(host) || !copy_text(host, endpoint.host, sizeof(endpoint.host)) ||
        (has_port && (!parse_number(port, UINT16_MAX, &number) || number == 0))) {
        return false;
    }
    endpoint.port = (uint16_t)number;
    *ret_endpoint = endpoint;
    return true;
}

/* user:password@, :password@ */
static bool parse_login(struct slice login, struct redis_url *url, const char **ret_reason)
{
    bool has_password;
    struct slice user = cut(&login, ':', &has_password);
    if (!has_password) {
        return fail("must have user:password or :password before the @", ret_reason);
    }
    if (!decode_percent(user, url->user, sizeof(url->user)) ||
        !decode_percent(login, url->password, sizeof(url->password))) {
        return fail("has a user or password that is too long or badly percent-encoded", ret_reason);
    }
    return true;
}

static bool parse_endpoints(struct slice text, struct redis_url *url, const char **ret_reason)
{
    bool has_more = true;
    uint16_t default_port = url->is_sentinel ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT;
    while (has_more) {
        struct slice one = cut(&text, ',', &has_more);
        if (url->endpoint_count == (url->is_sentinel ? REDIS_URL_ENDPOINTS_MAX : 1)) {
            return fail(url->is_sentinel ? "names more than 8 Sentinels" : "names more than one host", ret_reason);
        }
        if (!redis_endpoint_parse(one, default_port, &url->endpoints[url->endpoint_count++])) {
            return fail("must have host:port, the port 1 to 65535", ret_reason);
        }
    }
    return true;
}

/* [/MASTER][/DATABASE] */
static bool parse_path(struct slice path, struct redis_url *url, const char **ret_reason)
{
    bool has_more = false;
    if (url->is_sentinel) {
        struct slice master = cut(&path, '/', &has_more);
        if (master.length == 0 || !decode_percent(master, url->master, sizeof(url->master))) {
            return fail("must name the master behind the Sentinels: /MASTER", ret_reason);
        }
    }
    if (path.length > 0 && !parse_number(path, DATABASE_MAX, &url->database)) {
        return fail("must have a database number from 0 to 1000000 behind the slash", ret_reason);
    }
    return true;
}

static bool parse_parameter(struct slice value, struct slice name, struct redis_url *url, const char **ret_reason)
{
    if (slice_equals(name, SLICE("namespace"))) {
        if (!redis_keys_is_namespace(value)) {
            return fail("must have a namespace of 1 to 32 characters a-z 0-9 . _ -, the first a letter or digit",
                        ret_reason);
        }
        if (url->namespace[0] != '\0') {
            return fail("names more than one namespace", ret_reason);
        }
        return copy_text(value, url->namespace, sizeof(url->namespace));
    }
    if (!slice_equals(name, SLICE("replica"))) {
        return fail("has a parameter that is neither namespace nor replica", ret_reason);
    }
    if (url->is_sentinel) {
        return fail("cannot name replicas beside Sentinels", ret_reason);
    }
    if (url->replica_count == REDIS_URL_REPLICAS_MAX) {
        return fail("names more than 8 replicas", ret_reason);
    }
    return redis_endpoint_parse(value, DEFAULT_PORT, &url->replicas[url->replica_count++]) ||
           fail("must have replica=host:port", ret_reason);
}

static bool parse_query(struct slice query, struct redis_url *url, const char **ret_reason)
{
    bool has_more = query.length > 0;
    while (has_more) {
        struct slice value = cut(&query, '&', &has_more);
        bool has_value;
        struct slice name = cut(&value, '=', &has_value);
        if (!parse_parameter(value, name, url, ret_reason)) {
            return false;
        }
    }
    return true;
}

bool redis_url_parse(struct slice text, struct redis_url *ret_url, const char **ret_reason)
{
    const struct scheme *scheme = scheme_of(text);
    if (scheme == NULL) {
        return fail("must begin with redis://, rediss:// or redis+sentinel://", ret_reason);
    }
    struct redis_url url = {.is_tls = scheme->is_tls, .is_sentinel = scheme->is_sentinel};
    struct slice rest = {text.at + strlen(scheme->text), text.length - (uint32_t)strlen(scheme->text)};
    bool has_login;
    struct slice query = rest;
    struct slice path = cut(&query, '?', &has_login);
    struct slice authority = cut(&path, '/', &has_login);
    struct slice hosts = authority;
    struct slice login = cut(&hosts, '@', &has_login);
    if (has_login && !parse_login(login, &url, ret_reason)) {
        return false;
    }
    if (!parse_endpoints(has_login ? hosts : authority, &url, ret_reason) || !parse_path(path, &url, ret_reason) ||
        !parse_query(query, &url, ret_reason)) {
        return false;
    }
    if (url.namespace[0] == '\0') {
        copy_text(SLICE("main"), url.namespace, sizeof(url.namespace));
    }
    *ret_url = url;
    return true;
}

static const char *scheme_text(const struct redis_url *url)
{
    return url->is_sentinel ? schemes[2].text : url->is_tls ? schemes[1].text : schemes[0].text;
}

bool redis_endpoint_join(struct slice host, struct slice port, struct redis_endpoint *ret_endpoint)
{
    char text[REDIS_URL_HOST_BYTES + 16];
    bool is_bare_v6 = host.length > 0 && host.at[0] != '[' && memchr(host.at, ':', host.length) != NULL;
    int length = snprintf(text, sizeof(text), "%s%.*s%s:%.*s", is_bare_v6 ? "[" : "", (int)host.length, host.at,
                          is_bare_v6 ? "]" : "", (int)port.length, port.at);
    return length > 0 && (size_t)length < sizeof(text) && redis_endpoint_parse(slice_of(text), 0, ret_endpoint);
}

void redis_endpoint_describe(const struct redis_endpoint *endpoint, char ret_text[REDIS_ENDPOINT_TEXT_BYTES])
{
    bool is_v6 = strchr(endpoint->host, ':') != NULL;
    snprintf(ret_text, REDIS_ENDPOINT_TEXT_BYTES, "%s%s%s:%u", is_v6 ? "[" : "", endpoint->host, is_v6 ? "]" : "",
             endpoint->port);
}

void redis_url_describe(const struct redis_url *url, char ret_text[REDIS_URL_TEXT_BYTES])
{
    size_t length = (size_t)snprintf(ret_text, REDIS_URL_TEXT_BYTES, "%s", scheme_text(url));
    for (uint32_t i = 0; i < url->endpoint_count && length < REDIS_URL_TEXT_BYTES; i++) {
        char endpoint[REDIS_ENDPOINT_TEXT_BYTES];
        redis_endpoint_describe(&url->endpoints[i], endpoint);
        length +=
            (size_t)snprintf(ret_text + length, REDIS_URL_TEXT_BYTES - length, "%s%s", i > 0 ? "," : "", endpoint);
    }
    if (length < REDIS_URL_TEXT_BYTES) {
        snprintf(ret_text + length, REDIS_URL_TEXT_BYTES - length, "%s%s/%u?namespace=%s", url->is_sentinel ? "/" : "",
                 url->master, url->database, url->namespace);
    }
}
