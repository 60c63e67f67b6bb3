#include "tests/fleet/census.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t census_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool roll_init(struct census_roll *roll, uint32_t gateways)
{
    *roll = (struct census_roll){.at_us = calloc(gateways, sizeof(*roll->at_us))};
    return roll->at_us != NULL;
}

static void roll_note(struct census_roll *roll, uint32_t gateway, int64_t at_us)
{
    if (roll->at_us[gateway] == 0) {
        roll->at_us[gateway] = at_us;
        roll->count++;
    }
}

bool census_init(struct census *census, uint32_t gateways)
{
    *census = (struct census){.gateways = gateways, .held = calloc(gateways, sizeof(*census->held))};
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&census->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&census->mutex, NULL);
    bool is_made = census->held != NULL && roll_init(&census->answered, gateways);
    for (int i = 0; i < CENSUS_RELEASES_MAX && is_made; i++) {
        is_made = roll_init(&census->releases[i].holders, gateways);
    }
    return is_made;
}

void census_clear(struct census *census)
{
    for (int i = 0; i < CENSUS_RELEASES_MAX; i++) {
        free(census->releases[i].holders.at_us);
    }
    free(census->answered.at_us);
    free(census->held);
    pthread_cond_destroy(&census->changed);
    pthread_mutex_destroy(&census->mutex);
}

/* What gateways tell */

void census_holds(struct census *census, uint32_t gateway, uint64_t release, const struct digest *content,
                  int64_t at_us)
{
    assert(gateway < census->gateways);
    assert(release > 0 && release < CENSUS_RELEASES_MAX);
    pthread_mutex_lock(&census->mutex);
    struct census_release *record = &census->releases[release];
    if (record->holders.count == 0) {
        record->content = *content;
    }
    census->mixed += !digest_equals(&record->content, content);
    census->backward += release < census->held[gateway];
    census->held[gateway] = release;
    roll_note(&record->holders, gateway, at_us);
    if (record->holders.count == census->gateways) {
        pthread_cond_broadcast(&census->changed);
    }
    pthread_mutex_unlock(&census->mutex);
}

void census_answered(struct census *census, uint32_t gateway)
{
    assert(gateway < census->gateways);
    pthread_mutex_lock(&census->mutex);
    roll_note(&census->answered, gateway, census_now_us());
    if (census->answered.count == census->gateways) {
        pthread_cond_broadcast(&census->changed);
    }
    pthread_mutex_unlock(&census->mutex);
}

static void note_reason(struct census *census, uint64_t *counter, const char *reason)
{
    pthread_mutex_lock(&census->mutex);
    (*counter)++;
    snprintf(census->reason, sizeof(census->reason), "%s", reason);
    pthread_mutex_unlock(&census->mutex);
}

void census_refused(struct census *census, const char *reason)
{
    note_reason(census, &census->refused, reason);
}

void census_unavailable(struct census *census, const char *reason)
{
    note_reason(census, &census->unavailable, reason);
}

/* What the driver asks */

void census_mark(struct census *census)
{
    pthread_mutex_lock(&census->mutex);
    memset(census->answered.at_us, 0, census->gateways * sizeof(*census->answered.at_us));
    census->answered.count = 0;
    pthread_mutex_unlock(&census->mutex);
}

void census_wait(struct census *census, const struct census_roll *roll, int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&census->mutex);
    int fault = 0;
    while (roll->count < census->gateways && fault == 0) {
        fault = pthread_cond_timedwait(&census->changed, &census->mutex, &until);
    }
    pthread_mutex_unlock(&census->mutex);
}
