/* Stacks of threads that spin, sleep, work, hide or are gone. */
#include "service/thread_stack.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "service/clock.h"

enum {
    PATIENCE_MS = 10000,
    SHORT_MS = 50
}; /* the machine may be busy; a thread that cannot answer is waited for shortly */

static struct thread_stack stack;
static _Atomic bool is_over;

/* A thread, and when it is where it is to be. */
struct subject {
    pthread_t thread;
    _Atomic pid_t id;
};

static void start(struct subject *subject, void *(*run)(void *))
{
    is_over = false;
    cr_assert(eq(int, pthread_create(&subject->thread, NULL, run, subject), 0));
    while (subject->id == 0) {
        sched_yield();
    }
}

static void end(struct subject *subject)
{
    is_over = true;
    pthread_join(subject->thread, NULL);
}

static void set_up(void)
{
    cr_assert(thread_stack_open());
}

TestSuite(thread_stack, .init = set_up, .timeout = 110);

static const char *told(void)
{
    static struct text text = {.capacity_max = 1 << 20};
    text_reset(&text);
    thread_stack_append(&text, &stack);
    text_append_byte(&text, '\0');
    return text.bytes;
}

/* A thread that spins */

/* Not static and not inlined: so that the dynamic linker knows its name. */
void *thread_stack_spins_here(void *argument);
__attribute__((noinline)) void *thread_stack_spins_here(void *argument)
{
    struct subject *subject = argument;
    subject->id = gettid();
    while (!is_over) {
    }
    return NULL;
}

Test(thread_stack, a_thread_that_spins_is_shown_in_the_function_that_spins)
{
    struct subject subject = {0};
    start(&subject, thread_stack_spins_here);
    cr_assert(thread_stack_capture(subject.id, PATIENCE_MS, &stack));
    end(&subject);
    const char *text = told();
    const char *program = program_invocation_short_name; /* as the linker calls it, too */
    cr_assert(eq(int, strncmp(text, program, strlen(program)), 0), "%s", text);
    const char *name = strstr(text, "(thread_stack_spins_here)"), *caller = strstr(text, " < ");
    cr_assert(name != NULL && caller != NULL && name < caller, "%s",
              text); /* the innermost frame, none of ours above */
    cr_assert(strstr(caller, "libc.so.6+0x") != NULL, "%s", text);
    cr_assert(not(stack.is_cut));
}

Test(thread_stack, a_caller_can_be_captured_itself)
{
    cr_assert(thread_stack_capture(gettid(), PATIENCE_MS, &stack));
    cr_assert(strstr(told(), "(thread_stack_capture)") != NULL);
}

/* A thread that sleeps in the kernel */

static void *sleep_in_poll(void *argument)
{
    struct subject *subject = argument;
    subject->id = gettid();
    while (!is_over) {
        poll(NULL, 0, 100);
    }
    return NULL;
}

Test(thread_stack, a_thread_that_sleeps_is_shown_in_its_system_call)
{
    struct subject subject = {0};
    start(&subject, sleep_in_poll);
    bool is_shown = false;
    for (int i = 0; i < 100 && !is_shown; i++) {
        cr_assert(thread_stack_capture(subject.id, PATIENCE_MS, &stack));
        is_shown = strstr(told(), "poll)") != NULL;
    }
    end(&subject);
    cr_assert(is_shown);
}

/* A deep stack */

__attribute__((noinline)) static int recurse(struct subject *subject, int depth)
{
    if (depth > 0) {
        return recurse(subject, depth - 1) + is_over;
    }
    subject->id = gettid();
    while (!is_over) {
    }
    return 0;
}

static void *go_deep(void *argument)
{
    recurse(argument, 2 * THREAD_STACK_FRAMES_MAX);
    return NULL;
}

