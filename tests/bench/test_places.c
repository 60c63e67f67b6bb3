#include "tests/bench/places.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/places-XXXXXX";
static struct places places;

static const char *read_text(const char *text)
{
    FILE *file = fdopen(mkstemp(path), "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    const char *problem = places_read(path, &places);
    unlink(path);
    return problem;
}

static void clear(void)
{
    places_clear(&places);
}

TestSuite(places, .fini = clear);

Test(places, codes_keep_their_order)
{
    cr_assert_null(read_text("310115-0001\n\n110101-0017\nlast"));
    cr_assert_eq(places.count, 3);
    cr_assert_str_eq(places_code(&places, 0), "310115-0001");
    cr_assert_str_eq(places_code(&places, 1), "110101-0017");
    cr_assert_str_eq(places_code(&places, 2), "last");
}

Test(places, a_code_is_encoded_as_a_query_needs_it)
{
    cr_assert_null(read_text("a&b=c%\n\xe5\x9c\xb0\n"));
    cr_assert_str_eq(places_code(&places, 0), "a%26b%3Dc%25");
    cr_assert_str_eq(places_code(&places, 1), "%E5%9C%B0");
}

Test(places, a_file_without_codes_is_refused)
{
    cr_assert_not_null(read_text("\n\n"));
    cr_assert_not_null(places_read("/nonexistent/places", &places));
}

Test(places, the_longest_code_is_taken_and_one_byte_more_refused)
{
    char code[PLACES_CODE_MAX + 3];
    memset(code, 'x', sizeof code);
    strcpy(code + PLACES_CODE_MAX, "\n");
    cr_assert_null(read_text(code));
    cr_assert_eq(strlen(places_code(&places, 0)), PLACES_CODE_MAX);
    places_clear(&places);
    strcpy(path, "/tmp/places-XXXXXX");
    strcpy(code + PLACES_CODE_MAX, "x\n");
    cr_assert_not_null(read_text(code));
}
