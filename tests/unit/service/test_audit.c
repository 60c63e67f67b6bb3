#include "service/audit.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static int folder;
static struct audit audit;
static const struct audit_flip flip = {.interface = "checkout",
                                       .source = "admin",
                                       .from = "auto",
                                       .to = "on",
                                       .actor = "li.wei",
                                       .reason = "coupons run out",
                                       .peer = "10.0.0.7",
                                       .until_unix_s = 1770973200};
static const char flip_text[] = "\"level\":\"info\",\"event\":\"switch_flipped\",\"interface\":\"checkout\","
                                "\"source\":\"admin\",\"from\":\"auto\",\"to\":\"on\",\"actor\":\"li.wei\","
                                "\"reason\":\"coupons run out\",\"peer\":\"10.0.0.7\",\"drill\":false,"
                                "\"until\":\"2026-02-13T09:00:00Z\"}\n";

/* The log goes to a file of the folder, so that it can be read. */
static void set_up(void)
{
    scratch_make(&scratch);
    folder = open(scratch.path, O_RDONLY | O_DIRECTORY);
    int log_file = open(scratch_path(&scratch, "log"), O_RDWR | O_CREAT | O_APPEND, 0600);
    cr_assert(eq(int, dup2(log_file, STDOUT_FILENO), STDOUT_FILENO));
    close(log_file);
    log_open();
    audit_init(&audit, folder);
}

static void tear_down(void)
{
    audit_clear(&audit);
    close(folder);
    scratch_remove(&scratch);
}

TestSuite(audit, .init = set_up, .fini = tear_down, .timeout = 60);

/* What a small file holds, or "" */
static const char *content(const char *name)
{
    static char bytes[1 << 18];
    int file = open(scratch_path(&scratch, name), O_RDONLY);
    ssize_t length = file >= 0 ? read(file, bytes, sizeof(bytes) - 1) : 0;
    bytes[length > 0 ? length : 0] = '\0';
    close(file);
    return bytes;
}

