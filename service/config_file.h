/*
 * config_file.h - libconfig's door: text to a tree of plain nodes.
 *
 * No other file includes libconfig.h. Its versions differ in integers, limits and messages; behind this door there is
 * one tree: groups and lists with children in the file's order, integers of 64 bits, texts that are valid UTF-8.
 *
 * Ownership  nodes live in the caller's arena.
 * Errors     NULL with errors added. libconfig 1.5 itself does not check malloc: running out of memory inside it ends
 * the process, which is why a file has a ceiling (CONFIG_FILE_BYTES_MAX).
 */
#pragma once

#include "policy/arena.h"
#include "service/config_errors.h"

enum config_node_kind {
    CONFIG_NODE_INTEGER,
    CONFIG_NODE_FLOAT,
    CONFIG_NODE_BOOLEAN,
    CONFIG_NODE_TEXT,
    CONFIG_NODE_ARRAY,
    CONFIG_NODE_LIST,
    CONFIG_NODE_GROUP,
};

struct config_node {
    enum config_node_kind kind;
    uint32_t line;
    const char *name;  /* "" in lists and arrays, and of the root */
    int64_t integer;   /* and of BOOLEAN */
    struct slice text; /* NUL-terminated behind its end */
    struct config_node *first, *next;
    uint32_t count; /* of children */
};

/* The root is a group; its line is the file's last. */
const struct config_node *config_file_parse(struct slice bytes, struct arena *arena, struct config_errors *errors);

/* "a string", "a list ( ... )" */
const char *config_node_kind_name(enum config_node_kind kind);
