#include "service/token.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];
static struct token token;

static void put(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void set_up(void)
{
    snprintf(path, sizeof(path), "/tmp/promogate-token-%d", (int)getpid());
    token = (struct token){0};
}

static void tear_down(void)
{
    unlink(path);
}

TestSuite(token, .init = set_up, .fini = tear_down);

Test(token, the_files_token_is_admitted_and_no_other)
{
    put("secret\n", 7);
    token_follow(&token, path);
    cr_expect(token_admits(&token, SLICE("Bearer secret")));
    cr_expect(token_admits(&token, SLICE("bearer   secret ")));
    static const char *const others[] = {
        "", "Bearer ", "Bearer secre", "Bearer secrets", "Bearer Secret", "Basic secret", "secret"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cr_expect_not(token_admits(&token, slice_of(others[i])), "%s", others[i]);
    }
}

Test(token, a_rotated_file_counts_at_once)
{
    put("old", 3);
    token_follow(&token, path);
    put("newer", 5);
    token_follow(&token, path);
    cr_expect(token_admits(&token, SLICE("Bearer newer")));
    cr_expect_not(token_admits(&token, SLICE("Bearer old")));
}

Test(token, a_file_that_is_missing_empty_or_too_long_admits_nobody)
{
    static char longest[TOKEN_BYTES_MAX + 1], header[TOKEN_BYTES_MAX + 8];
    memset(longest, 'x', sizeof(longest));
    token_follow(&token, path);
    cr_expect_not(token_admits(&token, SLICE("Bearer ")));
    put("\n", 1);
    token_follow(&token, path);
    cr_expect_not(token_admits(&token, SLICE("Bearer ")));
    put(longest, TOKEN_BYTES_MAX);
    token_follow(&token, path);
    snprintf(header, sizeof(header), "Bearer %.*s", TOKEN_BYTES_MAX, longest);
    cr_expect_not(token_admits(&token, slice_of(header)));
    put(longest, TOKEN_BYTES_MAX - 1);
    token_follow(&token, path);
    snprintf(header, sizeof(header), "Bearer %.*s", TOKEN_BYTES_MAX - 1, longest);
    cr_expect(token_admits(&token, slice_of(header)));
}

Test(token, a_token_that_was_taken_away_is_forgotten)
{
    put("secret", 6);
    token_follow(&token, path);
    unlink(path);
    token_follow(&token, path);
    cr_assert_not(token_admits(&token, SLICE("Bearer secret")));
}
