#include "publish/standing.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "policy/rfc3339.h"

bool standing_read(struct connection *connection, struct standing *ret_standing)
{
    return release_root_read(connection, &ret_standing->in_force) && release_list_read(connection, &ret_standing->list);
}

bool standing_find(struct connection *connection, const struct standing *standing, uint64_t release,
                   struct release_record *ret_record)
{
    const struct release_root *in_force = &standing->in_force;
    if (release == 0 && !in_force->exists) {
        return connection_fail(connection, "no release is in force");
    }
    release = release == 0 ? in_force->root.release : release;
    const struct release_record *record = release_list_find(&standing->list, release);
    if (record != NULL) {
        *ret_record = *record;
        return true;
    }
    if (in_force->exists && in_force->root.release == release) {
        *ret_record = (struct release_record){.root = in_force->root};
        return true;
    }
    return connection_fail(connection, "release %" PRIu64 " is not there: promoctl releases lists those that are",
                           release);
}

bool standing_is_in_force(const struct standing *standing, const struct release_record *record)
{
    return standing->in_force.exists && standing->in_force.root.release == record->root.release;
}

uint64_t standing_highest(const struct standing *standing)
{
    uint64_t highest = standing->in_force.exists ? standing->in_force.root.release : 0;
    for (uint32_t i = 0; i < standing->list.count; i++) {
        uint64_t release = standing->list.records[i].root.release;
        highest = release > highest ? release : highest;
    }
    return highest;
}

bool standing_equals(const struct standing *a, const struct standing *b)
{
    const struct slice root_a = {.at = a->in_force.bytes, .length = a->in_force.length};
    const struct slice root_b = {.at = b->in_force.bytes, .length = b->in_force.length};
    return a->in_force.exists == b->in_force.exists && slice_equals(root_a, root_b) &&
           digest_equals(&a->list.content, &b->list.content);
}

void standing_describe(const struct standing *standing, char ret_text[STANDING_TEXT_BYTES])
{
    assert(standing->in_force.exists);
    char time[RFC3339_TIME_BYTES];
    const struct root *root = &standing->in_force.root;
    const struct release_record *record = release_list_find(&standing->list, root->release);
    const char *author = record != NULL ? record->author : "";
    rfc3339_write_time(root->published_at_s, time);
    snprintf(ret_text, STANDING_TEXT_BYTES, "release %" PRIu64 "%s%s (%s)", root->release,
             author[0] != '\0' ? " by " : "", author, time);
}
