/* Lines as they arrive, and what becomes of them when nobody takes them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/log.h"

static int reader;
static char received[1 << 20];

/* Standard output becomes the writing end of a pipe. */
static void open_pipe(void)
{
    int ends[2];
    cr_assert(eq(int, pipe(ends), 0));
    reader = ends[0];
    cr_assert(eq(int, dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO));
    close(ends[1]);
    log_open();
}

TestSuite(log, .init = open_pipe);

/* What is there now. */
static const char *receive(void)
{
    size_t length = 0;
    struct pollfd readable = {.fd = reader, .events = POLLIN};
    while (length < sizeof(received) - 1 && poll(&readable, 1, 0) == 1 && (readable.revents & POLLIN) != 0) {
        ssize_t count = read(reader, received + length, sizeof(received) - 1 - length);
        length += count > 0 ? (size_t)count : 0;
    }
    received[length] = '\0';
    return received;
}

/* The line after its time stamp. */
static const char *received_line(void)
{
    const char *line = receive();
    cr_assert(eq(int, strncmp(line, "{\"ts\":\"20", 9), 0));
    const char *rest = line + strlen("{\"ts\":\"2026-02-12T12:00:00.123Z\"");
    cr_assert(eq(chr, rest[-2], 'Z'));
    return rest;
}

Test(log, an_event_is_one_json_line)
{
    log_event(LOG_INFO, "listening", LOG_STRING("listen", "127.0.0.1:8080"), LOG_INTEGER("release", -42),
              LOG_BOOLEAN("ready", true), LOG_END);
    cr_assert(eq(str, (char *)received_line(),
                 ",\"level\":\"info\",\"event\":\"listening\",\"listen\":\"127.0.0.1:8080\","
                 "\"release\":-42,\"ready\":true}\n"));
}

Test(log, values_cannot_leave_their_string)
{
    log_event(LOG_ERROR, "x",
              LOG_STRING("a", "\"},\n{\x1b\x7f\xc2\x9b"
                              "é\xff"),
              LOG_END);
    cr_assert(eq(str, (char *)received_line(),
                 ",\"level\":\"error\",\"event\":\"x\",\"a\":\"\\\"},\\n{\\u001b\uFFFD\uFFFDé\uFFFD\"}\n"));
}

Test(log, a_long_value_is_cut_between_characters)
{
    static char value[3 * LOG_VALUE_BYTES_MAX];
    for (size_t i = 0; i + 3 < sizeof(value); i += 3) {
        memcpy(value + i, "午", 3);
    }
    log_event(LOG_WARNING, "x", LOG_STRING("a", value), LOG_END);
    const char *line = received_line();
    cr_assert(eq(sz, strlen(line), strlen(",\"level\":\"warning\",\"event\":\"x\",\"a\":\"\"}\n") + 682 * 3));
    cr_assert(eq(uint, log_dropped_count(), 0));
}

Test(log, fields_that_do_not_fit_are_left_out_and_the_line_says_so)
{
    static char value[LOG_VALUE_BYTES_MAX + 1];
    memset(value, '"', LOG_VALUE_BYTES_MAX);
    log_event(LOG_INFO, "x", LOG_INTEGER("n", 1), LOG_STRING("a", value), LOG_END);
    cr_assert(eq(str, (char *)received_line(), ",\"level\":\"info\",\"event\":\"x\",\"n\":1,\"cut\":true}\n"));
}

Test(log, a_full_pipe_drops_whole_lines_and_never_blocks)
{
    static char value[1001];
    memset(value, 'a', 1000);
    unsigned sent = 0;
    while (log_dropped_count() < 10 && sent < 10000) {
        log_event(LOG_INFO, "x", LOG_STRING("a", value), LOG_END);
        sent++;
    }
    cr_assert(eq(uint, log_dropped_count(), 10));
    unsigned lines = 0;
    for (const char *end = strchr(receive(), '\n'); end != NULL; end = strchr(end + 1, '\n')) {
        cr_assert(eq(chr, end[-1], '}'));
        lines++;
    }
    cr_assert(eq(uint, lines, sent - 10));
    log_event(LOG_INFO, "again", LOG_END);
    cr_assert(ne(ptr, strstr(received_line(), "again"), NULL));
}

Test(log, a_pipe_without_a_reader_does_not_end_the_process)
{
    close(reader);
    log_event(LOG_INFO, "x", LOG_END);
    log_event(LOG_INFO, "x", LOG_END);
    cr_assert(eq(uint, log_dropped_count(), 2));
}

Test(log, a_full_socket_drops_lines_and_never_blocks)
{
    int ends[2];
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0));
    cr_assert(eq(int, dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO));
    log_open();
    for (unsigned sent = 0; log_dropped_count() < 2 && sent < 100000; sent++) {
        log_event(LOG_INFO, "x", LOG_END);
    }
    cr_assert(eq(uint, log_dropped_count(), 2));
}

Test(log, a_standard_stream_that_was_closed_is_no_place_for_a_listener)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    log_open();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(gt(int, fd, STDERR_FILENO));
    log_event(LOG_INFO, "x", LOG_END);
    close(fd);
}

static void *log_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        log_event(LOG_INFO, "x", LOG_STRING("a", "0123456789"), LOG_END);
    }
    return NULL;
}

Test(log, lines_of_several_threads_never_mix)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        cr_assert(eq(int, pthread_create(&threads[i], NULL, log_many, NULL), 0));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    const char *line = receive();
    size_t length = strcspn(line, "\n") + 1, lines = 0;
    for (; *line != '\0'; line += length) {
        cr_assert(eq(sz, strcspn(line, "\n") + 1, length));
        lines++;
    }
    cr_assert(eq(sz, lines + log_dropped_count(), 200));
}

Test(log, what_happened_earlier_bears_its_own_time_and_says_whether_it_was_written)
{
    const struct log_field fields[] = {LOG_INTEGER("status", 200), LOG_END};
    cr_assert(log_event_at(INT64_C(1770897600123), LOG_INFO, "access", fields));
    cr_assert(eq(str, (char *)receive(),
                 "{\"ts\":\"2026-02-12T12:00:00.123Z\",\"level\":\"info\",\"event\":\"access\",\"status\":200}\n"));
}

Test(log, a_reader_that_is_behind_is_seen_before_the_pipe_is_full)
{
    static char bytes[40 * 1024];
    cr_expect(not(log_is_behind(50)));
    memset(bytes, 'x', sizeof(bytes));
    cr_assert(eq(sz, (size_t)write(STDOUT_FILENO, bytes, sizeof(bytes)), sizeof(bytes)));
    cr_expect(log_is_behind(50));
    cr_expect(not(log_is_behind(75)));
    receive();
    cr_expect(not(log_is_behind(50)));
}