Test(thread_stack, a_deep_stack_is_cut_and_says_so)
{
    struct subject subject = {0};
    start(&subject, go_deep);
    cr_assert(thread_stack_capture(subject.id, PATIENCE_MS, &stack));
    end(&subject);
    cr_assert(eq(u32, stack.count, THREAD_STACK_FRAMES_MAX));
    cr_assert(stack.is_cut);
    const char *text = told();
    cr_assert(le(sz, strlen(text), THREAD_STACK_TEXT_BYTES_MAX));
    cr_assert(eq(str, (char *)text + strlen(text) - 3, "..."));
}

/* Threads that do not answer */

static void *block_the_signal(void *argument)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    struct subject *subject = argument;
    subject->id = gettid();
    while (!is_over) {
        poll(NULL, 0, 1);
    }
    sigdelset(&all, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &all, NULL); /* the late answers */
    return NULL;
}

Test(thread_stack, a_thread_that_blocks_the_signal_fails_in_time_and_the_next_capture_is_unharmed)
{
    struct subject hiding = {0}, spinning = {0};
    start(&hiding, block_the_signal);
    start(&spinning, thread_stack_spins_here);
    memset(&stack, 0xff, sizeof(stack));
    struct thread_stack before = stack;
    int64_t started_ms = clock_monotonic_ms();
    cr_assert(not(thread_stack_capture(hiding.id, SHORT_MS, &stack)));
    cr_assert(lt(i64, clock_monotonic_ms() - started_ms, PATIENCE_MS));
    cr_assert(eq(int, memcmp(&before, &stack, sizeof(stack)), 0)); /* untouched */
    cr_assert(thread_stack_capture(spinning.id, PATIENCE_MS, &stack));
    cr_assert(strstr(told(), "(thread_stack_spins_here)") != NULL);
    end(&spinning);
    end(&hiding);
}

/* Answers to withdrawn requests, all the while others are asked. */
static _Atomic int unblocked;

static void *answer_late(void *argument)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    struct subject *subject = argument;
    while (!is_over) {
        pthread_sigmask(SIG_SETMASK, &all, NULL);
        subject->id = gettid();
        poll(NULL, 0, 3);
        pthread_sigmask(SIG_SETMASK, &none, NULL);
        unblocked++;
    }
    return NULL;
}

Test(thread_stack, a_late_answer_never_reaches_another_requests_stack)
{
    struct subject late = {0}, spinning = {0};
    start(&late, answer_late);
    start(&spinning, thread_stack_spins_here);
    for (int i = 0; i < 200; i++) {
        thread_stack_capture(late.id, 0, &stack);
        cr_assert(thread_stack_capture(spinning.id, PATIENCE_MS, &stack));
        cr_assert(strstr(told(), "(thread_stack_spins_here)") != NULL, "%s", told());
    }
    cr_assert(gt(int, unblocked, 0));
    end(&spinning);
    end(&late);
}

Test(thread_stack, a_thread_that_is_gone_fails)
{
    struct subject subject = {0};
    start(&subject, thread_stack_spins_here);
    end(&subject);
    cr_assert(not(thread_stack_capture(subject.id, SHORT_MS, &stack)));
}

Test(thread_stack, the_signal_from_elsewhere_does_nothing)
{
    struct subject subject = {0};
    start(&subject, thread_stack_spins_here);
    cr_assert(eq(int, pthread_kill(subject.thread, SIGRTMIN + 7), 0));
    cr_assert(thread_stack_capture(subject.id, PATIENCE_MS, &stack));
    end(&subject);
}

/* Telling */

Test(thread_stack, a_place_outside_any_file_is_an_address)
{
    stack = (struct thread_stack){.count = 2, .frames = {0x10, 0x20}};
    cr_assert(eq(str, (char *)told(), "0x10 < 0x20"));
}

Test(thread_stack, a_text_that_is_full_is_failed_not_overrun)
{
    struct text text;
    stack = (struct thread_stack){.count = 2, .frames = {0x10, 0x20}};
    text_init(&text, 5);
    thread_stack_append(&text, &stack);
    cr_assert(text.failed);
    text_clear(&text);
}
