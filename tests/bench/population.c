#include "tests/bench/population.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static const unsigned delivery_fees[] = {0, 300, 600};

size_t population_write(struct population *population, char *room, unsigned *ret_interface)
{
    struct splitmix *chance = &population->chance;
    uint64_t user = zipf_draw(&population->user_law, chance);
    const char *place = places_code(population->places, zipf_draw(&population->place_law, chance));
    uint64_t amount = POPULATION_AMOUNT_MIN + splitmix_below(chance, POPULATION_AMOUNT_MAX - POPULATION_AMOUNT_MIN + 1);
    unsigned fee = delivery_fees[splitmix_below(chance, sizeof(delivery_fees) / sizeof(delivery_fees[0]))];
    unsigned interface = interface_mix_pick(population->interfaces, splitmix_unit(chance));

    int length = snprintf(room, POPULATION_REQUEST_MAX,
                          "GET /v1/evaluate?user_id=u%" PRIu64 "&aoi=%s&amount=%" PRIu64
                          "&delivery_fee=%u&interface=%s%s HTTP/1.1\r\nHost: %s\r\n\r\n",
                          user, place, amount, fee, population->interfaces->names[interface], population->query,
                          population->host);
    assert(length > 0 && length < POPULATION_REQUEST_MAX);
    *ret_interface = interface;
    return (size_t)length;
}
