#include <assert.h>
#include <inttypes.h>

#include "cache/redis_url.h"
#include "service/config.h"

/* What libconfig reads back as the same bytes. */
static void append_string(struct text *text, struct slice string)
{
    text_append_byte(text, '"');
    for (uint32_t i = 0; i < string.length; i++) {
        char byte = string.at[i];
        if ((unsigned char)byte < 0x20) {
            text_append_format(text, "\\x%02x", (unsigned)byte);
            continue;
        }
        if (byte == '"' || byte == '\\') {
            text_append_byte(text, '\\');
        }
        text_append_byte(text, byte);
    }
    text_append_byte(text, '"');
}

/* Past 32 bits other readers of libconfig's format need the L. */
static void append_number(struct text *text, int64_t number)
{
    text_append_integer(text, number);
    if (number > INT32_MAX) {
        text_append_byte(text, 'L');
    }
}

/* Where the password of a URL stands, in `source`; empty where there is none. */
static struct slice password_in(struct slice source)
{
    const char *at = redis_url_is(source) ? memmem(source.at, source.length, "://", 3) : NULL;
    const char *end = at == NULL ? NULL : memchr(at, '@', (size_t)(source.at + source.length - at));
    const char *colon = end == NULL ? NULL : memchr(at + 3, ':', (size_t)(end - at - 3));
    return colon == NULL ? (struct slice){0} : (struct slice){colon + 1, (uint32_t)(end - colon - 1)};
}

/* What is printed ends in terminals, logs and tickets: a password is not repeated. */
static void append_source(struct text *text, struct slice source)
{
    struct slice password = password_in(source);
    if (password.length == 0) {
        append_string(text, source);
        return;
    }
    struct text hidden;
    text_init(&hidden, SETTING_TEXT_BYTES + sizeof("***"));
    text_append(&hidden, (struct slice){source.at, (uint32_t)(password.at - source.at)});
    text_append(&hidden, SLICE("***"));
    const char *rest = password.at + password.length;
    text_append(&hidden, (struct slice){rest, (uint32_t)(source.at + source.length - rest)});
    append_string(text, hidden.failed ? SLICE("") : text_slice(&hidden));
    text_clear(&hidden);
}

/* The value in force; the default without a configuration. */
static void append_value(struct text *text, const struct setting *setting, const struct config *config)
{
    if (setting_is_text(setting)) {
        const char *otherwise = setting->is_required ? "" : setting->default_text;
        struct slice value = slice_of(config != NULL ? setting_text(setting, config) : otherwise);
        (setting->type == SETTING_SOURCE ? append_source : append_string)(text, value);
        return;
    }
    uint64_t number = config != NULL ? setting_number(setting, config) : setting->default_number;
    if (setting->type == SETTING_BOOLEAN) {
        text_append(text, number != 0 ? SLICE("true") : SLICE("false"));
    } else {
        append_number(text, (int64_t)number);
    }
}

static void append_default(struct text *text, const struct setting *setting)
{
    if (setting->is_required) {
        text_append(text, SLICE("required"));
    } else {
        append_value(text, setting, NULL);
    }
}

/* "0 to 256 threads", "true or false", "host:port, 1 to 64 bytes" */
static void append_range(struct text *text, const struct setting *setting)
{
    if (setting->type == SETTING_BOOLEAN) {
        text_append(text, SLICE("true or false"));
        return;
    }
    if (setting->type == SETTING_CHOICE) {
        for (const char *at = setting->unit; *at != '\0'; at++) {
            text_append(text, *at == '|' ? SLICE(" or ") : (struct slice){.at = at, .length = 1});
        }
        return;
    }
    if (setting_is_text(setting)) {
        text_append_format(text, "%s, %" PRIu64 " to %" PRIu64 " bytes", setting->unit, setting->least, setting->most);
        return;
    }
    text_append_format(text, "%" PRIu64 " to %" PRIu64 " %s", setting->least, setting->most, setting->unit);
}

static void append_setting(struct text *text, const struct setting *setting, const struct config *config)
{
    const char *indent = setting->group[0] == '\0' ? "" : "    ";
    text_append_format(text, "%s# %s\n%s# ", indent, setting->sentence, indent);
    append_range(text, setting);
    text_append(text, setting->is_required ? SLICE("; ") : SLICE("; default: "));
    append_default(text, setting);
    if (setting->needs_restart) {
        text_append(text, SLICE("; a change needs a restart"));
    }
    bool is_open = config == NULL && setting->is_required;
    text_append_format(text, "\n%s%s%s = ", indent, is_open ? "# " : "", setting->name);
    append_value(text, setting, config);
    text_append(text, SLICE(";\n"));
}

static void append_scalars(struct text *text, const struct config *config)
{
    const char *group = "";
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings[i];
        if (strcmp(setting->group, group) != 0) {
            text_append_format(text, "%s\n%s = {\n", group[0] != '\0' ? "};\n" : "", setting->group);
            group = setting->group;
        } else if (i > 0) {
            text_append_byte(text, '\n');
        }
        append_setting(text, setting, config);
    }
    text_append(text, SLICE("};\n"));
}

static const char interfaces_help[] = "\n"
                                      "# The callers' call points; the first is the default. 1 to 64 entries.\n"
                                      "#   name      1 to 64 bytes, no control characters, each once\n"
                                      "#   degrade   \"auto\": no opinion; \"on\": always the fallback; \"never\": "
                                      "never the fallback; default: \"auto\"\n"
                                      "#   priority  the lower sheds first, 0 to 1000; default: 1000 less its place "
                                      "in the list\n"
                                      "#   fallback  the name of one of the fallbacks\n";

