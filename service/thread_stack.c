#include "service/thread_stack.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { SIGNAL_OFFSET = 7 }; /* past SIGRTMIN: libraries take the first ones */

/* In `ticket`: what became of the request of that number. */
enum { FREE, ASKED, CLAIMED, ANSWERED, STAGES };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* one captures at a time; guards `number` */
static uint32_t number;
static _Atomic uint32_t ticket;    /* number * STAGES + stage */
static struct thread_stack buffer; /* its writer is who took the ticket from ASKED to CLAIMED */
static sem_t answer;

static int our_signal(void)
{
    return SIGRTMIN + SIGNAL_OFFSET;
}

/* The handler */

struct walk {
    struct thread_stack *stack;
    uintptr_t interrupted; /* 0: record from the beginning */
};

/* Frames of the handler itself are left out: the stack begins where the signal hit. */
static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *argument)
{
    struct walk *walk = argument;
    uintptr_t place = _Unwind_GetIP(context);
    if (walk->interrupted != 0 && place != walk->interrupted) {
        return _URC_NO_REASON;
    }
    walk->interrupted = 0;
    if (place == 0) {
        return _URC_END_OF_STACK;
    }
    if (walk->stack->count == THREAD_STACK_FRAMES_MAX) {
        walk->stack->is_cut = true;
        return _URC_END_OF_STACK;
    }
    walk->stack->frames[walk->stack->count++] = place;
    return _URC_NO_REASON;
}

static uintptr_t interrupted_at(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0; /* the handler's frames are shown too */
#endif
}

static void walk_stack(const ucontext_t *context, struct thread_stack *stack)
{
    struct walk walk = {.stack = stack, .interrupted = interrupted_at(context)};
    stack->count = 0;
    stack->is_cut = false;
    _Unwind_Backtrace(note_frame, &walk);
    if (stack->count == 0 && walk.interrupted != 0) { /* it did not come past the signal's frame */
        stack->frames[stack->count++] = walk.interrupted;
    }
}

static void handle(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number;
    int error = errno;
    uint32_t asked = (uint32_t)info->si_value.sival_int * STAGES + ASKED;
    bool is_ours = info->si_code == SI_QUEUE && info->si_pid == getpid();
    if (is_ours && atomic_compare_exchange_strong(&ticket, &asked, asked - ASKED + CLAIMED)) {
        walk_stack(context, &buffer);
        atomic_store(&ticket, asked - ASKED + ANSWERED);
        sem_post(&answer);
    }
    errno = error;
}

static _Unwind_Reason_Code pass_frame(struct _Unwind_Context *context, void *argument)
{
    (void)context;
    (void)argument;
    return _URC_NO_REASON;
}

bool thread_stack_open(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    _Unwind_Backtrace(pass_frame, NULL); /* what it sets up, it sets up now */
    return sem_init(&answer, 0, 0) == 0 && sigaction(our_signal(), &action, NULL) == 0;
}

/* Capturing */

/* Like pthread_sigqueue, of a thread id: one that has ended is ESRCH, not undefined. */
static bool send(pid_t thread, uint32_t request)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_signo = our_signal();
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = (int)request;
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, our_signal(), &info) == 0;
}

static struct timespec in_ms(int wait_ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t nanoseconds = time.tv_nsec + (int64_t)wait_ms % 1000 * 1000000;
    time.tv_sec += wait_ms / 1000 + (time_t)(nanoseconds / 1000000000);
    time.tv_nsec = (long)(nanoseconds % 1000000000);
    return time;
}

/* Until the ticket says so: posts of answers before may wake it early. */
static bool wait_answer(uint32_t answered, int wait_ms)
{
    struct timespec end = in_ms(wait_ms);
    while (atomic_load(&ticket) != answered) {
        if (sem_clockwait(&answer, CLOCK_MONOTONIC, &end) != 0 && errno == ETIMEDOUT) {
            return atomic_load(&ticket) == answered;
        }
    }
    return true;
}

/* The lock is held. Who has the buffer still has it: nobody else may be asked. */
static bool is_buffer_free(void)
{
    return atomic_load(&ticket) % STAGES != CLAIMED;
}

/* The lock is held. */
static bool ask(pid_t thread, int timeout_ms)
{
    number = (number + 1) % (UINT32_MAX / STAGES);
    uint32_t asked = number * STAGES + ASKED, answered = number * STAGES + ANSWERED;
    atomic_store(&ticket, asked);
    bool is_answered = send(thread, number) && wait_answer(answered, timeout_ms);
    if (!is_answered && !atomic_compare_exchange_strong(&ticket, &asked, number * STAGES + FREE)) {
        is_answered = wait_answer(answered, THREAD_STACK_CLAIMED_MS); /* it came at the last moment */
    }
    return is_answered;
}

bool thread_stack_capture(pid_t thread, int timeout_ms, struct thread_stack *ret_stack)
{
    pthread_mutex_lock(&lock);
    bool is_answered = is_buffer_free() && ask(thread, timeout_ms);
    if (is_answered) {
        *ret_stack = buffer;
    }
    pthread_mutex_unlock(&lock);
    return is_answered;
}

/* Telling */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* A return address may be the first byte of the next function: its call ends a byte before. */
static void append_frame(struct text *text, uintptr_t place, bool is_innermost)
{
    char frame[2 * THREAD_STACK_NAME_BYTES_MAX + 32];
    Dl_info info;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): an unwinder tells addresses as integers */
    if (dladdr((const void *)(is_innermost ? place : place - 1), &info) == 0 || info.dli_fname == NULL) {
        snprintf(frame, sizeof(frame), "0x%" PRIxPTR, place);
    } else if (info.dli_sname != NULL) {
        snprintf(frame, sizeof(frame), "%.*s+0x%" PRIxPTR " (%.*s)", THREAD_STACK_NAME_BYTES_MAX,
                 base_name(info.dli_fname), place - (uintptr_t)info.dli_fbase, THREAD_STACK_NAME_BYTES_MAX,
                 info.dli_sname);
    } else {
        snprintf(frame, sizeof(frame), "%.*s+0x%" PRIxPTR, THREAD_STACK_NAME_BYTES_MAX, base_name(info.dli_fname),
                 place - (uintptr_t)info.dli_fbase);
    }
    text_append(text, slice_of(frame));
}

void thread_stack_append(struct text *text, const struct thread_stack *stack)
{
    static const char separator[] = " < ", rest[] = " < ...";
    size_t start = text->length;
    for (uint32_t i = 0; i < stack->count && !text->failed; i++) {
        size_t before = text->length;
        if (i > 0) {
            text_append(text, slice_of(separator));
        }
        append_frame(text, stack->frames[i], i == 0);
        if (text->length - start > THREAD_STACK_TEXT_BYTES_MAX - (sizeof(rest) - 1)) {
            text->length = before;
            text_append(text, slice_of(rest));
            return;
        }
    }
    if (stack->is_cut) {
        text_append(text, slice_of(rest));
    }
}
