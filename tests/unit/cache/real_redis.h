/*
 * real_redis.h - a redis-server process of a test's own, on a free port of 127.0.0.1, that keeps nothing on disk.
 *
 * Errors  whatever fails ends the program. It dies with the test that started it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { REAL_REDIS_OPTIONS_MAX = 24 };

#define REAL_REDIS_PORT "PORT" /* among the options: its port's number */

struct real_redis {
    uint16_t port;
    pid_t process;
};

bool real_redis_is_installed(void);

/* `options` are of redis-server's command line, up to a NULL: "--requirepass", "secret". */
void real_redis_start(struct real_redis *redis, const char *const *options);
void real_redis_stop(struct real_redis *redis);
