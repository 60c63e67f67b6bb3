#include "json_bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/json_reader.h"

char *json_bytes_copy(const void *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    assert(copy != NULL);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

bool json_bytes_are_json(const void *bytes, size_t length)
{
    char *copy = json_bytes_copy(bytes, length);
    struct json_reader reader;
    json_reader_init(&reader, copy, length);
    enum json_token token;
    do {
        token = json_reader_next(&reader);
    } while (token != JSON_END && token != JSON_ERROR);
    free(copy);
    return token == JSON_END;
}
