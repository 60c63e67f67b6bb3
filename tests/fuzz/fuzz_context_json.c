/*
 * Any bytes as a request's body: valid with all limits kept, or refused with an error that can be sent; malformed
 * exactly when it is not JSON.
 */
#include <assert.h>
#include <stdlib.h>

#include "context_checks.h"
#include "json_bytes.h"
#include "policy/context_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct context context;
    static const struct slice interfaces[] = {{"checkout", 8}, {"cart", 4}};
    const struct context_rules rules[] = {{.interfaces = interfaces, .interface_count = 2},
                                          {.interface_default = SLICE("checkout")}};
    bool json = json_bytes_are_json(data, size);
    for (size_t i = 0; i < 2; i++) {
        struct context_error error;
        char *bytes = json_bytes_copy(data, size);
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
