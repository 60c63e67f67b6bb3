#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "policy/decision_json.h"
#include "policy/limits.h"
#include "policy/utf8.h"
#include "service/config_reader.h"

/* A group of a list, with the words by which errors call it: "fallbacks[0].offers[2]". */
struct record {
    const struct config_node *node;
    char path[CONFIG_PATH_BYTES];
};

bool config_lists_have(const char *name)
{
    return strcmp(name, "interfaces") == 0 || strcmp(name, "fallbacks") == 0 || strcmp(name, "callers") == 0;
}

static void refuse(struct config_reader *reader, const struct record *record, const char *name, const char *reason)
{
    const struct config_node *member = config_node_find(record->node, name);
    char path[CONFIG_PATH_BYTES];
    snprintf(path, sizeof(path), "%.90s.%s", record->path, name);
    config_errors_add(reader->errors, member != NULL ? member->line : record->node->line, path, "%s", reason);
}

/* The member of that name and kind; NULL with an error added. */
static const struct config_node *member_of(struct config_reader *reader, const struct record *record, const char *name,
                                           enum config_node_kind kind)
{
    const struct config_node *member = config_node_find(record->node, name);
    if (member == NULL) {
        refuse(reader, record, name, "is required");
        return NULL;
    }
    char path[CONFIG_PATH_BYTES];
    snprintf(path, sizeof(path), "%.90s.%s", record->path, name);
    return config_node_is(reader, member, path, kind) ? member : NULL;
}

/* Record number `i` of a list: a group that has no members but the known ones. */
static bool open_record(struct config_reader *reader, const struct config_node *node, const char *list, uint32_t i,
                        const char *const *known, struct record *ret_record)
{
    struct record record = {.node = node};
    snprintf(record.path, sizeof(record.path), "%.90s[%" PRIu32 "]", list, i);
    if (!config_node_is(reader, node, record.path, CONFIG_NODE_GROUP)) {
        return false;
    }
    for (const struct config_node *member = node->first; member != NULL; member = member->next) {
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, member->name) != 0) {
            name++;
        }
        if (*name == NULL) {
            refuse(reader, &record, member->name, "is no setting");
        }
    }
    *ret_record = record;
    return true;
}

/* 1 to 64 bytes without control characters. Slice of length 0: refused. */
static struct slice read_name(struct config_reader *reader, const struct record *record, const char *name)
{
    const struct config_node *member = member_of(reader, record, name, CONFIG_NODE_TEXT);
    if (member == NULL) {
        return (struct slice){0};
    }
    if (member->text.length == 0 || member->text.length > LIMIT_NAME_BYTES || utf8_has_control(member->text)) {
        refuse(reader, record, name, "must have 1 to 64 bytes and no control characters");
        return (struct slice){0};
    }
    return member->text;
}

/* Allocates the array of a list of `least` to `most` records; NULL with an error added, or when the list is empty. */
static void *open_list(struct config_reader *reader, const struct config_node *list, const char *path, uint32_t least,
                       uint32_t most, size_t record_bytes)
{
    if (!config_node_is(reader, list, path, CONFIG_NODE_LIST)) {
        return NULL;
    }
    if (list->count < least || list->count > most) {
        config_errors_add(reader->errors, list->line, path, "must have %" PRIu32 " to %" PRIu32 " entries", least,
                          most);
        return NULL;
    }
    void *records = arena_allocate(&reader->config->arena, list->count * record_bytes);
    if (records == NULL) {
        config_errors_add_out_of_memory(reader->errors);
    }
    return list->count > 0 ? records : NULL;
}

static struct slice render_fragment(struct config_reader *reader, struct slice coupon)
{
    struct text text;
    text_init(&text, 4096); /* 64 bytes of coupon, each six at most, and what stands around it */
    decision_json_fallback_fragment(&text, coupon);
    struct slice fragment = {0};
    if (text.failed || !arena_copy(&reader->config->arena, text_slice(&text), &fragment)) {
        config_errors_add_out_of_memory(reader->errors);
    }
    text_clear(&text);
    return fragment;
}

