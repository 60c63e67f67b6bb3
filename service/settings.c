#include "service/settings.h"

#include <assert.h>

#include "service/config.h"

/* A default is a number or a text, as its type says; a required text has none. */
#define REQUIRED               NULL
#define DEFAULT_UINT32(value)  .default_number = (value)
#define DEFAULT_UINT64(value)  .default_number = (value)
#define DEFAULT_BOOLEAN(value) .default_number = (value)
#define DEFAULT_ADDRESS(value) DEFAULT_TEXT(value)
#define DEFAULT_SOURCE(value)  DEFAULT_TEXT(value)
#define DEFAULT_PATH(value)    DEFAULT_TEXT(value)
#define DEFAULT_CHOICE(value)  DEFAULT_TEXT(value)
#define DEFAULT_HEADER(value)  DEFAULT_TEXT(value)
#define DEFAULT_FILE(value)    DEFAULT_TEXT(value)
#define DEFAULT_TEXT(value)    .default_text = (value), .is_required = (value) == NULL

#define LIVE    false
#define RESTART true

#define ROW_COMMON(type_, name_, otherwise, least_, most_, unit_, effect, sentence_)                                   \
    .name = #name_, .type = SETTING_##type_, DEFAULT_##type_(otherwise), .least = (least_), .most = (most_),           \
    .unit = (unit_), .needs_restart = (effect), .sentence = (sentence_)
#define ROW_TOP(G, type, name_, ...)                                                                                   \
    {.path = #name_, .group = "", .offset = offsetof(struct config, name_), ROW_COMMON(type, name_, __VA_ARGS__)},
#define ROW_IN_GROUP(G, type, name_, ...)                                                                              \
    {.path = #G "." #name_,                                                                                            \
     .group = #G,                                                                                                      \
     .offset = offsetof(struct config, G.name_),                                                                       \
     ROW_COMMON(type, name_, __VA_ARGS__)},
#define GROUP(group, rows) rows(ROW_IN_GROUP, group)

const struct setting settings[] = {SETTINGS_TOP(ROW_TOP, ) SETTING_GROUPS(GROUP)};

const size_t settings_count = sizeof(settings) / sizeof(settings[0]);

bool setting_is_text(const struct setting *setting)
{
    return setting->type >= SETTING_ADDRESS;
}

static const void *member_of(const struct setting *setting, const struct config *config)
{
    return (const char *)config + setting->offset;
}

uint64_t setting_number(const struct setting *setting, const struct config *config)
{
    assert(!setting_is_text(setting));
    const void *member = member_of(setting, config);
    if (setting->type == SETTING_BOOLEAN) {
        return *(const bool *)member;
    }
    return setting->type == SETTING_UINT32 ? *(const uint32_t *)member : *(const uint64_t *)member;
}

const char *setting_text(const struct setting *setting, const struct config *config)
{
    assert(setting_is_text(setting));
    return *(const char *const *)member_of(setting, config);
}

void setting_set_number(const struct setting *setting, struct config *config, uint64_t value)
{
    assert(!setting_is_text(setting));
    assert(value <= setting->most);
    void *member = (char *)config + setting->offset;
    if (setting->type == SETTING_BOOLEAN) {
        *(bool *)member = value != 0;
    } else if (setting->type == SETTING_UINT32) {
        *(uint32_t *)member = (uint32_t)value;
    } else {
        *(uint64_t *)member = value;
    }
}

void setting_set_text(const struct setting *setting, struct config *config, const char *value)
{
    assert(setting_is_text(setting));
    *(const char **)((char *)config + setting->offset) = value;
}
