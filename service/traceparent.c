#include "service/traceparent.h"

static bool is_hex(const char *at, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f'))) {
            return false;
        }
    }
    return true;
}

static bool is_zero(const char *at, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        if (at[i] != '0') {
            return false;
        }
    }
    return true;
}

static bool is_id(const char *at, uint32_t length)
{
    return is_hex(at, length) && !is_zero(at, length);
}

static bool is_length_allowed(struct slice value)
{
    if (value.length == TRACEPARENT_BYTES) {
        return true;
    }
    bool is_first_version = memcmp(value.at, "00", 2) == 0;
    return !is_first_version && value.length <= TRACEPARENT_BYTES_MAX && value.at[TRACEPARENT_BYTES] == '-';
}

bool traceparent_is_valid(struct slice value)
{
    if (value.length < TRACEPARENT_BYTES || !is_length_allowed(value)) {
        return false;
    }
    const char *at = value.at;
    if (at[2] != '-' || at[35] != '-' || at[52] != '-') {
        return false;
    }
    bool is_version = is_hex(at, 2) && memcmp(at, "ff", 2) != 0;
    return is_version && is_id(at + 3, 32) && is_id(at + 36, 16) && is_hex(at + 53, 2);
}
