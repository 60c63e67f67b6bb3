/*
 * Any bytes as a request's body: valid with all limits kept, or refused with an error that can be sent; malformed
 * exactly when it is not JSON.
 */
#include <assert.h>
#include <stdlib.h>

#include "context_checks.h"
#include "policy/context_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of exactly its length: reading on is seen. */
static char *copy_of(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size > 0 ? size : 1);
    assert(bytes != NULL);
    memcpy(bytes, data, size);
    return bytes;
}

static bool is_json(const uint8_t *data, size_t size)
{
    char *bytes = copy_of(data, size);
    struct json_reader reader;
    json_reader_init(&reader, bytes, size);
    enum json_token token;
    do {
        token = json_reader_next(&reader);
    } while (token != JSON_END && token != JSON_ERROR);
    free(bytes);
    return token == JSON_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct context context;
    static const struct slice interfaces[] = {{"checkout", 8}, {"cart", 4}};
    const struct context_rules rules[] = {{.interfaces = interfaces, .interface_count = 2},
                                          {.interface_default = SLICE("checkout")}};
    bool json = is_json(data, size);
    for (size_t i = 0; i < 2; i++) {
        struct context_error error;
        char *bytes = copy_of(data, size);
        enum context_outcome outcome = context_json_parse(bytes, size, &rules[i], &context, &error);
        assert((outcome == CONTEXT_MALFORMED) == !json);
        if (outcome == CONTEXT_VALID) {
            check_context(&context);
        } else {
            check_context_error(&error);
        }
        free(bytes);
    }
    return 0;
}
