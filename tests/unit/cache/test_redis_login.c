#include "cache/redis_login.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "scratch.h"

static struct redis_client_options options;
static struct redis_login login;
static char reason[REDIS_LINK_REASON_BYTES];

static void set_up(void)
{
    options = (struct redis_client_options){.ca_file = "/ca.pem", .cert_file = "/cert.pem", .key_file = "/key.pem"};
    const char *bad;
    cr_assert(redis_url_parse(SLICE("rediss://ann:of-the-url@127.0.0.1:7000/3?namespace=main"), &options.url, &bad),
              "%s", bad);
}

TestSuite(redis_login, .init = set_up, .timeout = 60);

static void read_login(void)
{
    cr_assert(redis_login_read(&login, &options, "promogate/web-1", reason), "%s", reason);
}

Test(redis_login, who_we_are_is_the_URLs_where_nothing_else_is_said)
{
    read_login();
    cr_expect(eq(str, (char *)login.link.user, "ann"));
    cr_expect(eq(str, (char *)login.link.password, "of-the-url"));
    cr_expect(eq(u32, login.link.database, 3));
    cr_expect(eq(str, (char *)login.link.client_name, "promogate/web-1"));
    cr_expect(login.link.tls.is_on);
    cr_expect(eq(str, (char *)login.link.tls.ca_file, "/ca.pem"));
    cr_expect(eq(str, (char *)login.link.tls.cert_file, "/cert.pem"));
    cr_expect(eq(str, (char *)login.link.tls.key_file, "/key.pem"));
}

Test(redis_login, a_user_of_the_settings_goes_before_the_URLs)
{
    snprintf(options.user, sizeof(options.user), "bob");
    read_login();
    cr_expect(eq(str, (char *)login.link.user, "bob"));
}

Test(redis_login, a_password_file_goes_before_the_URLs_password_and_is_read_each_time)
{
    struct scratch scratch;
    scratch_make(&scratch);
    snprintf(options.password_file, sizeof(options.password_file), "%s", scratch_path(&scratch, "password"));
    scratch_write(&scratch, "password", "first\n");
    read_login();
    cr_expect(eq(str, (char *)login.link.password, "first"));
    scratch_write(&scratch, "password", "second\n");
    read_login();
    cr_expect(eq(str, (char *)login.link.password, "second"));
    scratch_remove(&scratch);
}

Test(redis_login, without_its_password_file_there_is_none)
{
    snprintf(options.password_file, sizeof(options.password_file), "/nowhere/at-all");
    cr_expect(not(redis_login_read(&login, &options, "name", reason)));
    cr_expect(strstr(reason, "/nowhere/at-all") != NULL, "%s", reason);
}

Test(redis_login, Sentinels_are_told_no_password)
{
    redis_login_anonymous(&login, &options, "name");
    cr_expect(eq(str, (char *)login.link.password, ""));
    cr_expect(login.link.tls.is_on);
}

Test(redis_login, nothing_of_a_password_is_left)
{
    static const char zeros[REDIS_URL_SECRET_BYTES];
    read_login();
    redis_login_wipe(&login);
    cr_expect_eq(memcmp(login.password, zeros, sizeof("of-the-url")), 0);
}
