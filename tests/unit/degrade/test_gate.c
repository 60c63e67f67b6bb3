#include "degrade/gate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static void assert_kept(struct gate gate)
{
    struct gate back = gate_unpack(gate_pack(gate));
    cr_assert_eq(back.share_bp, gate.share_bp);
    cr_assert_eq(back.order, gate.order);
    cr_assert_eq(back.is_shadow, gate.is_shadow);
    cr_assert_eq(back.is_drill, gate.is_drill);
}

Test(gate, a_word_gives_back_every_gate_that_went_in)
{
    for (uint32_t share_bp = 0; share_bp <= GATE_SHARE_ALL; share_bp++) {
        for (unsigned rest = 0; rest < 12; rest++) {
            assert_kept((struct gate){.share_bp = share_bp,
                                      .order = (enum switch_mode)(rest / 4),
                                      .is_shadow = (rest & 1) != 0,
                                      .is_drill = (rest & 2) != 0});
        }
    }
}

Test(gate, a_word_of_zeros_admits_everybody)
{
    struct gate gate = gate_unpack(0);
    cr_assert(eq(u32, gate.share_bp, GATE_SHARE_ALL));
    cr_assert(eq(int, gate.order, SWITCH_AUTO));
    cr_assert(not(gate.is_shadow));
    cr_assert(not(gate.is_drill));
}
