/* What is told of workers that make no progress. They are never started: the test writes since when they are busy. */
#include "service/watchdog.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "service/log.h"
#include "service/thread_stack.h"
#include "service/worker.h"
#include "tests/unit/cache/scratch.h"

enum { WORKERS = 3, DUMP_AFTER_MS = 2000 };

static const int64_t begun_ms = 1000000;

static struct scratch scratch;
static struct watchdog watchdog;
static struct gateway gateway;
static struct worker *workers[WORKERS];

/* The log goes to a file, so that it can be read. No worker has a thread: "it does not answer". */
static void set_up(void)
{
    scratch_make(&scratch);
    int log_file = open(scratch_path(&scratch, "log"), O_RDWR | O_CREAT | O_APPEND, 0600);
    cr_assert(eq(int, dup2(log_file, STDOUT_FILENO), STDOUT_FILENO));
    close(log_file);
    log_open();
    cr_assert(thread_stack_open());
    cr_assert(watchdog_init(&watchdog, WORKERS));
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i] = calloc(1, sizeof(*workers[i]));
        cr_assert_not_null(workers[i]);
        workers[i]->gateway = &gateway;
        workers[i]->number = i;
    }
}

static void tear_down(void)
{
    for (int i = 0; i < WORKERS; i++) {
        free(workers[i]);
    }
    watchdog_clear(&watchdog);
    scratch_remove(&scratch);
}

TestSuite(watchdog, .init = set_up, .fini = tear_down, .timeout = 60);

static void keep_busy_since(int worker, int64_t since_ms)
{
    atomic_store(&workers[worker]->busy_since_ns, since_ms * 1000000);
}

static void rest(int worker)
{
    atomic_store(&workers[worker]->busy_since_ns, 0);
}

static void look(int64_t now_ms)
{
    watchdog_look(&watchdog, workers, DUMP_AFTER_MS, now_ms * 1000000);
}

/* The lines told since the last asking, each from its event on. */
static const char *told(void)
{
    static char bytes[1 << 16], lines[1 << 16];
    static off_t from;
    int file = open(scratch_path(&scratch, "log"), O_RDONLY);
    ssize_t length = pread(file, bytes, sizeof(bytes) - 1, from);
    close(file);
    cr_assert(ge(i64, length, 0));
    from += length;
    bytes[length] = '\0';
    char *end = lines;
    for (char *line = strtok(bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *event = strstr(line, "\"event\"");
        cr_assert_not_null(event, "%s", line);
        end += sprintf(end, "%s\n", event);
    }
    *end = '\0';
    return lines;
}

#define STUCK(worker, stuck_ms)                                                                                        \
    "\"event\":\"worker_stuck\",\"worker\":" #worker ",\"stuck_ms\":" #stuck_ms ",\"stack\":\"it does not answer\"}\n"
#define MOVES(worker) "\"event\":\"worker_moves\",\"worker\":" #worker "}\n"

Test(watchdog, of_workers_that_rest_or_are_busy_for_a_while_nothing_is_said)
{
    look(begun_ms);
    keep_busy_since(1, begun_ms);
    look(begun_ms + DUMP_AFTER_MS - 1);
    rest(1);
    look(begun_ms + 100 * DUMP_AFTER_MS);
    cr_assert_str_eq(told(), "");
    cr_assert(eq(u64, counter_read(&watchdog.stuck), 0));
}

Test(watchdog, a_stuck_worker_is_told_when_it_passes_the_line_and_at_each_doubling)
{
    keep_busy_since(1, begun_ms);
    for (int64_t ms = 0; ms <= 20000; ms += 100) {
        look(begun_ms + ms);
    }
    cr_assert_str_eq(told(), STUCK(1, 2000) STUCK(1, 4000) STUCK(1, 8000) STUCK(1, 16000));
    cr_assert(eq(u64, counter_read(&watchdog.stuck), 1), "it is the same time");
}

Test(watchdog, a_doubling_is_of_what_was_told_last)
{
    keep_busy_since(0, begun_ms);
    look(begun_ms + 2700);
    look(begun_ms + 5399);
    cr_assert_str_eq(told(), STUCK(0, 2700));
    look(begun_ms + 5400);
    cr_assert_str_eq(told(), STUCK(0, 5400));
}

Test(watchdog, a_worker_that_goes_on_is_told_once_and_can_be_stuck_anew)
{
    keep_busy_since(2, begun_ms);
    look(begun_ms + 3000);
    rest(2);
    look(begun_ms + 3100);
    look(begun_ms + 3200);
    cr_assert_str_eq(told(), STUCK(2, 3000) MOVES(2));
    keep_busy_since(2, begun_ms + 3300);
    look(begun_ms + 5300);
    cr_assert_str_eq(told(), STUCK(2, 2000));
    keep_busy_since(2, begun_ms + 5350); /* the next turn */
    look(begun_ms + 5400);
    cr_assert_str_eq(told(), MOVES(2));
    cr_assert(eq(u64, counter_read(&watchdog.stuck), 2));
}

Test(watchdog, a_look_tells_one_worker_and_the_next_ones_the_others)
{
    for (int i = 0; i < WORKERS; i++) {
        keep_busy_since(i, begun_ms);
    }
    look(begun_ms + 2000);
    cr_assert_str_eq(told(), STUCK(0, 2000));
    look(begun_ms + 2100);
    cr_assert_str_eq(told(), STUCK(1, 2100));
    look(begun_ms + 2200);
    cr_assert_str_eq(told(), STUCK(2, 2200));
    look(begun_ms + 2300);
    cr_assert_str_eq(told(), "");
    cr_assert(eq(u64, counter_read(&watchdog.stuck), 3));
}

Test(watchdog, time_in_which_the_process_was_stopped_does_not_count)
{
    keep_busy_since(0, begun_ms);
    gateway_note_stop(&gateway, (begun_ms + 60000) * 1000000);
    look(begun_ms + 60000 + DUMP_AFTER_MS - 1);
    cr_assert_str_eq(told(), "");
    look(begun_ms + 60000 + DUMP_AFTER_MS);
    cr_assert_str_eq(told(), STUCK(0, 2000));
}

static int is_over[2]; /* a pipe */

static void *hang(void *worker)
{
    char byte;
    atomic_store(&((struct worker *)worker)->thread_id, gettid());
    return read(is_over[0], &byte, 1) < 0 ? worker : NULL;
}

Test(watchdog, a_stuck_worker_is_told_with_its_stack)
{
    pthread_t thread;
    cr_assert(eq(int, pipe(is_over), 0));
    cr_assert(eq(int, pthread_create(&thread, NULL, hang, workers[0]), 0));
    cr_assert(scratch_wait_for(atomic_load(&workers[0]->thread_id) != 0));
    keep_busy_since(0, begun_ms);
    const char *lines = "";
    for (int64_t ms = DUMP_AFTER_MS; strstr(lines, "(read)") == NULL && ms < DUMP_AFTER_MS << 10; ms *= 2) {
        look(begun_ms + ms); /* on a busy machine the thread may get no CPU in time */
        lines = told();
    }
    close(is_over[1]);
    pthread_join(thread, NULL);
    cr_assert_not_null(strstr(lines, "\"worker\":0,"), "%s", lines);
    cr_assert_not_null(strstr(lines, "(read) < "), "%s", lines);
}
