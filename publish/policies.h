/*
 * policies.h - a policy directory, read and compiled once, for a command.
 */
#pragma once

#include "policy/snapshot.h"

/* Adds what could be read to `documents`, by name, and what could not to `problems`. */
void policies_read(const char *path, struct documents *documents, struct problems *problems);

/* NULL with at least one problem: a directory that cannot be read is one too, its path standing for the file. */
struct snapshot *policies_load(const char *path, uint32_t candidates_max, struct problems *problems);
