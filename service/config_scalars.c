#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "cache/redis_url.h"
#include "policy/utf8.h"
#include "service/address.h"
#include "service/config_reader.h"

const struct config_node *config_node_find(const struct config_node *group, const char *name)
{
    for (const struct config_node *node = group->first; node != NULL; node = node->next) {
        if (strcmp(node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

bool config_node_is(struct config_reader *reader, const struct config_node *node, const char *path,
                    enum config_node_kind kind)
{
    if (node->kind != kind) {
        config_errors_add(reader->errors, node->line, path, "must be %s, not %s", config_node_kind_name(kind),
                          config_node_kind_name(node->kind));
        return false;
    }
    return true;
}

static bool refuse(struct config_reader *reader, const struct config_node *node, const struct setting *setting,
                   const char *reason)
{
    config_errors_add(reader->errors, node->line, setting->path, "%s", reason);
    return false;
}

static bool address_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    struct address address;
    return address_parse(node->text, &address) ||
           refuse(reader, node, setting, "must be \"host:port\", the host an IPv4 address, [an IPv6 one] or localhost");
}

/* The value may hold a password: it is never repeated. */
static bool source_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    struct redis_url url;
    const char *reason;
    if (redis_url_is(node->text)) {
        return redis_url_parse(node->text, &url, &reason) || refuse(reader, node, setting, reason);
    }
    if (strncmp(node->text.at, "file:", strlen("file:")) != 0 || node->text.length == strlen("file:")) {
        return refuse(reader, node, setting,
                      "must be \"file:PATH\", or a URL that begins with redis://, rediss:// or redis+sentinel://");
    }
    return true;
}

/* One of the words between the bars of the row's unit. */
static bool choice_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    for (const char *word = setting->unit; word != NULL;) {
        const char *bar = strchrnul(word, '|');
        if (slice_equals(node->text, (struct slice){.at = word, .length = (uint32_t)(bar - word)})) {
            return true;
        }
        word = *bar == '|' ? bar + 1 : NULL;
    }
    config_errors_add(reader->errors, node->line, setting->path, "must be one of %s", setting->unit);
    return false;
}

/* A token of RFC 9110, or nothing: any other name would never be met. */
static bool header_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    static const char token_bytes[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return strspn(node->text.at, token_bytes) == node->text.length ||
           refuse(reader, node, setting, "must be the name of a header, such as X-Caller");
}

/* A name, with room behind it for the number of a file that was full. */
static bool file_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    enum { NAME_BYTES_MAX = NAME_MAX - (int)sizeof(".1000") };
    const char *slash = memrchr(node->text.at, '/', node->text.length);
    const char *name = slash == NULL ? node->text.at : slash + 1;
    size_t length = (size_t)(node->text.at + node->text.length - name);
    return node->text.length == 0 || (length > 0 && length <= NAME_BYTES_MAX) ||
           refuse(reader, node, setting, "must end in a file's name of 1 to 249 bytes");
}

static bool text_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    if (node->text.length < setting->least || node->text.length > setting->most) {
        config_errors_add(reader->errors, node->line, setting->path, "must have %" PRIu64 " to %" PRIu64 " bytes",
                          setting->least, setting->most);
        return false;
    }
    if (utf8_has_control(node->text)) {
        return refuse(reader, node, setting, "must not have control characters");
    }
    if (setting->type == SETTING_ADDRESS) {
        return address_fits(reader, node, setting);
    }
    if (setting->type == SETTING_CHOICE) {
        return choice_fits(reader, node, setting);
    }
    if (setting->type == SETTING_HEADER) {
        return header_fits(reader, node, setting);
    }
    if (setting->type == SETTING_FILE) {
        return file_fits(reader, node, setting);
    }
    return setting->type != SETTING_SOURCE || source_fits(reader, node, setting);
}

static bool number_fits(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    if (node->integer < 0 || (uint64_t)node->integer < setting->least || (uint64_t)node->integer > setting->most) {
        const char *space = setting->unit[0] == '\0' ? "" : " ";
        config_errors_add(reader->errors, node->line, setting->path, "must be %" PRIu64 " to %" PRIu64 "%s%s",
                          setting->least, setting->most, space, setting->unit);
        return false;
    }
    return true;
}

static enum config_node_kind kind_of(const struct setting *setting)
{
    if (setting_is_text(setting)) {
        return CONFIG_NODE_TEXT;
    }
    return setting->type == SETTING_BOOLEAN ? CONFIG_NODE_BOOLEAN : CONFIG_NODE_INTEGER;
}

static void read_setting(struct config_reader *reader, const struct config_node *node, const struct setting *setting)
{
    if (!config_node_is(reader, node, setting->path, kind_of(setting))) {
        return;
    }
    if (setting_is_text(setting)) {
        if (text_fits(reader, node, setting)) {
            setting_set_text(setting, reader->config, node->text.at);
        }
    } else if (number_fits(reader, node, setting)) {
        setting_set_number(setting, reader->config, (uint64_t)node->integer);
    }
}

/* The row of that name in the group ("" is the top), or NULL. */
static const struct setting *setting_find(const char *group, const char *name)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (strcmp(settings[i].group, group) == 0 && strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

static bool is_group(const char *name)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (name[0] != '\0' && strcmp(settings[i].group, name) == 0) {
            return true;
        }
    }
    return false;
}

static void read_group(struct config_reader *reader, const struct config_node *group)
{
    if (!config_node_is(reader, group, group->name, CONFIG_NODE_GROUP)) {
        return;
    }
    for (const struct config_node *node = group->first; node != NULL; node = node->next) {
        const struct setting *setting = setting_find(group->name, node->name);
        if (setting != NULL) {
            read_setting(reader, node, setting);
            continue;
        }
        char path[CONFIG_PATH_BYTES];
        snprintf(path, sizeof(path), "%s.%s", group->name, node->name);
        config_errors_add(reader->errors, node->line, path, "is no setting");
    }
}

static void read_top(struct config_reader *reader, const struct config_node *node)
{
    const struct setting *setting = setting_find("", node->name);
    if (setting != NULL) {
        read_setting(reader, node, setting);
    } else if (is_group(node->name)) {
        read_group(reader, node);
    } else if (!config_lists_have(node->name)) {
        config_errors_add(reader->errors, node->line, node->name, "is no setting");
    }
}

static void set_default(struct config *config, const struct setting *setting)
{
    if (setting_is_text(setting)) {
        setting_set_text(setting, config, setting->is_required ? "" : setting->default_text);
    } else {
        setting_set_number(setting, config, setting->default_number);
    }
}

void config_scalars_read(struct config_reader *reader, const struct config_node *root)
{
    for (size_t i = 0; i < settings_count; i++) {
        set_default(reader->config, &settings[i]);
        assert(!settings[i].is_required || settings[i].group[0] == '\0');
        if (settings[i].is_required && config_node_find(root, settings[i].name) == NULL) {
            config_errors_add(reader->errors, root->line, settings[i].path, "is required");
        }
    }
    for (const struct config_node *node = root->first; node != NULL; node = node->next) {
        read_top(reader, node);
    }
}
