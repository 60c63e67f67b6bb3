/*
 * redis_password.h - a password that lives in a file: read at every connect, so that it can be changed without a
 * restart. One newline at its end does not count.
 *
 * Errors  false with a reason that names the file and never the content.
 */
#pragma once

#include "cache/redis_link.h"

bool redis_password_read(const char *path, char ret_password[REDIS_URL_SECRET_BYTES],
                         char ret_reason[REDIS_LINK_REASON_BYTES]);
