/*
 * race_thread_stack - a thread works (memory, system calls) while its stack is taken again and again.
 *
 * A program of its own, since criterion cannot start under ThreadSanitizer. Exit status 0: every capture was answered,
 * each with a stack, and no byte that the thread wrote to itself was lost.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/thread_stack.h"

enum { CAPTURES = 1000, TIMEOUT_MS = 10000, BLOCKS = 16 };

static _Atomic bool is_over, is_wrong;
static _Atomic pid_t worker_id;
static _Atomic uint64_t rounds;

static void must(bool holds)
{
    if (!holds) {
        is_wrong = true;
    }
}

/* All of it, however often a signal cuts it short. */
static void move(int descriptor, char *bytes, size_t length, bool writes)
{
    for (size_t done = 0; done < length;) {
        ssize_t more =
            writes ? write(descriptor, bytes + done, length - done) : read(descriptor, bytes + done, length - done);
        must(more > 0 || errno == EINTR);
        done += more > 0 ? (size_t)more : 0;
    }
}

static void *work(void *argument)
{
    const int *ends = argument;
    char *blocks[BLOCKS] = {0};
    worker_id = gettid();
    for (unsigned round = 0; !is_over; round++) {
        unsigned which = round % BLOCKS;
        size_t length = 64 + round % 1000;
        free(blocks[which]);
        blocks[which] = malloc(length);
        memset(blocks[which], (char)round, length);
        char back[1064];
        move(ends[1], blocks[which], length, true);
        move(ends[0], back, length, false);
        must(memcmp(back, blocks[which], length) == 0);
        rounds++;
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
    return NULL;
}

int main(void)
{
    int ends[2];
    pthread_t worker;
    struct thread_stack stack;
    int answered = 0;
    if (!thread_stack_open() || pipe(ends) != 0 || pthread_create(&worker, NULL, work, ends) != 0) {
        abort();
    }
    while (worker_id == 0) {
        sched_yield();
    }
    int64_t started_ns = clock_monotonic_ns();
    for (int i = 0; i < CAPTURES; i++) {
        answered += thread_stack_capture(worker_id, TIMEOUT_MS, &stack) && stack.count > 0;
    }
    int64_t capture_ns = (clock_monotonic_ns() - started_ns) / CAPTURES;
    uint64_t before = rounds;
    while (rounds < before + 10 && !is_wrong) {
        sched_yield(); /* it still works */
    }
    is_over = true;
    pthread_join(worker, NULL);
    printf("%d of %d captures answered, %lld us each; %llu rounds of work\n", answered, CAPTURES,
           (long long)capture_ns / 1000, (unsigned long long)rounds);
    return answered == CAPTURES && !is_wrong ? EXIT_SUCCESS : EXIT_FAILURE;
}
