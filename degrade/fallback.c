#include "degrade/fallback.h"

#include <assert.h>

int64_t fallback_discount_fen(int64_t off_fen, int64_t remaining_fen)
{
    assert(off_fen >= 0);
    assert(remaining_fen >= 0);
    return off_fen < remaining_fen ? off_fen : remaining_fen;
}
