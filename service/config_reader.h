/*
 * config_reader.h - from the file's tree to struct config, every value checked.
 *
 *     config_scalars_read   what settings.h has rows for, and whatever has no business at the top of the file
 *     config_lists_read     `interfaces`, `fallbacks` and `callers`
 *
 * Each goes on after an error, so that one look at the file finds them all. What it could not read stays at its
 * default.
 */
#pragma once

#include "service/config.h"
#include "service/config_file.h"

struct config_reader {
    struct config *config;
    struct config_errors *errors;
};

enum { CONFIG_PATH_BYTES = 128 };

void config_scalars_read(struct config_reader *reader, const struct config_node *root);
void config_lists_read(struct config_reader *reader, const struct config_node *root);

/* Is it one of the settings that config_lists_read reads? */
bool config_lists_have(const char *name);

/* The child of that name, or NULL. */
const struct config_node *config_node_find(const struct config_node *group, const char *name);

/* Is the node of that kind? Otherwise an error about `path` is added. */
bool config_node_is(struct config_reader *reader, const struct config_node *node, const char *path,
                    enum config_node_kind kind);
