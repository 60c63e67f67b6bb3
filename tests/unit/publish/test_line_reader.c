#include "publish/line_reader.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct line_reader reader;
static FILE *file;

static void set_up(void)
{
    file = tmpfile();
    line_reader_init(&reader, fileno(file));
}

static void tear_down(void)
{
    line_reader_clear(&reader);
    fclose(file);
}

TestSuite(line_reader, .init = set_up, .fini = tear_down);

static void give(const char *bytes, size_t length)
{
    cr_assert(eq(sz, fwrite(bytes, 1, length, file), length));
    fflush(file);
    lseek(fileno(file), 0, SEEK_SET);
}

/* The next outcome that is not LINE_INCOMPLETE. */
static enum line_outcome take(char **ret_line, size_t *ret_length)
{
    enum line_outcome outcome = line_reader_take(&reader, ret_line, ret_length);
    while (outcome == LINE_INCOMPLETE) {
        cr_assert(line_reader_fill(&reader));
        outcome = line_reader_take(&reader, ret_line, ret_length);
    }
    return outcome;
}

static void expect_line(const char *expected)
{
    char *line;
    size_t length;
    cr_assert(eq(int, take(&line, &length), LINE_TAKEN));
    cr_assert(eq(sz, length, strlen(expected)));
    cr_assert(zero(memcmp(line, expected, length)));
}

static void expect(enum line_outcome outcome)
{
    char *line;
    size_t length;
    cr_assert(eq(int, take(&line, &length), outcome));
}

Test(line_reader, an_empty_file_has_no_line)
{
    give("", 0);
    expect(LINE_END);
    expect(LINE_END);
}

Test(line_reader, lines_come_without_newline_and_the_last_may_lack_it)
{
    give("one\n\nthree", 10);
    expect_line("one");
    expect_line("");
    expect_line("three");
    expect(LINE_END);
}

Test(line_reader, a_line_at_the_ceiling_is_taken_and_one_past_it_is_told_once)
{
    size_t length = (size_t)LINE_BYTES_MAX + 1 + LINE_BYTES_MAX + 1 + 1 + 5;
    char *bytes = malloc(length);
    memset(bytes, 'x', length);
    bytes[LINE_BYTES_MAX] = '\n';
    bytes[2 * LINE_BYTES_MAX + 2] = '\n';
    memcpy(bytes + length - 5, "after", 5);
    give(bytes, length);
    free(bytes);
    char *line;
    size_t taken;
    cr_assert(eq(int, take(&line, &taken), LINE_TAKEN));
    cr_assert(eq(sz, taken, LINE_BYTES_MAX));
    expect(LINE_TOO_LONG);
    expect_line("after");
    expect(LINE_END);
}

Test(line_reader, a_long_line_at_the_end_is_told_once)
{
    size_t length = 3 * (size_t)LINE_BYTES_MAX;
    char *bytes = calloc(1, length);
    give(bytes, length);
    free(bytes);
    expect(LINE_TOO_LONG);
    expect(LINE_END);
}

Test(line_reader, nothing_is_read_before_it_is_asked_for)
{
    give("one\ntwo", 7);
    char *line;
    size_t length;
    cr_assert(eq(int, line_reader_take(&reader, &line, &length), LINE_INCOMPLETE));
    cr_assert(line_reader_fill(&reader));
    cr_assert(eq(int, line_reader_take(&reader, &line, &length), LINE_TAKEN));
    cr_assert(eq(int, line_reader_take(&reader, &line, &length), LINE_INCOMPLETE));
}

Test(line_reader, a_descriptor_that_cannot_be_read_is_told)
{
    line_reader_init(&reader, -1);
    cr_assert(not(line_reader_fill(&reader)));
}

Test(line_reader, only_a_last_line_may_lack_its_newline_and_then_it_is_told)
{
    give("one\ntwo", 7);
    expect_line("one");
    cr_expect(reader.has_newline);
    expect_line("two");
    cr_expect(not(reader.has_newline));
}

Test(line_reader, a_blank_line_has_nothing_to_read)
{
    cr_expect(line_reader_is_blank("", 0));
    cr_expect(line_reader_is_blank(" \t\r", 3));
    cr_expect(not(line_reader_is_blank(" x", 2)));
}

Test(line_reader, a_file_that_cannot_be_opened_is_told_and_may_be_closed)
{
    struct line_reader missing;
    cr_assert(not(line_reader_open(&missing, "/nonexistent/file")));
    line_reader_close(&missing);
    cr_assert(eq(str, (char *)line_reader_name("/nonexistent/file"), "/nonexistent/file"));
}

Test(line_reader, a_dash_is_stdin_and_stays_open)
{
    struct line_reader dash;
    int flags = fcntl(STDIN_FILENO, F_GETFD);
    cr_assert(ne(int, flags, -1));
    cr_assert(line_reader_open(&dash, "-"));
    cr_assert(eq(int, dash.descriptor, STDIN_FILENO));
    line_reader_close(&dash);
    cr_assert(eq(int, fcntl(STDIN_FILENO, F_GETFD), flags));
    cr_assert(eq(str, (char *)line_reader_name("-"), "stdin"));
}
