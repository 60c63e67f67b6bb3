#include "degrade/admission.h"

#include <assert.h>

enum admission admission_decide(struct gate gate, bool has_snapshot)
{
    if (gate.order == SWITCH_ON) {
        return ADMISSION_SWITCH;
    }
    return has_snapshot ? ADMISSION_EVALUATE : ADMISSION_NO_SNAPSHOT;
}

/* The finalizer of MurmurHash3 (Appleby): neighbouring hours draw independent places. */
uint32_t admission_slot(uint64_t user_hash, int64_t hour)
{
    uint64_t mixed = user_hash ^ ((uint64_t)hour * UINT64_C(0x9e3779b97f4a7c15));
    mixed = (mixed ^ mixed >> 33) * UINT64_C(0xff51afd7ed558ccd);
    mixed = (mixed ^ mixed >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(((mixed ^ mixed >> 33) >> 32) * GATE_SHARE_ALL >> 32);
}

const char *admission_cause(enum admission admission)
{
    static const char *const causes[] = {
#define ROW(enumerator, cause, sentence) [enumerator] = (cause),
        ADMISSIONS(ROW)
#undef ROW
    };
    assert((unsigned)admission < ADMISSION_COUNT);
    return causes[admission];
}
