#include "service/http_accept.h"

#include <strings.h>

enum { WEIGHT_ONE = 1000 };

/* What is left of `text` in front of `separator`, without the spaces around it; `text` goes on behind it. */
static struct slice cut(struct slice *text, char separator)
{
    const char *found = text->length == 0 ? NULL : memchr(text->at, separator, text->length);
    struct slice part = *text;
    part.length = found == NULL ? text->length : (uint32_t)(found - text->at);
    uint32_t taken = found == NULL ? part.length : part.length + 1;
    *text = (struct slice){.at = text->at + taken, .length = text->length - taken};
    while (part.length > 0 && (*part.at == ' ' || *part.at == '\t')) {
        part.at++;
        part.length--;
    }
    while (part.length > 0 && (part.at[part.length - 1] == ' ' || part.at[part.length - 1] == '\t')) {
        part.length--;
    }
    return part;
}

static bool is(struct slice text, const char *name)
{
    return text.length == strlen(name) && strncasecmp(text.at, name, text.length) == 0;
}

/* 0.5 is 500; what is no weight is 0. */
static unsigned weight_of(struct slice text)
{
    unsigned weight = 0, scale = WEIGHT_ONE;
    for (uint32_t i = 0; i < text.length; i++) {
        char byte = text.at[i];
        if (i == 1) {
            if (byte != '.') {
                return 0;
            }
            continue;
        }
        if (byte < '0' || byte > '9' || i > 4) {
            return 0;
        }
        weight += (unsigned)(byte - '0') * scale;
        scale /= 10;
    }
    return weight <= WEIGHT_ONE ? weight : 0;
}

struct range {
    struct slice type, version;
    unsigned weight;
};

static struct range range_of(struct slice element)
{
    struct range range = {.type = cut(&element, ';'), .version = SLICE(""), .weight = WEIGHT_ONE};
    while (element.length > 0) {
        struct slice value = cut(&element, ';');
        struct slice name = cut(&value, '=');
        if (is(name, "q")) {
            range.weight = weight_of(value);
        } else if (is(name, "version")) {
            range.version = value;
        }
    }
    return range;
}

bool http_accept_prefers_openmetrics(struct slice accept)
{
    unsigned of_openmetrics = 0, of_text = 0;
    while (accept.length > 0) {
        struct range range = range_of(cut(&accept, ','));
        bool is_version = range.version.length == 0 || is(range.version, "1.0.0") || is(range.version, "\"1.0.0\"");
        if (is(range.type, "application/openmetrics-text") && is_version) {
            of_openmetrics = range.weight > of_openmetrics ? range.weight : of_openmetrics;
        } else if (is(range.type, "text/plain")) {
            of_text = range.weight > of_text ? range.weight : of_text;
        }
    }
    return of_openmetrics > 0 && of_openmetrics >= of_text;
}
