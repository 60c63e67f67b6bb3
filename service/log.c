#include "service/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/utf8.h"
#include "service/clock.h"

static const char line_end[] = "}\n", cut_end[] = ",\"cut\":true}\n";

static int output = STDOUT_FILENO;
static bool is_socket, is_pipe;
static int capacity; /* of the pipe or socket */
static atomic_uint_fast64_t dropped;
/* Guards `is_torn`, and lets nobody else write between poll and write. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_torn; /* a part of a line was written last */

/* A listener must never get the number of a standard stream that was closed: log lines would go to a caller. */
static void fill_standard_streams(void)
{
    int fd = 0;
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR); /* NOLINT(android-cloexec-open): as standard streams are */
    }
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

/*
 * A pipe or terminal is opened once more for not blocking: O_NONBLOCK on the stream itself would reach every process
 * that shares it. A file is not: it would be written from a position of its own.
 */
void log_open(void)
{
    signal(SIGPIPE, SIG_IGN);
    fill_standard_streams();
    struct stat status;
    if (fstat(STDOUT_FILENO, &status) != 0) {
        return;
    }
    is_socket = S_ISSOCK(status.st_mode);
    is_pipe = S_ISFIFO(status.st_mode);
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
        int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        output = fd >= 0 ? fd : STDOUT_FILENO;
    }
    socklen_t length = sizeof(capacity);
    if (is_pipe) {
        capacity = fcntl(output, F_GETPIPE_SZ);
    } else if (is_socket && getsockopt(output, SOL_SOCKET, SO_SNDBUF, &capacity, &length) != 0) {
        capacity = 0;
    }
}

bool log_is_behind(int full_percent)
{
    int waiting = 0;
    bool is_known = (is_pipe || is_socket) && ioctl(output, is_pipe ? FIONREAD : SIOCOUTQ, &waiting) == 0;
    return is_known && waiting > capacity / 100 * full_percent;
}

static void append_time(struct text *text, int64_t wall_ms)
{
    time_t wall_s = wall_ms / 1000;
    struct tm utc;
    char day_and_time[32] = "";
    if (gmtime_r(&wall_s, &utc) != NULL) {
        strftime(day_and_time, sizeof(day_and_time), "%Y-%m-%dT%H:%M:%S", &utc);
    }
    text_append_format(text, "{\"ts\":\"%s.%03dZ\"", day_and_time, (int)(wall_ms % 1000));
}

/* Bytes that are no UTF-8, and controls that JSON would let pass to a terminal, become U+FFFD. */
static struct slice clean(struct slice value, char buffer[static LOG_VALUE_BYTES_MAX])
{
    static const char replacement[] = "\xEF\xBF\xBD";
    uint32_t length = 0;
    const char *end = value.at + value.length;
    for (const char *at = value.at; at < end;) {
        unsigned bytes = utf8_character_bytes(at, end);
        struct slice character = {.at = at, .length = bytes};
        at += bytes > 0 ? bytes : 1;
        bool is_bad = bytes == 0 || ((unsigned char)*character.at >= 0x20 && utf8_has_control(character));
        if (is_bad) {
            character = (struct slice){.at = replacement, .length = sizeof(replacement) - 1};
        }
        if (length + character.length > LOG_VALUE_BYTES_MAX) {
            break;
        }
        memcpy(buffer + length, character.at, character.length);
        length += character.length;
    }
    return (struct slice){.at = buffer, .length = length};
}

static void append_field(struct text *text, const struct log_field *field)
{
    char buffer[LOG_VALUE_BYTES_MAX];
    text_append(text, SLICE(",\""));
    text_append(text, slice_of(field->name));
    text_append(text, SLICE("\":"));
    switch (field->kind) {
    case LOG_FIELD_STRING:
        text_append_json_string(text, clean(field->string, buffer));
        return;
    case LOG_FIELD_INTEGER:
        text_append_integer(text, field->integer);
        return;
    case LOG_FIELD_BOOLEAN:
        text_append(text, field->integer != 0 ? SLICE("true") : SLICE("false"));
        return;
    case LOG_FIELD_END:
        break;
    }
    assert(false);
}

void log_append_line(struct text *text, int64_t wall_ms, enum log_level level, const char *event,
                     const struct log_field *fields)
{
    static const char *const levels[] = {[LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};
    append_time(text, wall_ms);
    text_append_format(text, ",\"level\":\"%s\",\"event\":\"%s\"", levels[level], event);
    for (; fields->kind != LOG_FIELD_END && !text->failed; fields++) {
        size_t whole = text->length;
        append_field(text, fields);
        if (text->failed || text->length > LOG_LINE_BYTES_MAX - sizeof(cut_end)) {
            text->length = whole;
            text->failed = false;
            text_append(text, SLICE(cut_end));
            return;
        }
    }
    text_append(text, SLICE(line_end));
}

/* For what cannot be opened anew: is there room for a line right now? */
static bool would_block(void)
{
    struct pollfd room = {.fd = output, .events = POLLOUT};
    return output == STDOUT_FILENO && !is_socket && poll(&room, 1, 0) == 0;
}

static ssize_t put(const char *bytes, size_t length)
{
    return is_socket ? send(output, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) : write(output, bytes, length);
}

/* After a part of a line, as only a socket or a full disk leaves one, the next begins on a line of its own. */
static bool write_line(const struct text *text)
{
    if (would_block() || (is_torn && put("\n", 1) != 1)) {
        return false;
    }
    is_torn = false;
    ssize_t written = put(text->bytes, text->length);
    is_torn = written > 0 && (size_t)written < text->length;
    return written == (ssize_t)text->length;
}

bool log_event_at(int64_t wall_ms, enum log_level level, const char *event, const struct log_field *fields)
{
    struct text text;
    text_init(&text, LOG_LINE_BYTES_MAX);
    log_append_line(&text, wall_ms, level, event, fields);
    pthread_mutex_lock(&lock);
    bool is_written = !text.failed && write_line(&text);
    pthread_mutex_unlock(&lock);
    if (!is_written) {
        atomic_fetch_add(&dropped, 1);
    }
    text_clear(&text);
    return is_written;
}

void log_event_fields(enum log_level level, const char *event, const struct log_field *fields)
{
    log_event_at(clock_wall_ms(), level, event, fields);
}

uint64_t log_dropped_count(void)
{
    return atomic_load(&dropped);
}
