/*
 * serve.h - the composition root: puts the gateway together, runs it until it is told to stop, takes it apart.
 *
 *     configuration ─▶ sockets ─▶ refresher (loads the first release in its thread) ─▶ workers ─▶ admin ─▶ listening
 *     main thread: signals, the configuration's file, the phases of a drain
 *
 * Order matters: sockets are bound before anything slow, so that an address in use is told at once, and startupz is
 * true as soon as it can be asked.
 */
#pragma once

/* The exit status: 0 drained, 1 could not start (said on stderr). */
int serve_run(const char *config_path);
