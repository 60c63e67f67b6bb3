#include "cache/redis_redirect.h"

static bool begins(struct slice text, struct slice word)
{
    return text.length >= word.length && memcmp(text.at, word.at, word.length) == 0;
}

/* host:port, :port, v6:port without brackets. */
static bool parse_address(struct slice text, const struct redis_endpoint *here, struct redis_endpoint *ret_there)
{
    const char *colon = text.length == 0 ? NULL : memrchr(text.at, ':', text.length);
    if (colon == NULL) {
        return false;
    }
    struct slice host = {text.at, (uint32_t)(colon - text.at)};
    struct slice port = {colon + 1, text.length - host.length - 1};
    return redis_endpoint_join(host.length == 0 ? slice_of(here->host) : host, port, ret_there);
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
