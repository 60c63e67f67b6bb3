#include "tests/bench/interface_mix.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || (text[length] != '\0' && strchr("._-", text[length]))) {
        length++;
    }
    return length;
}

static unsigned find(const struct interface_mix *mix, const char *name, size_t length)
{
    unsigned i = 0;
    while (i < mix->count && (strlen(mix->names[i]) != length || memcmp(mix->names[i], name, length) != 0)) {
        i++;
    }
    return i;
}

static const char *entry_parse(const char *text, struct interface_mix *mix)
{
    size_t length = name_length(text);
    char *end;

    if (length == 0 || length > INTERFACE_MIX_NAME_MAX || text[length] != '=' ||
        find(mix, text, length) != mix->count || !isdigit((unsigned char)text[length + 1])) {
        return NULL;
    }
    unsigned long share = strtoul(text + length + 1, &end, 10);
    if (share < 1 || share > INTERFACE_MIX_SHARE_MAX) {
        return NULL;
    }
    memcpy(mix->names[mix->count], text, length);
    mix->cumulative[mix->count] = share + (mix->count > 0 ? mix->cumulative[mix->count - 1] : 0);
    mix->count++;
    return end;
}

const char *interface_mix_parse(const char *text, struct interface_mix *ret_mix)
{
    struct interface_mix mix = {0};

    for (;;) {
        if (mix.count == INTERFACE_MIX_MAX) {
            return "more interfaces than INTERFACE_MIX_MAX";
        }
        text = entry_parse(text, &mix);
        if (!text || (*text != ',' && *text != '\0')) {
            return "expected NAME=SHARE,NAME=SHARE,... with each name once";
        }
        if (*text++ == '\0') {
            break;
        }
    }
    *ret_mix = mix;
    return NULL;
}

unsigned interface_mix_pick(const struct interface_mix *mix, double draw)
{
    uint64_t point = (uint64_t)(draw * (double)mix->cumulative[mix->count - 1]);
    unsigned i = 0;
    while (i + 1 < mix->count && point >= mix->cumulative[i]) {
        i++;
    }
    return i;
}

unsigned interface_mix_find(const struct interface_mix *mix, const char *target)
{
    static const char parameter[] = "interface=";
    const char *query = strchr(target, '?');

    for (const char *name = query; name; name = strchr(name + 1, '&')) {
        if (strncmp(name + 1, parameter, sizeof parameter - 1) == 0) {
            const char *value = name + sizeof parameter;
            return find(mix, value, strcspn(value, "&"));
        }
    }
    return mix->count;
}
