#include "service/config_file.h"

#include <assert.h>
#include <libconfig.h>

#include "policy/utf8.h"
#include "service/config_scan.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
/* 1.5 leaks the string that it was reading, some 64 bytes, when a file has a syntax error. Nothing of ours runs inside
   the library, so no leak of ours is hidden. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so\n";
}

/* A report that something was suppressed would count as a finding. */
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

struct reader {
    struct arena *arena;
    struct config_errors *errors;
};

static struct config_node *read_node(struct reader *reader, config_setting_t *setting);

const char *config_node_kind_name(enum config_node_kind kind)
{
    static const char *const names[] = {
        [CONFIG_NODE_INTEGER] = "an integer",     [CONFIG_NODE_FLOAT] = "a float",
        [CONFIG_NODE_BOOLEAN] = "a boolean",      [CONFIG_NODE_TEXT] = "a string",
        [CONFIG_NODE_ARRAY] = "an array [ ... ]", [CONFIG_NODE_LIST] = "a list ( ... )",
        [CONFIG_NODE_GROUP] = "a group { ... }",
    };
    assert((unsigned)kind < sizeof(names) / sizeof(names[0]));
    return names[kind];
}

static enum config_node_kind kind_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return CONFIG_NODE_INTEGER;
    case CONFIG_TYPE_BOOL:
        return CONFIG_NODE_BOOLEAN;
    case CONFIG_TYPE_STRING:
        return CONFIG_NODE_TEXT;
    case CONFIG_TYPE_ARRAY:
        return CONFIG_NODE_ARRAY;
    case CONFIG_TYPE_LIST:
        return CONFIG_NODE_LIST;
    case CONFIG_TYPE_GROUP:
        return CONFIG_NODE_GROUP;
    default:
        return CONFIG_NODE_FLOAT;
    }
}

static bool copy_text(struct reader *reader, const char *text, struct slice *ret_copy)
{
    bool is_copied = arena_copy(reader->arena, slice_of(text), ret_copy);
    if (!is_copied) {
        config_errors_add_out_of_memory(reader->errors);
    }
    return is_copied;
}

static bool read_name(struct reader *reader, config_setting_t *setting, struct config_node *node)
{
    const char *name = config_setting_name(setting);
    struct slice copy = SLICE("");
    if (name != NULL && !copy_text(reader, name, &copy)) {
        return false;
    }
    node->name = copy.at;
    return true;
}

/* `\xff` in a string may make bytes that are no UTF-8, which the scan cannot see. */
static bool read_text(struct reader *reader, config_setting_t *setting, struct config_node *node)
{
    const char *text = config_setting_get_string(setting);
    if (!copy_text(reader, text != NULL ? text : "", &node->text)) {
        return false;
    }
    if (!utf8_is_valid(node->text)) {
        config_errors_add(reader->errors, node->line, node->name, "not valid UTF-8");
        return false;
    }
    return true;
}

static bool read_children(struct reader *reader, config_setting_t *setting, struct config_node *node)
{
    struct config_node **tail = &node->first;
    node->count = (uint32_t)config_setting_length(setting);
    for (uint32_t i = 0; i < node->count; i++) {
        struct config_node *child = read_node(reader, config_setting_get_elem(setting, i));
        if (child == NULL) {
            return false;
        }
        *tail = child;
        tail = &child->next;
    }
    return true;
}

static bool read_value(struct reader *reader, config_setting_t *setting, struct config_node *node)
{
    switch (node->kind) {
    case CONFIG_NODE_INTEGER:
        node->integer = config_setting_type(setting) == CONFIG_TYPE_INT ? config_setting_get_int(setting)
                                                                        : config_setting_get_int64(setting);
        return true;
    case CONFIG_NODE_BOOLEAN:
        node->integer = config_setting_get_bool(setting);
        return true;
    case CONFIG_NODE_FLOAT:
        return true;
    case CONFIG_NODE_TEXT:
        return read_text(reader, setting, node);
    case CONFIG_NODE_ARRAY:
    case CONFIG_NODE_LIST:
    case CONFIG_NODE_GROUP:
        return read_children(reader, setting, node);
    }
    assert(false);
    return false;
}

/* Recursion ends: the scan bounds how deep brackets nest. */
static struct config_node *read_node(struct reader *reader, config_setting_t *setting)
{
    struct config_node *node = arena_allocate(reader->arena, sizeof(*node));
    if (node == NULL) {
        config_errors_add_out_of_memory(reader->errors);
        return NULL;
    }
    node->kind = kind_of(setting);
    node->line = config_setting_source_line(setting);
    bool is_read = read_name(reader, setting, node) && read_value(reader, setting, node);
    return is_read ? node : NULL;
}

static struct config_node *parse(const char *text, struct reader *reader)
{
    config_t config;
    config_init(&config);
    struct config_node *root = NULL;
    if (config_read_string(&config, text) == CONFIG_TRUE) {
        root = read_node(reader, config_root_setting(&config));
    } else {
        const char *reason = config_error_text(&config);
        int line = config_error_line(&config);
        config_errors_add(reader->errors, line > 0 ? (uint32_t)line : 0, "", "%s",
                          reason != NULL ? reason : "cannot be parsed");
    }
    config_destroy(&config);
    return root;
}

/* Where the file ends: the line of what it lacks. */
static uint32_t last_line(struct slice bytes)
{
    uint32_t line = 1;
    for (uint32_t i = 0; i + 1 < bytes.length; i++) {
        line += bytes.at[i] == '\n';
    }
    return line;
}

const struct config_node *config_file_parse(struct slice bytes, struct arena *arena, struct config_errors *errors)
{
    struct reader reader = {.arena = arena, .errors = errors};
    /* Rewriting at most triples it: "." becomes "0.5", and what is longer grows less. */
    struct text text;
    text_init(&text, 4 * (size_t)bytes.length + 64);
    struct config_node *root = NULL;
    if (config_scan(bytes, &text, errors)) {
        root = parse(text.bytes, &reader);
    }
    if (root != NULL) {
        root->line = last_line(bytes);
    }
    text_clear(&text);
    return root;
}
