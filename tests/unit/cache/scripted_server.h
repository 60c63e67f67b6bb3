/*
 * scripted_server.h - a Redis of a test's own: on loopback, in threads, says what it is told to say.
 *
 *     static const struct scripted_rule rules[] = {
 *         {.on = "AUTH", .say = "-WRONGPASS invalid username-password pair\r\n"},
 *         {.on = "GET", .say = "$5\r\nhel", .then = SCRIPTED_CLOSE},
 *     };
 *     struct scripted_server *server = scripted_server_open(rules, 2);
 *
 * A command is met by the first rule whose `on` it begins with (its arguments joined by blanks) and which has not been
 * used up; one that no rule knows is answered by +OK.
 *
 * Ownership  rules are used as they stand, until the server is closed or told others.
 * Errors     whatever fails ends the program: a test that cannot arrange proves nothing.
 */
#pragma once

#include "cache/redis_url.h"

enum scripted_then {
    SCRIPTED_GO_ON,
    SCRIPTED_CLOSE,
    SCRIPTED_RESET,
};

struct scripted_rule {
    const char *on; /* NULL: when the connection begins */
    const char *say;
    uint32_t padding;  /* so many x behind it */
    const char *tail;  /* and this behind those; NULL: nothing */
    uint32_t drip_ms;  /* a pause after each byte */
    uint32_t delay_ms; /* before the first */
    enum scripted_then then;
    uint32_t times; /* 0: always */
};

struct scripted_server;

struct scripted_server *scripted_server_open(const struct scripted_rule *rules, uint32_t count);
struct scripted_server *scripted_server_open_v6(const struct scripted_rule *rules, uint32_t count);
void scripted_server_close(struct scripted_server *server);

/* From the next command on. */
void scripted_server_tell(struct scripted_server *server, const struct scripted_rule *rules, uint32_t count);

/* Ends all connections. */
void scripted_server_hang_up(struct scripted_server *server);

/* Bytes to all connections that nobody asked for. */
void scripted_server_shout(struct scripted_server *server, const char *text);

struct redis_endpoint scripted_server_endpoint(const struct scripted_server *server);

/* How many commands began so; how many connections there were. */
uint32_t scripted_server_heard(struct scripted_server *server, const char *beginning);
uint32_t scripted_server_connections(struct scripted_server *server);

/* A port of 127.0.0.1 on which nobody listens. */
struct redis_endpoint scripted_server_nobody(void);
