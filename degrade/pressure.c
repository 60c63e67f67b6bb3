#include "degrade/pressure.h"

static bool is_late(const struct pressure_limits *limits, const struct pressure_facts *facts)
{
    return facts->requests >= limits->requests_min && facts->delay_us > limits->delay_target_us;
}

bool pressure_is_elsewhere(const struct pressure_limits *limits, const struct pressure_facts *facts)
{
    return is_late(limits, facts) && facts->evaluation_bp < limits->evaluation_min_bp;
}

enum pressure pressure_judge(const struct pressure_limits *limits, const struct pressure_facts *facts)
{
    if (facts->requests < limits->requests_min) {
        return PRESSURE_UNJUDGED;
    }
    if (facts->delay_us > limits->delay_target_us) {
        return pressure_is_elsewhere(limits, facts) ? PRESSURE_STEADY : PRESSURE_OVERLOADED;
    }
    return facts->delay_us < limits->delay_target_us / 2 ? PRESSURE_CALM : PRESSURE_STEADY;
}
