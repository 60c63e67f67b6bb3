#include "tests/bench/loopback.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

const char *loopback_parse(const char *text, struct loopback *ret_loopback)
{
    static const char expected[] = "expected IPv4:PORT";
    struct loopback loopback = {.address.sin_family = AF_INET};
    char host[16], *end;
    const char *colon = strrchr(text, ':');

    if (!colon || (size_t)(colon - text) >= sizeof host || strlen(text) >= sizeof loopback.host) {
        return expected;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    long port = strtol(colon + 1, &end, 10);
    if (port < 1 || port > 65535 || *end != '\0' || inet_pton(AF_INET, host, &loopback.address.sin_addr) != 1) {
        return expected;
    }
    if (ntohl(loopback.address.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) {
        return "only loopback addresses are loaded";
    }
    loopback.address.sin_port = htons((uint16_t)port);
    strcpy(loopback.host, text);
    *ret_loopback = loopback;
    return NULL;
}
