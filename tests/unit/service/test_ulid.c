#include "service/ulid.h"

#include <criterion/criterion.h>
#include <string.h>

static void write(struct ulid_source *source, uint64_t unix_ms, char ret_text[static ULID_BYTES + 1])
{
    ulid_write(source, unix_ms, ret_text);
    ret_text[ULID_BYTES] = '\0';
}

Test(ulid, the_first_ten_characters_are_the_time_as_the_specification_has_it)
{
    struct ulid_source source = {.state = {1, 2, 3, 4}, .last_ms = UINT64_MAX};
    char text[ULID_BYTES + 1];
    write(&source, 1469918176385, text);
    cr_assert_eq(strncmp(text, "01ARYZ6S41", 10), 0, "%s", text);
    write(&source, 0, text);
    cr_assert_eq(strncmp(text, "0000000000", 10), 0);
    write(&source, 0xFFFFFFFFFFFF, text);
    cr_assert_eq(strncmp(text, "7ZZZZZZZZZ", 10), 0);
}

Test(ulid, every_character_is_of_the_alphabet)
{
    struct ulid_source source;
    char text[ULID_BYTES + 1];
    cr_assert(ulid_source_init(&source));
    for (unsigned i = 0; i < 1000; i++) {
        write(&source, i * UINT64_C(123456789), text);
        cr_assert_eq(strspn(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), ULID_BYTES, "%s", text);
    }
}

Test(ulid, ids_of_one_moment_differ_and_so_do_those_of_two_sources)
{
    struct ulid_source one, other;
    char a[ULID_BYTES + 1], b[ULID_BYTES + 1], c[ULID_BYTES + 1];
    cr_assert(ulid_source_init(&one) && ulid_source_init(&other));
    write(&one, 42, a);
    write(&one, 42, b);
    write(&other, 42, c);
    cr_assert(strcmp(a, b) != 0 && strcmp(a, c) != 0 && strcmp(b, c) != 0);
}

Test(ulid, ids_sort_by_their_time)
{
    struct ulid_source source = {.state = {1, 2, 3, 4}, .last_ms = UINT64_MAX};
    char sooner[ULID_BYTES + 1], later[ULID_BYTES + 1];
    write(&source, 1469918176385, sooner);
    write(&source, 1469918176386, later);
    cr_assert(strcmp(sooner, later) < 0);
}
