#include "degrade/admission.h"

#include <assert.h>

enum admission admission_decide(enum switch_mode mode, bool has_snapshot)
{
    if (mode == SWITCH_ON) {
        return ADMISSION_SWITCH;
    }
    if (!has_snapshot) {
        return ADMISSION_NO_SNAPSHOT;
    }
    return ADMISSION_EVALUATE;
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