static void read_offer(struct config_reader *reader, const struct record *record, struct config_fallback_offer *offer)
{
    offer->coupon = read_name(reader, record, "coupon");
    const struct config_node *off = member_of(reader, record, "off", CONFIG_NODE_INTEGER);
    if (off != NULL && (off->integer < 0 || off->integer > limit_money_fen)) {
        refuse(reader, record, "off", "must be 0 to 1000000000000 fen");
    } else if (off != NULL) {
        offer->off_fen = off->integer;
    }
    if (offer->coupon.length > 0) {
        offer->fragment = render_fragment(reader, offer->coupon);
    }
}

static void read_offers(struct config_reader *reader, const struct record *fallback_record,
                        struct config_fallback *fallback)
{
    static const char *const known[] = {"coupon", "off", NULL};
    const struct config_node *list = member_of(reader, fallback_record, "offers", CONFIG_NODE_LIST);
    if (list == NULL) {
        return;
    }
    char path[CONFIG_PATH_BYTES];
    snprintf(path, sizeof(path), "%.90s.offers", fallback_record->path);
    fallback->offers = open_list(reader, list, path, 0, CONFIG_FALLBACK_OFFERS_MAX, sizeof(*fallback->offers));
    if (fallback->offers == NULL) {
        return;
    }
    for (const struct config_node *node = list->first; node != NULL; node = node->next) {
        struct record record;
        uint32_t i = fallback->offer_count++;
        if (open_record(reader, node, path, i, known, &record)) {
            read_offer(reader, &record, &fallback->offers[i]);
        }
    }
}

/* The fallback of that name among those that were read, or CONFIG_FALLBACKS_MAX. */
static uint32_t fallback_find(const struct config *config, struct slice name)
{
    for (uint32_t i = 0; i < config->fallback_count; i++) {
        if (slice_equals(config->fallbacks[i].name, name)) {
            return i;
        }
    }
    return CONFIG_FALLBACKS_MAX;
}

static void read_fallbacks(struct config_reader *reader, const struct config_node *list)
{
    static const char *const known[] = {"name", "offers", NULL};
    struct config *config = reader->config;
    config->fallbacks = open_list(reader, list, "fallbacks", 1, CONFIG_FALLBACKS_MAX, sizeof(*config->fallbacks));
    if (config->fallbacks == NULL) {
        return;
    }
    for (const struct config_node *node = list->first; node != NULL; node = node->next) {
        struct record record;
        struct config_fallback *fallback = &config->fallbacks[config->fallback_count];
        if (open_record(reader, node, "fallbacks", config->fallback_count, known, &record)) {
            struct slice name = read_name(reader, &record, "name");
            if (name.length > 0 && fallback_find(config, name) != CONFIG_FALLBACKS_MAX) {
                refuse(reader, &record, "name", "is the name of another one already");
            }
            fallback->name = name;
            read_offers(reader, &record, fallback);
        }
        config->fallback_count++;
    }
}

/* Unless it is said, an interface counts for more than those listed behind it. */
static void read_priority(struct config_reader *reader, const struct record *record, struct config_interface *interface)
{
    interface->priority = CONFIG_PRIORITY_MAX - (uint32_t)(interface - reader->config->interfaces);
    if (config_node_find(record->node, "priority") == NULL) {
        return;
    }
    const struct config_node *priority = member_of(reader, record, "priority", CONFIG_NODE_INTEGER);
    if (priority != NULL && (priority->integer < 0 || priority->integer > CONFIG_PRIORITY_MAX)) {
        refuse(reader, record, "priority", "must be 0 to 1000");
    } else if (priority != NULL) {
        interface->priority = (uint32_t)priority->integer;
    }
}

