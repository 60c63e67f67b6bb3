#include "publish/token_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char token[TOKEN_FILE_BYTES], reason[TOKEN_FILE_REASON_BYTES];

static bool read_file(const char *bytes, size_t length)
{
    char path[] = "/tmp/promogate-token-XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(write(descriptor, bytes, length), (ssize_t)length);
    close(descriptor);
    bool is_read = token_file_read(path, token, reason);
    unlink(path);
    return is_read;
}

static bool read_text(const char *text)
{
    return read_file(text, strlen(text));
}

Test(token_file, white_space_around_a_token_is_not_part_of_it)
{
    cr_expect(read_text("s3cret"));
    cr_expect_str_eq(token, "s3cret");
    cr_expect(read_text(" \t\r\ns3cret\r\n"));
    cr_expect_str_eq(token, "s3cret");
}

Test(token_file, what_no_header_can_hold_is_refused_and_never_told)
{
    static const char *const rows[] = {"", " \n", "hush hush", "hush\nhush", "hush\x7f", "hush\xC3\xA9"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_not(read_text(rows[i]), "%s", rows[i]);
        cr_expect_null(strstr(reason, "hush"), "%s", reason);
    }
    cr_expect_not(read_file("hush\0", 5));
}

Test(token_file, a_token_has_at_most_511_bytes)
{
    char text[TOKEN_FILE_BYTES + 1];
    memset(text, 't', sizeof(text));
    cr_expect(read_file(text, TOKEN_FILE_BYTES - 1));
    cr_expect_eq(strlen(token), TOKEN_FILE_BYTES - 1);
    cr_expect_not(read_file(text, TOKEN_FILE_BYTES));
    cr_expect_not(read_file(text, TOKEN_FILE_BYTES + 1));
}

Test(token_file, a_file_that_is_not_there_is_told_by_its_name)
{
    cr_expect_not(token_file_read("/nonexistent/token", token, reason));
    cr_expect_str_eq(reason, "the token file /nonexistent/token cannot be read: No such file or directory");
}
