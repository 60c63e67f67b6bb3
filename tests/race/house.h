/*
 * house.h - the gateway's real parts in one process: slots, refresher, listener, workers; composed as service/serve.c
 * does.
 *
 * Left out are the admin listener, signals and the configuration's file: nothing that a decision passes through.
 *
 * Threads  house_swap_configuration from one thread at a time.
 */
#pragma once

#include <netinet/in.h>

#include "cache/refresher.h"
#include "service/gateway.h"
#include "service/listener.h"

enum { HOUSE_WORKERS_MAX = 16 };

struct house {
    struct gateway gateway;
    struct listener listener;
    struct worker *workers[HOUSE_WORKERS_MAX];
};

/* Takes the configuration. False, with errno, when a part does not start: end the process then. */
bool house_open(struct house *house, uint32_t workers, struct config *config, struct source *source,
                const struct refresher_callbacks *callbacks);

struct sockaddr_in house_address(const struct house *house);

/* Takes the configuration; no worker reads the one before any longer when it returns. */
void house_swap_configuration(struct house *house, struct config *config);

/* Decisions that the workers counted. After house_stop. */
uint64_t house_decisions(const struct house *house);

/* Lets the workers drain and joins all threads. Then house_close. */
void house_stop(struct house *house);
void house_close(struct house *house);
