#include "cache/slot.h"

#include <assert.h>
#include <urcu/urcu-qsbr.h>

/* liburcu is not instrumented: without these two words ThreadSanitizer cannot know that a reader's last look comes
   before the writer's free. */
#if defined(__SANITIZE_THREAD__)
#define SLOT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SLOT_TSAN 1
#endif
#endif

#ifdef SLOT_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
static void __tsan_acquire(void *address)
{
    (void)address;
}
static void __tsan_release(void *address)
{
    (void)address;
}
#endif

static char grace_period; /* only its address is used, by the two above */

static _Thread_local bool is_reader;

void slot_init(struct slot *slot, void *first)
{
    *slot = (struct slot){.current = first};
}

void *slot_swap(struct slot *slot, void *next)
{
    assert(!is_reader);
    bool was_swapping = __atomic_exchange_n(&slot->is_swapping, true, __ATOMIC_ACQUIRE);
    assert(!was_swapping);
    void *before = __atomic_exchange_n(&slot->current, next, __ATOMIC_ACQ_REL);
    urcu_qsbr_synchronize_rcu();
    __tsan_acquire(&grace_period);
    __atomic_store_n(&slot->is_swapping, false, __ATOMIC_RELEASE);
    return before;
}

void slot_reader_register(void)
{
    assert(!is_reader);
    is_reader = true;
    urcu_qsbr_register_thread();
}

void slot_reader_unregister(void)
{
    assert(is_reader);
    is_reader = false;
    __tsan_release(&grace_period);
    urcu_qsbr_unregister_thread();
}

void slot_reader_quiescent(void)
{
    assert(is_reader);
    __tsan_release(&grace_period);
    urcu_qsbr_quiescent_state();
}

void slot_reader_offline(void)
{
    assert(is_reader);
    __tsan_release(&grace_period);
    urcu_qsbr_thread_offline();
}

void slot_reader_online(void)
{
    assert(is_reader);
    urcu_qsbr_thread_online();
}
