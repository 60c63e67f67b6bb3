#include "tests/bench/population.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char text[] = "A1\0A2\0A3";
static size_t starts[] = {0, 3, 6};
static const struct places places = {text, starts, 3};
static struct interface_mix mix;
static struct population population;
static char room[POPULATION_REQUEST_MAX];
static unsigned interface;

static void create(void)
{
    cr_assert_null(interface_mix_parse("checkout=1,browse=1", &mix));
    population = (struct population){
        .places = &places, .interfaces = &mix, .host = "127.0.0.1:1", .query = "&tier=gold", .chance = {7}};
    zipf_init(&population.user_law, 1000, 0);
    zipf_init(&population.place_law, 3, 1);
}

TestSuite(population, .init = create);

static const char *next(void)
{
    size_t length = population_write(&population, room, &interface);
    cr_assert_eq(length, strlen(room));
    return room;
}

Test(population, a_request_is_a_whole_get_with_all_a_caller_must_say)
{
    next();
    cr_assert(strncmp(room, "GET /v1/evaluate?user_id=u", 26) == 0, "%s", room);
    cr_assert_not_null(strstr(room, "&aoi=A"));
    cr_assert_not_null(strstr(room, "&amount="));
    cr_assert_not_null(strstr(room, "&tier=gold HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"));
}

Test(population, the_interface_said_is_the_interface_counted)
{
    bool seen[2] = {false, false};
    for (unsigned i = 0; i < 100; i++) {
        char wanted[32];
        next();
        snprintf(wanted, sizeof wanted, "&interface=%s&", mix.names[interface]);
        cr_assert_not_null(strstr(room, wanted), "%s", room);
        seen[interface] = true;
    }
    cr_assert(seen[0] && seen[1]);
}

Test(population, many_users_ask)
{
    char first[POPULATION_REQUEST_MAX];
    unsigned others = 0;
    strcpy(first, next());
    for (unsigned i = 0; i < 50; i++) {
        others += strncmp(first, next(), strcspn(first, "&")) != 0;
    }
    cr_assert_gt(others, 40);
}

Test(population, the_same_seed_asks_the_same)
{
    char first[POPULATION_REQUEST_MAX];
    strcpy(first, next());
    population.chance = (struct splitmix){7};
    cr_assert_str_eq(next(), first);
}

Test(population, the_longest_of_everything_fits)
{
    static char query[POPULATION_QUERY_MAX + 1], code[PLACES_ENCODED_MAX + 1], name[INTERFACE_MIX_NAME_MAX + 3];
    struct places long_place = {code, starts, 1};

    memset(query, 'q', sizeof query - 1);
    memset(code, 'a', sizeof code - 1);
    memset(name, 'n', INTERFACE_MIX_NAME_MAX);
    strcpy(name + INTERFACE_MIX_NAME_MAX, "=1");
    cr_assert_null(interface_mix_parse(name, &mix));
    population.query = query;
    population.places = &long_place;
    population.host = "127.255.255.255:65535";
    zipf_init(&population.user_law, ZIPF_COUNT_MAX, 0);
    zipf_init(&population.place_law, 1, 1);
    cr_assert_not_null(strstr(next(), "Host: 127.255.255.255:65535\r\n\r\n"));
}
