#include "publish/operator.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *find_user(void)
{
    static const char *const variables[] = {"SUDO_USER", "USER"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *user = getenv(variables[i]);
        if (user != NULL && user[0] != '\0') {
            return user;
        }
    }
    const struct passwd *entry = getpwuid(geteuid());
    return entry != NULL ? entry->pw_name : "";
}

void operator_user(char ret_user[OPERATOR_BYTES])
{
    snprintf(ret_user, OPERATOR_BYTES, "%s", find_user());
}

void operator_actor(char ret_actor[OPERATOR_BYTES])
{
    char host[64] = "";
    if (gethostname(host, sizeof(host) - 1) != 0) {
        host[0] = '\0';
    }
    snprintf(ret_actor, OPERATOR_BYTES, "%.128s@%s", find_user(), host);
    for (char *at = ret_actor; *at != '\0'; at++) {
        if (*at < ' ' || *at >= 0x7f) {
            *at = '?';
        }
    }
}
