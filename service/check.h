/*
 * check.h - promogate --check: would this configuration start, and is its policy set a release?
 */
#pragma once

/* Prints every problem on stderr, a line each, or what it found on stdout; the exit status, 0 or 1. */
int check_run(const char *config_path);
