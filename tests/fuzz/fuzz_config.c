/*
 * Any bytes as a configuration file: refused with a reason, or accepted such that what --print-config says of it loads
 * again and says the same.
 */
#include <assert.h>
#include <stddef.h>

#include "service/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_prints_what_it_says(const struct config *config)
{
    struct config_errors errors;
    struct text printed, again;
    text_init(&printed, 4 * CONFIG_FILE_BYTES_MAX);
    text_init(&again, 4 * CONFIG_FILE_BYTES_MAX);
    config_print(&printed, config);
    struct config *same = config_parse(text_slice(&printed), "printed.conf", &errors);
    assert(same != NULL);
    config_print(&again, same);
    assert(slice_equals(text_slice(&printed), text_slice(&again)));
    config_free(same);
    text_clear(&printed);
    text_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config_errors errors;
    if (size > CONFIG_FILE_BYTES_MAX) {
        return 0;
    }
    struct slice bytes = {.at = (const char *)data, .length = (uint32_t)size};
    struct config *config = config_parse(bytes, "etc/promogate.conf", &errors);
    if (config == NULL) {
        assert(errors.total > 0);
        assert(errors.items[0].reason[0] != '\0');
        return 0;
    }
    assert(errors.total == 0);
    assert(config->interface_count > 0);
    assert_prints_what_it_says(config);
    config_free(config);
    return 0;
}
