#include "cache/redis_redirect.h"

#include <stdio.h>

static bool begins(struct slice text, struct slice word)
{
    return text.length >= word.length && memcmp(text.at, word.at, word.length) == 0;
}

/* host:port, :port, v6:port without brackets. */
static bool parse_address(struct slice text, const struct redis_endpoint *here, struct redis_endpoint *ret_there)
{
    char address[REDIS_URL_HOST_BYTES + 16];
    const char *colon = text.length == 0 ? NULL : memrchr(text.at, ':', text.length);
    if (colon == NULL) {
        return false;
    }
    struct slice host = {text.at, (uint32_t)(colon - text.at)};
    struct slice port = {colon, text.length - host.length};
    host = host.length == 0 ? slice_of(here->host) : host;
    bool is_bare_v6 = host.length > 0 && host.at[0] != '[' && memchr(host.at, ':', host.length) != NULL;
    int length = snprintf(address, sizeof(address), "%s%.*s%s%.*s", is_bare_v6 ? "[" : "", (int)host.length, host.at,
                          is_bare_v6 ? "]" : "", (int)port.length, port.at);
    return length > 0 && (size_t)length < sizeof(address) && redis_endpoint_parse(slice_of(address), 0, ret_there);
}

enum redis_redirect redis_redirect_parse(struct slice fault, const struct redis_endpoint *here,
                                         struct redis_endpoint *ret_there)
{
    bool is_moved = begins(fault, SLICE("MOVED ")), is_ask = begins(fault, SLICE("ASK "));
    const char *blank = is_moved || is_ask ? memrchr(fault.at, ' ', fault.length) : NULL;
    if (blank == NULL) {
        return REDIS_REDIRECT_NONE;
    }
    struct slice address = {blank + 1, (uint32_t)(fault.at + fault.length - blank - 1)};
    if (!parse_address(address, here, ret_there)) {
        return REDIS_REDIRECT_NONE;
    }
    return is_moved ? REDIS_REDIRECT_MOVED : REDIS_REDIRECT_ASK;
}
