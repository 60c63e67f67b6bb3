#include "degrade/cascade.h"

static bool takes_part(const struct cascade_row *row)
{
    return row->has_demand && !row->is_forced;
}

static bool ramps_behind(const struct cascade_row *row, const struct cascade_row *other)
{
    return row->ramp_bp != 0 && row->ramp_bp < other->ramp_bp;
}

static void judge_row(struct cascade_row *rows, uint32_t count, struct cascade_row *row)
{
    row->may_shed = row->may_open = takes_part(row);
    row->may_grow = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct cascade_row *other = &rows[i];
        if (!takes_part(other)) {
            continue;
        }
        row->may_shed &= other->priority >= row->priority || other->is_at_floor;
        row->may_open &= other->is_at_floor && (other->priority >= row->priority || other->is_open);
        row->may_grow &= other->priority <= row->priority || other->is_whole || ramps_behind(row, other);
    }
}

/* What those of a priority admitted: they bear the surplus together. */
static uint64_t admitted_at(const struct cascade_row *rows, uint32_t count, uint32_t priority)
{
    uint64_t admitted = 0;
    for (uint32_t i = 0; i < count; i++) {
        admitted += rows[i].priority == priority && takes_part(&rows[i]) ? rows[i].admitted : 0;
    }
    return admitted;
}

void cascade_judge(struct cascade_row *rows, uint32_t count, uint64_t surplus, uint32_t even_bp)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cascade_row *row = &rows[i];
        judge_row(rows, count, row);
        uint64_t admitted = admitted_at(rows, count, row->priority);
        uint64_t rest = admitted > surplus ? admitted - surplus : 0;
        uint32_t bearable_bp = admitted == 0 ? 10000 : (uint32_t)(rest * 10000 / admitted);
        row->bearable_bp = bearable_bp < even_bp ? bearable_bp : even_bp;
    }
}
