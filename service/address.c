#include "service/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>

static bool port_parse(struct slice text, uint16_t *ret_port)
{
    if (text.length == 0 || text.length > 5 || (text.length > 1 && text.at[0] == '0')) {
        return false;
    }
    uint32_t port = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        port = port * 10 + (uint32_t)(text.at[i] - '0');
    }
    if (port > UINT16_MAX) {
        return false;
    }
    *ret_port = (uint16_t)port;
    return true;
}

static bool ipv4_parse(const char *host, uint16_t port, struct address *ret_address)
{
    struct address address = {.length = sizeof(struct sockaddr_in)};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address.storage;
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &ipv4->sin_addr) != 1) {
        return false;
    }
    *ret_address = address;
    return true;
}

static bool ipv6_parse(const char *host, uint16_t port, struct address *ret_address)
{
    struct address address = {.length = sizeof(struct sockaddr_in6)};
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address.storage;
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    if (inet_pton(AF_INET6, host, &ipv6->sin6_addr) != 1) {
        return false;
    }
    *ret_address = address;
    return true;
}

bool address_parse(struct slice text, struct address *ret_address)
{
    const char *colon = text.length == 0 ? NULL : memrchr(text.at, ':', text.length);
    if (colon == NULL || text.length >= ADDRESS_TEXT_BYTES) {
        return false;
    }
    uint32_t host_length = (uint32_t)(colon - text.at);
    uint16_t port;
    if (!port_parse((struct slice){.at = colon + 1, .length = text.length - host_length - 1}, &port)) {
        return false;
    }
    char host[ADDRESS_TEXT_BYTES] = "";
    if (host_length > 2 && text.at[0] == '[' && colon[-1] == ']') {
        memcpy(host, text.at + 1, host_length - 2);
        return ipv6_parse(host, port, ret_address);
    }
    memcpy(host, text.at, host_length);
    return ipv4_parse(host, port, ret_address);
}

bool address_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        return (ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family != AF_INET6) {
        return false;
    }
    const struct in6_addr *ipv6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(ipv6) || (IN6_IS_ADDR_V4MAPPED(ipv6) && ipv6->s6_addr[12] == 127);
}

void address_format(const struct sockaddr *address, char ret_text[static ADDRESS_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &ipv6->sin6_addr, host, sizeof(host));
        snprintf(ret_text, ADDRESS_TEXT_BYTES, "[%s]:%u", host, (unsigned)ntohs(ipv6->sin6_port));
        return;
    }
    assert(address->sa_family == AF_INET);
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
    inet_ntop(AF_INET, &ipv4->sin_addr, host, sizeof(host));
    snprintf(ret_text, ADDRESS_TEXT_BYTES, "%s:%u", host, (unsigned)ntohs(ipv4->sin_port));
}