static const char fallbacks_help[] = "\n"
                                     "# What is offered where nothing is evaluated. 1 to 64 entries.\n"
                                     "#   name      1 to 64 bytes, no control characters, each once\n"
                                     "#   offers    0 to 8 entries\n"
                                     "#     coupon  1 to 64 bytes, no control characters\n"
                                     "#     off     taken off the amount, 0 to 1000000000000 fen\n";

static const char callers_help[] = "\n"
                                   "# Callers whose limit is another than rate.caller_per_second. 0 to 64 entries; "
                                   "default: ()\n"
                                   "#   name        what rate.caller_header says: 1 to 64 bytes, no control "
                                   "characters, each once\n"
                                   "#   per_second  what it may ask for in a second, 0 to 10000000 decisions; 0 is no "
                                   "limit\n";

static void append_interfaces(struct text *text, const struct config *config)
{
    text_append(text, SLICE("interfaces = (\n"));
    for (uint32_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        text_append(text, SLICE("    { name = "));
        append_string(text, interface->name);
        text_append_format(text, "; degrade = \"%s\"; priority = %" PRIu32 "; fallback = ",
                           switch_mode_name(interface->degrade), interface->priority);
        append_string(text, config->fallbacks[interface->fallback].name);
        text_append(text, i + 1 < config->interface_count ? SLICE("; },\n") : SLICE("; }\n"));
    }
    text_append(text, SLICE(");\n"));
}

static void append_offers(struct text *text, const struct config_fallback *fallback)
{
    text_append_byte(text, '(');
    for (uint32_t i = 0; i < fallback->offer_count; i++) {
        text_append(text, i > 0 ? SLICE(", { coupon = ") : SLICE(" { coupon = "));
        append_string(text, fallback->offers[i].coupon);
        text_append(text, SLICE("; off = "));
        append_number(text, fallback->offers[i].off_fen);
        text_append(text, SLICE("; }"));
    }
    text_append(text, fallback->offer_count > 0 ? SLICE(" )") : SLICE(")"));
}

static void append_fallbacks(struct text *text, const struct config *config)
{
    text_append(text, SLICE("fallbacks = (\n"));
    for (uint32_t i = 0; i < config->fallback_count; i++) {
        text_append(text, SLICE("    { name = "));
        append_string(text, config->fallbacks[i].name);
        text_append(text, SLICE("; offers = "));
        append_offers(text, &config->fallbacks[i]);
        text_append(text, i + 1 < config->fallback_count ? SLICE("; },\n") : SLICE("; }\n"));
    }
    text_append(text, SLICE(");\n"));
}

static void append_callers(struct text *text, const struct config *config)
{
    uint32_t count = config == NULL ? 0 : config->caller_count;
    text_append(text, count > 0 ? SLICE("callers = (\n") : SLICE("callers = ("));
    for (uint32_t i = 0; i < count; i++) {
        text_append(text, SLICE("    { name = "));
        append_string(text, config->callers[i].name);
        text_append_format(text, "; per_second = %" PRIu32 "; }%s\n", config->callers[i].per_second,
                           i + 1 < count ? "," : "");
    }
    text_append(text, SLICE(");\n"));
}

static void print(struct text *text, const struct config *config)
{
    append_scalars(text, config);
    text_append(text, SLICE(interfaces_help));
    if (config == NULL) {
        text_append(text,
                    SLICE("# interfaces = ( { name = \"checkout\"; degrade = \"auto\"; fallback = \"none\"; } );\n"));
    } else {
        append_interfaces(text, config);
    }
    text_append(text, SLICE(fallbacks_help));
    if (config == NULL) {
        text_append(text, SLICE("# fallbacks = ( { name = \"none\"; offers = (); } );\n"));
    } else {
        append_fallbacks(text, config);
    }
    text_append(text, SLICE(callers_help));
    append_callers(text, config);
}

void config_print(struct text *text, const struct config *config)
{
    assert(config != NULL);
    print(text, config);
}

void config_print_defaults(struct text *text)
{
    print(text, NULL);
}

static const char markdown_lists[] =
    "| `interfaces` | required | 1 to 64 entries of `name`, `degrade`, `priority`, `fallback` | at once | "
    "The callers' call points; the first is the default. `degrade` is `auto` (the default), `on` or "
    "`never`; the lower `priority` (0 to 1000; else the later in the list) sheds first. |\n"
    "| `fallbacks` | required | 1 to 64 entries of `name`, `offers` (0 to 8 of `coupon`, `off`) | at once | "
    "What is offered where nothing is evaluated; `off` is 0 to 1000000000000 fen. |\n"
    "| `callers` | `()` | 0 to 64 entries of `name`, `per_second` | at once | "
    "Callers, as `rate.caller_header` names them, whose limit is another than `rate.caller_per_second`; "
    "`per_second` is 0 to 10000000 decisions, 0 is no limit. |\n";

void config_print_markdown(struct text *text)
{
    text_append(text, SLICE("| setting | default | range | a change applies | meaning |\n|---|---|---|---|---|\n"));
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings[i];
        text_append_format(text, "| `%s` | %s", setting->path, setting->is_required ? "" : "`");
        append_default(text, setting);
        text_append(text, setting->is_required ? SLICE(" | ") : SLICE("` | "));
        append_range(text, setting);
        text_append_format(text, " | %s | %s |\n", setting->needs_restart ? "at the next start" : "at once",
                           setting->sentence);
    }
    text_append(text, SLICE(markdown_lists));
}
