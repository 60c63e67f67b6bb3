/*
 * thread_stack.h - what another thread of this process does right now: its stack, taken in-process.
 *
 *     capture ─ signal ─▶ the thread's handler walks its stack into the buffer ─▶ posts ─▶ capture copies it
 *         └─ no answer in time: the request is withdrawn; an answer that comes later finds that, and writes nothing
 *
 * The thread loses some microseconds and no system call more than with any signal (SA_RESTART; those that restart
 * never, like epoll_wait, return EINTR). eu-stack or gdb would stop the process for a second.
 *
 * The handler calls nothing but _Unwind_Backtrace of libgcc, which finds tables without a lock where the C library has
 * _dl_find_object (glibc 2.35) and allocates nothing once it was called, as open does. Each request has a number, that
 * travels with the signal; the buffer is claimed by exchanging it, so that one request has one writer. A thread that is
 * stopped while it writes keeps the buffer: captures fail until it goes on.
 *
 * Names are those that the dynamic linker knows (dladdr): of functions that are not static, in a program that is linked
 * with ENABLE_EXPORTS. Of others there is the place within the file: `addr2line -f -e promogate 0x1234`.
 *
 * Threads  open once, before others start; none may block the signal, SIGRTMIN + 7. capture and append: any; one
 *          captures at a time (a lock).
 * Time     capture takes `timeout_ms` at most, and THREAD_STACK_CLAIMED_MS more when the answer has just begun.
 * Errors   false: the thread is gone, stopped, blocks the signal, or gets no CPU in that time. Under ThreadSanitizer
 *          a handler runs at the next call that it intercepts: a thread that calls nothing does not answer.
 * Source   measured: a signal and _Unwind_Backtrace take 2 to 8 us a thread; gdb and eu-stack stop the process for a
 *          second.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "policy/text.h"

enum {
    THREAD_STACK_FRAMES_MAX = 64,
    THREAD_STACK_CLAIMED_MS = 50,       /* walking takes microseconds, of CPU that the thread must get */
    THREAD_STACK_TEXT_BYTES_MAX = 2048, /* what a log line's value holds */
    THREAD_STACK_NAME_BYTES_MAX = 64,   /* of a function or a file; longer ones are cut */
};

/* The innermost first. */
struct thread_stack {
    uint32_t count;
    bool is_cut;                               /* there are more than fit */
    uintptr_t frames[THREAD_STACK_FRAMES_MAX]; /* the instruction that is next, or that is returned to */
};

/* Installs the handler. */
bool thread_stack_open(void);

/* `thread` as gettid says. */
bool thread_stack_capture(pid_t thread, int timeout_ms, struct thread_stack *ret_stack);

/* "promogate+0x1234 (evaluate) < promogate+0x2345 < libc.so.6+0x89134": THREAD_STACK_TEXT_BYTES_MAX at most; "..."
   stands for what is left out. */
void thread_stack_append(struct text *text, const struct thread_stack *stack);
