/*
 * config.h - what promogate.conf says, checked: immutable once loaded.
 *
 *     file ── config_load ──▶ struct config ── config_free
 *                  └─ refused ──▶ struct config_errors: file, line, setting and reason of every problem
 *
 * A reload (config_watch.h) loads anew and hands over the fresh one; readers take whatever pointer they were given and
 * never see it change. Settings that need a restart keep their value: config_keep_restart_settings.
 *
 * Scalars are members by their name in the file (settings.h has a row each): config->workers, config->admin.listen,
 * config->limits.head_timeout_ms. Texts are never NULL; "" where nothing is set.
 *
 * Ownership  everything in it lives until config_free, in its arena.
 * Threads    any number may read one; who frees must know that nobody reads any more.
 * Errors     NULL, with at least one error noted; out of memory is an error like any other.
 */
#pragma once

#include <stddef.h>

#include "degrade/switch_mode.h"
#include "policy/arena.h"
#include "policy/slice.h"
#include "policy/snapshot.h"
#include "policy/text.h"
#include "service/config_errors.h"
#include "service/settings.h"

enum {
    CONFIG_FILE_BYTES_MAX = 256 * 1024,
    CONFIG_READ_BYTES = CONFIG_FILE_BYTES_MAX + 1, /* the ceiling of the text that config_read_bytes fills */
    CONFIG_INTERFACES_MAX = 64,
    CONFIG_FALLBACKS_MAX = 64,
    CONFIG_FALLBACK_OFFERS_MAX = 8,
    CONFIG_PRIORITY_MAX = 1000,
    CONFIG_NAME_BYTES = 64, /* of an interface, a fallback, a coupon */
    CONFIG_CALLERS_MAX = 64,
    CONFIG_CALLER_PER_SECOND_MAX = 10000000,
};

struct config_interface {
    struct slice name;
    enum switch_mode degrade;
    uint32_t priority; /* the lower sheds first; 0 to CONFIG_PRIORITY_MAX */
    uint32_t fallback; /* in config->fallbacks */
    uint32_t gate;     /* its place among the gates: gate_table.h; at first its place in the list */
};

struct config_fallback_offer {
    struct slice coupon;
    int64_t off_fen;
    struct slice fragment; /* of decision_json_fallback_fragment */
};

struct config_fallback {
    struct slice name;
    uint32_t offer_count;
    struct config_fallback_offer *offers;
};

/* A caller whose limit is another than rate.caller_per_second. */
struct config_caller {
    struct slice name;
    uint32_t per_second; /* 0: no limit */
};

struct config {
    SETTINGS_TOP(SETTING_MEMBER, )
#define GROUP(group, rows)                                                                                             \
    struct {                                                                                                           \
        rows(SETTING_MEMBER, group)                                                                                    \
    } group;
    SETTING_GROUPS(GROUP)
#undef GROUP

    uint32_t interface_count; /* 1 to CONFIG_INTERFACES_MAX; the first is the default */
    struct config_interface *interfaces;
    struct slice *interface_names; /* the same names, as context_rules wants them */
    uint32_t fallback_count;
    struct config_fallback *fallbacks;
    uint32_t caller_count; /* 0 to CONFIG_CALLERS_MAX */
    struct config_caller *callers;

    /* What paths of the file mean, with its folder in front where they are relative. */
    struct {
        struct slice folder;    /* "etc/" of "etc/promogate.conf"; "": the working directory */
        const char *source_dir; /* of "file:..."; "" of a Redis */
        const char *state_dir;  /* "": none, as what follows */
        const char *token_file;
        const char *password_file, *ca_file, *cert_file, *key_file; /* of `redis` */
        const char *user_key_file;                                  /* of `access_log` */
        const char *decision_log;
    } paths;

    bool is_breaker_on, is_breaker_shadow; /* breaker.mode */
    bool rejects_on_limit;                 /* rate.on_limit */

    struct slice bytes; /* the file as it was read */
    struct arena arena; /* private */
};

/* Both fill `reterrs` anew. config_parse reads text that is at hand; `path` says where it came from. */
struct config *config_load(const char *path, struct config_errors *reterrs);
struct config *config_parse(struct slice bytes, const char *path, struct config_errors *reterrs);
void config_free(struct config *config);

/* The file's bytes into an initialised text whose ceiling is CONFIG_READ_BYTES; false with one error. */
bool config_read_bytes(const char *path, struct text *bytes, struct config_errors *reterrs);

/*
 * Gives `fresh` the values of `running` for every setting that needs a restart, so that what a configuration says is
 * what is in force. How many differed; the first `names_max` of their names go to `ret_names` (static texts). Out of
 * memory is CONFIG_KEEP_FAILED: `fresh` is fit only to be freed.
 */
#define CONFIG_KEEP_FAILED SIZE_MAX
size_t config_keep_restart_settings(struct config *fresh, const struct config *running, const char **ret_names,
                                    size_t names_max);

/* The interface of that name, or NULL. */
const struct config_interface *config_interface_find(const struct config *config, struct slice name);

/* What a release may need. */
static inline struct snapshot_limits config_snapshot_limits(const struct config *config)
{
    return (struct snapshot_limits){.candidates_max = config->limits.max_candidates,
                                    .bytes_max = config->limits.snapshot_max_bytes};
}

/* The whole configuration as a file that can be loaded again, each setting with its meaning, unit and range; but for a
   password within `source`, which stands as ***. */
void config_print(struct text *text, const struct config *config);

/* The same of the defaults; what is required stands in comments. */
void config_print_defaults(struct text *text);

/* The README's table of settings. */
void config_print_markdown(struct text *text);
