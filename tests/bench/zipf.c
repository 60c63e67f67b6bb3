#include "tests/bench/zipf.h"

#include <assert.h>
#include <math.h>

/* Below this the quotients are 0/0 in a double; their series are exact to its last bit there. */
#define SERIES_BELOW 1e-8

/* log(1 + x) / x */
static double log_quotient(double x)
{
    return fabs(x) > SERIES_BELOW ? log1p(x) / x : 1 - x * (0.5 - x / 3);
}

/* (e^x - 1) / x */
static double exponential_quotient(double x)
{
    return fabs(x) > SERIES_BELOW ? expm1(x) / x : 1 + x * 0.5 * (1 + x / 3);
}

static double height(double exponent, double x)
{
    return exp(-exponent * log(x));
}

/* The area under the height from 1 to x. */
static double area(double exponent, double x)
{
    double log_x = log(x);
    return exponential_quotient((1 - exponent) * log_x) * log_x;
}

static double area_inverse(double exponent, double value)
{
    double x = value * (1 - exponent);
    return exp(log_quotient(x < -1 ? -1 : x) * value); /* rounding alone takes it below -1 */
}

void zipf_init(struct zipf *zipf, uint64_t count, double exponent)
{
    assert(count >= 1 && count <= ZIPF_COUNT_MAX);
    assert(exponent >= 0 && exponent <= ZIPF_EXPONENT_MAX);
    *zipf = (struct zipf){.count = count,
                          .exponent = exponent,
                          .area_first = area(exponent, 1.5) - 1,
                          .area_last = area(exponent, (double)count + 0.5),
                          .accepted = 2 - area_inverse(exponent, area(exponent, 2.5) - height(exponent, 2))};
}

uint64_t zipf_draw(const struct zipf *zipf, struct splitmix *splitmix)
{
    for (;;) {
        double value = zipf->area_last + splitmix_unit(splitmix) * (zipf->area_first - zipf->area_last);
        double x = area_inverse(zipf->exponent, value);
        double rank = floor(x + 0.5);
        rank = fmin(fmax(rank, 1), (double)zipf->count);
        if (rank - x <= zipf->accepted || value >= area(zipf->exponent, rank + 0.5) - height(zipf->exponent, rank)) {
            return (uint64_t)rank - 1;
        }
    }
}
