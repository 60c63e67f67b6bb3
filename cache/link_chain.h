/*
 * link_chain.h - the way that a path takes through symbolic links, step by step.
 *
 *     /etc/promogate/policies        policies -> releases/current -> v2
 *     visits  (/etc/promogate, policies)  (/etc/promogate/releases, current)  (/etc/promogate/releases, v2)
 *
 * Visited are the places where a change leads the path elsewhere: each link, the last component, and the first one that
 * is missing. Each place is looked at once more after its visit, so that a visitor who starts to watch there misses
 * nothing. A plain folder in the middle is not visited: one would have to watch / and /tmp for it.
 */
#pragma once

#include <limits.h>

enum link_chain_end {
    LINK_CHAIN_FOLDER,
    LINK_CHAIN_FILE,
    LINK_CHAIN_MISSING, /* nothing there, more than 40 links, or no right to look */
};

struct link_visitor {
    void *context;
    void (*visit)(void *context, const char *folder, const char *name);
};

/* What the path ends in: its folder, free of links, and its name there ("" for the root). */
struct link_chain {
    char folder[PATH_MAX], name[NAME_MAX + 1];
};

/* `path` is absolute, or relative to `folder`, an absolute path free of links. `ret_chain` is always written. */
enum link_chain_end link_chain_follow(const char *folder, const char *path, const struct link_visitor *visitor,
                                      struct link_chain *ret_chain);
