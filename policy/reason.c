#include "policy/reason.h"

#include <assert.h>

struct slice reason_name(enum reason reason)
{
    static const struct slice names[] = {
#define ROW(enumerator, name, sentence) [enumerator] = {name, sizeof(name) - 1},
        REASONS(ROW)
#undef ROW
    };
    assert(reason < sizeof(names) / sizeof(names[0]));
    return names[reason];
}
