#include "cache/redis_login.h"

#include <stdio.h>

#include "cache/redis_password.h"

void redis_login_anonymous(struct redis_login *login, const struct redis_client_options *options,
                           const char *client_name)
{
    login->password[0] = '\0';
    login->link = (struct redis_link_options){
        .user = options->user[0] != '\0' ? options->user : options->url.user,
        .password = login->password,
        .database = options->url.database,
        .client_name = client_name,
        .tls = {.is_on = options->url.is_tls,
                .ca_file = options->ca_file,
                .cert_file = options->cert_file,
                .key_file = options->key_file},
    };
}

bool redis_login_read(struct redis_login *login, const struct redis_client_options *options, const char *client_name,
                      char ret_reason[REDIS_LINK_REASON_BYTES])
{
    redis_login_anonymous(login, options, client_name);
    if (options->password_file[0] != '\0') {
        return redis_password_read(options->password_file, login->password, ret_reason);
    }
    snprintf(login->password, sizeof(login->password), "%s", options->url.password);
    return true;
}

void redis_login_wipe(struct redis_login *login)
{
    explicit_bzero(login->password, sizeof(login->password));
}
