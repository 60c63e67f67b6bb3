#include "cache/redis_password.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "scratch.h"

TestSuite(redis_password, .timeout = 60);

/* What is read from a file with this content, or the reason. */
static bool read_content(const char *content, char *ret_password, char *ret_reason)
{
    struct scratch scratch;
    scratch_make(&scratch);
    scratch_write(&scratch, "password", content);
    bool is_read = redis_password_read(scratch_path(&scratch, "password"), ret_password, ret_reason);
    scratch_remove(&scratch);
    return is_read;
}

Test(redis_password, one_newline_at_the_end_does_not_count)
{
    static const char *const rows[][2] = {
        {"secret", "secret"}, {"secret\n", "secret"}, {"secret\n\n", "secret\n"}, {"se cret ", "se cret "}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char password[REDIS_URL_SECRET_BYTES], reason[REDIS_LINK_REASON_BYTES] = "";
        cr_assert(read_content(rows[i][0], password, reason), "%s", reason);
        cr_expect_str_eq(password, rows[i][1]);
    }
}

Test(redis_password, an_empty_file_is_no_password)
{
    char password[REDIS_URL_SECRET_BYTES] = "before", reason[REDIS_LINK_REASON_BYTES];
    cr_expect_not(read_content("", password, reason));
    cr_expect(strstr(reason, "/password is empty") != NULL, "%s", reason);
    cr_expect_not(read_content("\n", password, reason));
    cr_expect_str_eq(password, "before");
}

Test(redis_password, a_password_stands_on_its_ceiling_and_not_past_it)
{
    char content[REDIS_URL_SECRET_BYTES + 2] = "", password[REDIS_URL_SECRET_BYTES], reason[REDIS_LINK_REASON_BYTES];
    memset(content, 'x', REDIS_URL_SECRET_BYTES - 1);
    cr_expect(read_content(content, password, reason));
    content[REDIS_URL_SECRET_BYTES - 1] = '\n';
    cr_expect(read_content(content, password, reason));
    cr_expect_eq(strlen(password), REDIS_URL_SECRET_BYTES - 1);
    content[REDIS_URL_SECRET_BYTES - 1] = 'x';
    cr_expect_not(read_content(content, password, reason));
    cr_expect(strstr(reason, "at most 511 bytes") != NULL, "%s", reason);
    content[REDIS_URL_SECRET_BYTES] = 'x';
    cr_expect_not(read_content(content, password, reason));
}

Test(redis_password, what_cannot_be_read_is_named_with_the_reason)
{
    char password[REDIS_URL_SECRET_BYTES], reason[REDIS_LINK_REASON_BYTES];
    cr_expect_not(redis_password_read("/nowhere/at-all", password, reason));
    cr_expect_str_eq(reason, "the password file /nowhere/at-all cannot be read: No such file or directory");
    cr_expect_not(redis_password_read("/", password, reason));
    cr_expect_str_eq(reason, "the password file / cannot be read: Is a directory");
}

Test(redis_password, a_pipe_that_nobody_writes_to_does_not_hold_us)
{
    char password[REDIS_URL_SECRET_BYTES], reason[REDIS_LINK_REASON_BYTES];
    struct scratch scratch;
    scratch_make(&scratch);
    cr_assert_eq(mkfifo(scratch_path(&scratch, "pipe"), 0600), 0);
    cr_expect_not(redis_password_read(scratch_path(&scratch, "pipe"), password, reason));
    scratch_remove(&scratch);
}