static unsigned count_lines(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static off_t size_of(const char *name)
{
    struct stat status;
    return stat(scratch_path(&scratch, name), &status) == 0 ? status.st_size : -1;
}

Test(audit, a_flip_is_a_line_of_the_file_and_of_the_log)
{
    cr_assert(audit_flip(&audit, &flip));
    const char *line = content("audit.jsonl");
    cr_assert(eq(int, strncmp(line, "{\"ts\":\"20", 9), 0));
    cr_expect(eq(str, (char *)strstr(line, "\"level\""), (char *)flip_text));
    line = content("log");
    cr_expect(eq(str, (char *)strstr(line, "\"level\""), (char *)flip_text));
    cr_expect(eq(u64, counter_read(&audit.lines), 1));
}

Test(audit, lines_are_appended_and_the_file_is_its_owners_alone)
{
    struct stat status;
    audit_flip(&audit, &flip);
    audit_clear(&audit);
    audit_init(&audit, folder); /* another life */
    audit_flip(&audit, &flip);
    cr_expect(eq(uint, count_lines(content("audit.jsonl"), flip_text), 2));
    cr_assert(eq(int, stat(scratch_path(&scratch, "audit.jsonl"), &status), 0));
    cr_expect(eq(int, (int)(status.st_mode & 07777), 0600));
}

Test(audit, a_flip_without_an_end_has_no_until)
{
    struct audit_flip open_ended = flip;
    open_ended.until_unix_s = 0;
    open_ended.is_drill = true;
    audit_flip(&audit, &open_ended);
    cr_expect(strstr(content("audit.jsonl"), "\"drill\":true}\n") != NULL);
}

Test(audit, values_cannot_leave_their_line)
{
    struct audit_flip evil = flip;
    evil.reason = "\"},\n{\x1b[2J\xff\r";
    evil.actor = "\xc2\x9b"
                 "a\x7f";
    audit_flip(&audit, &evil);
    const char *text = content("audit.jsonl");
    cr_expect(eq(sz, strcspn(text, "\n"), strlen(text) - 1));
    cr_expect(strstr(text, "\"reason\":\"\\\"},\\n{\\u001b[2J\uFFFD\\r\"") != NULL, "%s", text);
    cr_expect(strstr(text, "\"actor\":\"\uFFFDa\uFFFD\"") != NULL, "%s", text);
}

Test(audit, at_its_ceiling_the_file_becomes_the_one_before)
{
    audit_flip(&audit, &flip);
    off_t line_bytes = size_of("audit.jsonl");
    off_t full_bytes = AUDIT_FILE_BYTES_MAX - line_bytes - 1;
    cr_assert(eq(int, truncate(scratch_path(&scratch, "audit.jsonl"), full_bytes - 1), 0));
    int file = open(scratch_path(&scratch, "audit.jsonl"), O_WRONLY | O_APPEND);
    cr_assert(eq(int, (int)write(file, "\n", 1), 1));
    close(file);
    scratch_write(&scratch, "audit.jsonl.1", "older");
    cr_assert(audit_flip(&audit, &flip)); /* the last that fits */
    cr_expect(eq(i64, size_of("audit.jsonl"), full_bytes + line_bytes));
    cr_expect(eq(i64, size_of("audit.jsonl.1"), 5));
    cr_assert(audit_flip(&audit, &flip));
    cr_expect(eq(i64, size_of("audit.jsonl"), line_bytes));
    cr_expect(eq(i64, size_of("audit.jsonl.1"), full_bytes + line_bytes));
}

Test(audit, behind_a_torn_line_the_next_stands_on_its_own)
{
    scratch_write(&scratch, "audit.jsonl", "{\"ts\":\"20");
    cr_assert(audit_flip(&audit, &flip));
    cr_expect(eq(int, strncmp(content("audit.jsonl"), "{\"ts\":\"20\n{\"ts\":", 16), 0));
    cr_assert(audit_flip(&audit, &flip));
    cr_expect(eq(uint, count_lines(content("audit.jsonl"), "\n"), 3));
}

Test(audit, what_cannot_be_written_is_counted_and_is_in_the_log)
{
    scratch_folder(&scratch, "audit.jsonl");
    cr_expect(not(audit_flip(&audit, &flip)));
    scratch_delete(&scratch, "audit.jsonl");
    scratch_link(&scratch, "audit.jsonl", "log");
    cr_expect(not(audit_flip(&audit, &flip)));
    scratch_delete(&scratch, "audit.jsonl");
    cr_expect(eq(u64, counter_read(&audit.failures), 2));
    cr_expect(eq(uint, count_lines(content("log"), flip_text), 2));
    cr_expect(audit_flip(&audit, &flip));
}

Test(audit, without_a_folder_the_log_alone_has_it_and_nothing_has_failed)
{
    struct audit other;
    audit_init(&other, -1);
    cr_expect(not(audit_flip(&other, &flip)));
    cr_expect(eq(u64, counter_read(&other.failures), 0));
    cr_expect(eq(uint, count_lines(content("log"), flip_text), 1));
    audit_clear(&other);
}

Test(audit, a_file_that_was_moved_away_is_begun_anew)
{
    audit_flip(&audit, &flip);
    scratch_rename(&scratch, "audit.jsonl", "collected");
    cr_assert(audit_flip(&audit, &flip));
    cr_expect(eq(uint, count_lines(content("audit.jsonl"), flip_text), 1));
}

/* Refusals */

static const struct audit_refusal refusal = {
    .peer = "10.0.0.9", .method = "PUT", .path = "/admin/switches/checkout", .reason = "wrong token"};

Test(audit, a_refused_attempt_is_told_by_the_log_and_not_kept)
{
    audit_refuse(&audit, &refusal, 0);
    cr_expect(strstr(content("log"),
                     "\"level\":\"warning\",\"event\":\"admin_refused\",\"peer\":\"10.0.0.9\",\"method\":\"PUT\","
                     "\"path\":\"/admin/switches/checkout\",\"reason\":\"wrong token\",\"suppressed\":0}\n") != NULL);
    cr_expect(eq(i64, size_of("audit.jsonl"), -1));
}

Test(audit, ten_a_second_are_told_and_the_next_says_how_many_were_not)
{
    for (int i = 0; i < 25; i++) {
        audit_refuse(&audit, &refusal, 5000 + i * 39); /* within 999 ms */
    }
    cr_expect(eq(uint, count_lines(content("log"), "admin_refused"), 10));
    audit_refuse(&audit, &refusal, 5999);
    cr_expect(eq(uint, count_lines(content("log"), "admin_refused"), 10));
    audit_refuse(&audit, &refusal, 6000);
    cr_expect(eq(uint, count_lines(content("log"), "\"suppressed\":16}"), 1));
    audit_refuse(&audit, &refusal, 6001);
    cr_expect(eq(uint, count_lines(content("log"), "\"suppressed\":0}"), 11));
    cr_expect(eq(u64, counter_read(&audit.refusals), 28));
}

/* Threads */

static void *flip_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++) {
        audit_flip(&audit, &flip);
        audit_refuse(&audit, &refusal, 0);
    }
    return NULL;
}

Test(audit, lines_of_several_threads_never_mix)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        cr_assert(eq(int, pthread_create(&threads[i], NULL, flip_many, NULL), 0));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    const char *text = content("audit.jsonl");
    cr_expect(eq(uint, count_lines(text, flip_text), 400));
    cr_expect(eq(uint, count_lines(text, "\n"), 400));
    cr_expect(eq(u64, counter_read(&audit.refusals), 400));
}
