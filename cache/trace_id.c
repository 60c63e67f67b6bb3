#include "cache/trace_id.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

void trace_id_draw(char ret_id[TRACE_ID_BYTES])
{
    uint8_t bytes[(TRACE_ID_BYTES - 1) / 2];
    if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) != (ssize_t)sizeof(bytes)) {
        memset(bytes, 0x11, sizeof(bytes));
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        snprintf(ret_id + 2 * i, 3, "%02x", bytes[i]);
    }
}
