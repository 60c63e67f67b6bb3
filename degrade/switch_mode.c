#include "degrade/switch_mode.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
#define ROW(enumerator, name) [enumerator] = (name),
    SWITCH_MODES(ROW)
#undef ROW
};

enum { MODES = sizeof(names) / sizeof(names[0]) };

bool switch_mode_of(const char *name, enum switch_mode *ret_mode)
{
    for (unsigned i = 0; i < MODES; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_mode = (enum switch_mode)i;
            return true;
        }
    }
    return false;
}

const char *switch_mode_name(enum switch_mode mode)
{
    assert((unsigned)mode < MODES);
    return names[mode];
}
