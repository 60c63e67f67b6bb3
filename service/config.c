#include "service/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/config_file.h"
#include "service/config_reader.h"

/* `path` with the file's folder in front unless it is absolute; "" stays "". NULL when memory ends. */
static const char *resolve(struct config *config, const char *path)
{
    if (path[0] == '\0' || path[0] == '/') {
        return path;
    }
    struct slice folder = config->paths.folder;
    size_t length = strlen(path);
    char *resolved = arena_allocate(&config->arena, folder.length + length + 1);
    if (resolved == NULL) {
        return NULL;
    }
    memcpy(resolved, folder.at, folder.length);
    memcpy(resolved + folder.length, path, length + 1);
    return resolved;
}

static bool resolve_paths(struct config *config)
{
    bool is_folder = strncmp(config->source, "file:", strlen("file:")) == 0;
    const struct {
        const char **ret_path;
        const char *path;
    } rows[] = {
        {&config->paths.source_dir, is_folder ? config->source + strlen("file:") : ""},
        {&config->paths.state_dir, config->state_dir},
        {&config->paths.token_file, config->admin.token_file},
        {&config->paths.password_file, config->redis.password_file},
        {&config->paths.ca_file, config->redis.ca_file},
        {&config->paths.cert_file, config->redis.cert_file},
        {&config->paths.key_file, config->redis.key_file},
        {&config->paths.user_key_file, config->access_log.user_key_file},
        {&config->paths.decision_log, config->decision_log.file},
    };
    bool is_resolved = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        *rows[i].ret_path = resolve(config, rows[i].path);
        is_resolved &= *rows[i].ret_path != NULL;
    }
    return is_resolved;
}

static bool keep_folder(struct config *config, const char *path)
{
    const char *slash = strrchr(path, '/');
    uint32_t length = slash == NULL ? 0 : (uint32_t)(slash + 1 - path);
    return arena_copy(&config->arena, (struct slice){.at = path, .length = length}, &config->paths.folder);
}

/* The rest of config_parse, once there is a configuration to fill. */
static void parse_into(struct config *config, struct slice bytes, const char *path, struct config_errors *errors)
{
    const struct config_node *root = config_file_parse(bytes, &config->arena, errors);
    if (root == NULL) {
        return;
    }
    struct config_reader reader = {.config = config, .errors = errors};
    config_scalars_read(&reader, root);
    config_lists_read(&reader, root);
    config->is_breaker_on = strcmp(config->breaker.mode, "on") == 0;
    config->is_breaker_shadow = strcmp(config->breaker.mode, "shadow") == 0;
    config->rejects_on_limit = strcmp(config->rate.on_limit, "reject") == 0;
    config_errors_sort(errors);
    if (errors->total > 0) {
        return;
    }
    bool is_kept =
        keep_folder(config, path) && resolve_paths(config) && arena_copy(&config->arena, bytes, &config->bytes);
    if (!is_kept) {
        config_errors_add_out_of_memory(errors);
    }
}

struct config *config_parse(struct slice bytes, const char *path, struct config_errors *reterrs)
{
    config_errors_init(reterrs, path);
    struct config *config = calloc(1, sizeof(*config));
    if (config == NULL) {
        config_errors_add_out_of_memory(reterrs);
        return NULL;
    }
    arena_init(&config->arena);
    parse_into(config, bytes, path, reterrs);
    if (reterrs->total > 0) {
        config_free(config);
        return NULL;
    }
    return config;
}

void config_free(struct config *config)
{
    if (config != NULL) {
        arena_clear(&config->arena);
        free(config);
    }
}

const struct config_interface *config_interface_find(const struct config *config, struct slice name)
{
    for (uint32_t i = 0; i < config->interface_count; i++) {
        if (slice_equals(config->interfaces[i].name, name)) {
            return &config->interfaces[i];
        }
    }
    return NULL;
}

static bool refuse_file(struct config_errors *errors, const char *reason)
{
    config_errors_add(errors, 0, "", "%s", reason);
    return false;
}

/* One byte more than allowed tells a file that is too long. */
static bool read_all(int fd, struct text *bytes, struct config_errors *errors)
{
    text_reset(bytes);
    if (!text_reserve(bytes, CONFIG_FILE_BYTES_MAX + 1)) {
        config_errors_add_out_of_memory(errors);
        return false;
    }
    ssize_t count = 1;
    while (count > 0 && bytes->length <= CONFIG_FILE_BYTES_MAX) {
        count = read(fd, bytes->bytes + bytes->length, CONFIG_FILE_BYTES_MAX + 1 - bytes->length);
        if (count < 0 && errno != EINTR) {
            return refuse_file(errors, strerrordesc_np(errno));
        }
        bytes->length += count > 0 ? (size_t)count : 0;
        count = count < 0 ? 1 : count;
    }
    return bytes->length <= CONFIG_FILE_BYTES_MAX || refuse_file(errors, "is larger than 256 KiB");
}

bool config_read_bytes(const char *path, struct text *bytes, struct config_errors *reterrs)
{
    config_errors_init(reterrs, path);
    /* Without O_NONBLOCK opening a pipe would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return refuse_file(reterrs, strerrordesc_np(errno));
    }
    struct stat status;
    bool is_read = false;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        refuse_file(reterrs, "is not a file");
    } else {
        is_read = read_all(fd, bytes, reterrs);
    }
    close(fd);
    return is_read;
}

struct config *config_load(const char *path, struct config_errors *reterrs)
{
    struct text bytes;
    text_init(&bytes, CONFIG_READ_BYTES);
    struct config *config = NULL;
    if (config_read_bytes(path, &bytes, reterrs)) {
        config = config_parse(text_slice(&bytes), path, reterrs);
    }
    text_clear(&bytes);
    return config;
}

static bool keep_text(const struct setting *setting, struct config *fresh, const struct config *running)
{
    struct slice copy;
    if (!arena_copy(&fresh->arena, slice_of(setting_text(setting, running)), &copy)) {
        return false;
    }
    setting_set_text(setting, fresh, copy.at);
    return true;
}

static bool is_same(const struct setting *setting, const struct config *a, const struct config *b)
{
    return setting_is_text(setting) ? strcmp(setting_text(setting, a), setting_text(setting, b)) == 0
                                    : setting_number(setting, a) == setting_number(setting, b);
}

size_t config_keep_restart_settings(struct config *fresh, const struct config *running, const char **ret_names,
                                    size_t names_max)
{
    size_t kept = 0;
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings[i];
        if (!setting->needs_restart || is_same(setting, fresh, running)) {
            continue;
        }
        if (kept < names_max) {
            ret_names[kept] = setting->path;
        }
        kept++;
        if (!setting_is_text(setting)) {
            setting_set_number(setting, fresh, setting_number(setting, running));
        } else if (!keep_text(setting, fresh, running)) {
            return CONFIG_KEEP_FAILED;
        }
    }
    return resolve_paths(fresh) ? kept : CONFIG_KEEP_FAILED;
}
