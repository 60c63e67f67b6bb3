/*
 * Any bytes as a query string: valid with all limits kept, or refused with an error that can be sent.
 */
#include <assert.h>
#include <stdlib.h>

#include "context_checks.h"
#include "policy/context_query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct context context;
    static const struct slice interfaces[] = {{"checkout", 8}, {"cart", 4}};
    const struct context_rules rules = {.interfaces = interfaces, .interface_count = 2};
    struct context_error error;
    char *bytes = malloc(size > 0 ? size : 1); /* of exactly its length: reading on is seen */
    assert(bytes != NULL);
    memcpy(bytes, data, size);
    if (context_query_parse(bytes, size, &rules, &context, &error)) {
        check_context(&context);
        for (uint32_t i = 0; i < context.attribute_count; i++) {
            assert(context.attributes[i].value.kind == VALUE_STRING);
        }
    } else {
        check_context_error(&error);
    }
    free(bytes);
    return 0;
}