static void read_interface(struct config_reader *reader, const struct record *record,
                           struct config_interface *interface)
{
    struct slice name = read_name(reader, record, "name");
    if (name.length > 0 && config_interface_find(reader->config, name) != NULL) {
        refuse(reader, record, "name", "is the name of another one already");
    }
    if (slice_equals(name, SLICE("*"))) {
        refuse(reader, record, "name", "must not be *, which means all interfaces to switches");
    }
    interface->name = name;
    if (config_node_find(record->node, "degrade") != NULL) {
        const struct config_node *degrade = member_of(reader, record, "degrade", CONFIG_NODE_TEXT);
        if (degrade != NULL && !switch_mode_of(degrade->text.at, &interface->degrade)) {
            refuse(reader, record, "degrade", "must be \"auto\", \"on\" or \"never\"");
        }
    }
    read_priority(reader, record, interface);
    struct slice fallback = read_name(reader, record, "fallback");
    interface->fallback = fallback.length > 0 ? fallback_find(reader->config, fallback) : 0;
    if (interface->fallback == CONFIG_FALLBACKS_MAX) {
        refuse(reader, record, "fallback", "names none of the fallbacks");
    }
}

static void read_interfaces(struct config_reader *reader, const struct config_node *list)
{
    static const char *const known[] = {"name", "degrade", "priority", "fallback", NULL};
    struct config *config = reader->config;
    config->interfaces = open_list(reader, list, "interfaces", 1, CONFIG_INTERFACES_MAX, sizeof(*config->interfaces));
    if (config->interfaces == NULL) {
        return;
    }
    config->interface_names = arena_allocate(&config->arena, list->count * sizeof(*config->interface_names));
    if (config->interface_names == NULL) {
        config_errors_add_out_of_memory(reader->errors);
        return;
    }
    for (const struct config_node *node = list->first; node != NULL; node = node->next) {
        struct record record;
        uint32_t i = config->interface_count;
        config->interfaces[i].gate = i;
        if (open_record(reader, node, "interfaces", i, known, &record)) {
            read_interface(reader, &record, &config->interfaces[i]);
        }
        config->interface_names[i] = config->interfaces[i].name;
        config->interface_count++;
    }
}

static bool caller_exists(const struct config *config, struct slice name)
{
    for (uint32_t i = 0; i < config->caller_count; i++) {
        if (slice_equals(config->callers[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void read_caller(struct config_reader *reader, const struct record *record, struct config_caller *caller)
{
    struct slice name = read_name(reader, record, "name");
    if (name.length > 0 && caller_exists(reader->config, name)) {
        refuse(reader, record, "name", "is the name of another one already");
    }
    caller->name = name;
    const struct config_node *rate = member_of(reader, record, "per_second", CONFIG_NODE_INTEGER);
    if (rate != NULL && (rate->integer < 0 || rate->integer > CONFIG_CALLER_PER_SECOND_MAX)) {
        refuse(reader, record, "per_second", "must be 0 to 10000000 decisions");
    } else if (rate != NULL) {
        caller->per_second = (uint32_t)rate->integer;
    }
}

static void read_callers(struct config_reader *reader, const struct config_node *list)
{
    static const char *const known[] = {"name", "per_second", NULL};
    struct config *config = reader->config;
    config->callers = open_list(reader, list, "callers", 0, CONFIG_CALLERS_MAX, sizeof(*config->callers));
    if (config->callers == NULL) {
        return;
    }
    for (const struct config_node *node = list->first; node != NULL; node = node->next) {
        struct record record;
        uint32_t i = config->caller_count;
        if (open_record(reader, node, "callers", i, known, &record)) {
            read_caller(reader, &record, &config->callers[i]);
        }
        config->caller_count++;
    }
}

/* Fallbacks first: interfaces name them. */
void config_lists_read(struct config_reader *reader, const struct config_node *root)
{
    const struct config_node *interfaces = config_node_find(root, "interfaces");
    const struct config_node *fallbacks = config_node_find(root, "fallbacks");
    const struct config_node *callers = config_node_find(root, "callers");
    if (callers != NULL) {
        read_callers(reader, callers);
    }
    if (interfaces == NULL) {
        config_errors_add(reader->errors, root->line, "interfaces", "is required");
    }
    if (fallbacks == NULL) {
        config_errors_add(reader->errors, root->line, "fallbacks", "is required");
        return;
    }
    read_fallbacks(reader, fallbacks);
    if (interfaces != NULL) {
        read_interfaces(reader, interfaces);
    }
}
