/*
 * redis_login.h - who a client is to a server: user, password, database, TLS, and the name it goes by.
 *
 *     redis_login_read(&login, options, name, reason)
 *     login.link.endpoint = ...;  redis_link_open(&login.link, ...)
 *     redis_login_wipe(&login)                                        a password is not left lying about
 *
 * Made anew for each link: a password file may have changed.
 *
 * Ownership  `link` points into the login and the options: neither is moved while it is used.
 */
#pragma once

#include "cache/redis_client.h"

struct redis_login {
    struct redis_link_options link; /* all but the endpoint */
    char password[REDIS_URL_SECRET_BYTES];
};

/* False, with a reason, when the password file gives none. */
bool redis_login_read(struct redis_login *login, const struct redis_client_options *options, const char *client_name,
                      char ret_reason[REDIS_LINK_REASON_BYTES]);

/* Without a password: for Sentinels, which have users of their own, or none. */
void redis_login_anonymous(struct redis_login *login, const struct redis_client_options *options,
                           const char *client_name);

void redis_login_wipe(struct redis_login *login);
