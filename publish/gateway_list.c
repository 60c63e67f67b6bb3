#include "publish/gateway_list.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

const char *gateway_list_parse_url(const char *text, struct gateway_url *ret_url)
{
    static const char plain[] = "http://", tls[] = "https://";
    struct gateway_url url = {.is_tls = strncmp(text, tls, sizeof(tls) - 1) == 0};
    if (!url.is_tls && strncmp(text, plain, sizeof(plain) - 1) != 0) {
        return "--admin takes http://host:port or https://host:port";
    }
    struct slice rest = slice_of(text + (url.is_tls ? sizeof(tls) : sizeof(plain)) - 1);
    if (rest.length > 0 && rest.at[rest.length - 1] == '/') {
        rest.length--;
    }
    if (!redis_endpoint_parse(rest, url.is_tls ? HTTPS_PORT : HTTP_PORT, &url.endpoint)) {
        return "--admin takes http://host:port without user, path and query, the port 1 to 65535";
    }
    *ret_url = url;
    return NULL;
}

void gateway_list_clear(struct gateway_list *list)
{
    free(list->items);
    *list = (struct gateway_list){0};
}

static bool is_listed(const struct gateway_list *list, const struct gateway *gateway)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].url.is_tls == gateway->url.is_tls && strcmp(list->items[i].address, gateway->address) == 0) {
            return true;
        }
    }
    return false;
}

static bool fail(const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    return false;
}

static bool add(struct gateway_list *list, const struct gateway *gateway, const char **ret_reason)
{
    if (is_listed(list, gateway)) {
        return true;
    }
    if (list->count == GATEWAY_LIST_MAX) {
        return fail("there are more than 4096 gateways", ret_reason);
    }
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        struct gateway *items = realloc(list->items, capacity * sizeof(*items));
        if (items == NULL) {
            return fail("out of memory", ret_reason);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *gateway;
    return true;
}

static bool add_unresolved(struct gateway_list *list, const struct gateway_url *url, const char *why,
                           const char **ret_reason)
{
    struct gateway gateway = {.url = *url, .reason = why};
    char address[REDIS_ENDPOINT_TEXT_BYTES];
    redis_endpoint_describe(&url->endpoint, address);
    snprintf(gateway.address, sizeof(gateway.address), "%s", address);
    return add(list, &gateway, ret_reason);
}

static bool add_address(struct gateway_list *list, const struct gateway_url *url, const struct addrinfo *address,
                        const char **ret_reason)
{
    struct gateway gateway = {.url = *url};
    struct redis_endpoint numeric = {.port = url->endpoint.port};
    char text[REDIS_ENDPOINT_TEXT_BYTES];
    if (getnameinfo(address->ai_addr, address->ai_addrlen, numeric.host, sizeof(numeric.host), NULL, 0,
                    NI_NUMERICHOST) != 0) {
        return add_unresolved(list, url, "has an address of no known kind", ret_reason);
    }
    redis_endpoint_describe(&numeric, text);
    snprintf(gateway.address, sizeof(gateway.address), "%s", text);
    return add(list, &gateway, ret_reason);
}

static bool resolve(struct gateway_list *list, const struct gateway_url *url, const char **ret_reason)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    int fault = getaddrinfo(url->endpoint.host, NULL, &wanted, &addresses);
    if (fault != 0) {
        return add_unresolved(list, url, gai_strerror(fault), ret_reason);
    }
    bool is_well = true;
    for (const struct addrinfo *address = addresses; is_well && address != NULL; address = address->ai_next) {
        is_well = add_address(list, url, address, ret_reason);
    }
    freeaddrinfo(addresses);
    return is_well;
}

bool gateway_list_resolve(const struct gateway_url *urls, uint32_t count, struct gateway_list *ret_list,
                          const char **ret_reason)
{
    struct gateway_list list = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (!resolve(&list, &urls[i], ret_reason)) {
            gateway_list_clear(&list);
            return false;
        }
    }
    *ret_list = list;
    return true;
}
