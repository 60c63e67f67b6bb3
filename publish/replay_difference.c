#include "publish/replay_difference.h"

#include <inttypes.h>

#include "publish/printable.h"

void replay_place_append(struct text *text, const struct replay_place *place)
{
    printable_append(text, slice_of(place->file));
    text_append_format(text, ":%" PRIu64, place->line);
}

void replay_place_append_json(struct text *text, const struct replay_place *place)
{
    text_append(text, SLICE("\"file\":"));
    printable_append_json(text, slice_of(place->file));
    text_append_format(text, ",\"line\":%" PRIu64, place->line);
}

/* Where the answers part: an offset. */
static size_t first_byte(const struct replay_difference *difference)
{
    const struct text *before = &difference->before->bytes, *now = &difference->now->bytes;
    size_t at = 0;
    while (at < before->length && at < now->length && before->bytes[at] == now->bytes[at]) {
        at++;
    }
    return at;
}

static uint32_t count_same_at_begin(const struct decision_rows *a, const struct decision_rows *b)
{
    uint32_t count = 0;
    while (count < a->count && count < b->count && slice_equals(a->items[count], b->items[count])) {
        count++;
    }
    return count;
}

/* Of the rows behind `begin`, those that end both lists. */
static uint32_t count_same_at_end(const struct decision_rows *a, const struct decision_rows *b, uint32_t begin)
{
    uint32_t count = 0;
    while (begin + count < a->count && begin + count < b->count &&
           slice_equals(a->items[a->count - 1 - count], b->items[b->count - 1 - count])) {
        count++;
    }
    return count;
}

/* The rows from `begin` up to `end`, each with what stands in front of it. */
static void append_lines(struct text *text, const char *head, const struct decision_rows *rows, uint32_t begin,
                         uint32_t end)
{
    for (uint32_t i = begin; i < end; i++) {
        text_append(text, slice_of(head));
        printable_append(text, rows->items[i]);
        text_append_byte(text, '\n');
    }
}

/* True when there was something to tell. `heads` are those of a row before and of one now. */
static bool append_rows(struct text *text, const char *const heads[2], const struct decision_rows *before,
                        const struct decision_rows *now)
{
    uint32_t begin = count_same_at_begin(before, now);
    uint32_t end = count_same_at_end(before, now, begin);
    if (begin + end == before->count && begin + end == now->count) {
        return false;
    }
    append_lines(text, heads[0], before, begin, before->count - end);
    append_lines(text, heads[1], now, begin, now->count - end);
    return true;
}

/* True when there was something to tell, behind `separator`. */
static bool append_sum(struct text *text, const char *separator, const char *word, int64_t before_fen, int64_t now_fen)
{
    if (before_fen == now_fen) {
        return false;
    }
    text_append_format(text, "%s %s %" PRId64 " -> %" PRId64, separator, word, before_fen, now_fen);
    return true;
}

void replay_difference_append(struct text *text, const struct replay_difference *difference)
{
    static const char *const offer[2] = {"    - offer ", "    + offer "};
    static const char *const exposure[2] = {"    - exposure ", "    + exposure "};
    const struct decision_parts *before = difference->before, *now = difference->now;
    replay_place_append(text, &difference->place);
    text_append(text, SLICE(": "));
    text_append(text, before->decision_id);
    bool is_told = append_sum(text, ":", "discount", before->discount_fen, now->discount_fen);
    is_told |= append_sum(text, is_told ? "," : ":", "delivery_discount", before->delivery_discount_fen,
                          now->delivery_discount_fen);
    text_append_byte(text, '\n');
    is_told |= append_rows(text, offer, &before->offers, &now->offers);
    is_told |= append_rows(text, exposure, &before->exposures, &now->exposures);
    if (!is_told) {
        text_append_format(text, "    the same offers, discounts and exposures; they part at byte %zu\n",
                           first_byte(difference));
    }
}

static void append_rows_json(struct text *text, struct slice member, const struct decision_rows *rows)
{
    text_append(text, member);
    for (uint32_t i = 0; i < rows->count; i++) {
        text_append(text, i > 0 ? SLICE(",") : SLICE(""));
        text_append(text, rows->items[i]);
    }
    text_append_byte(text, ']');
}

static void append_parts_json(struct text *text, struct slice member, const struct decision_parts *parts)
{
    text_append(text, member);
    append_rows_json(text, SLICE("{\"offers\":["), &parts->offers);
    text_append_format(text, ",\"discount\":%" PRId64 ",\"delivery_discount\":%" PRId64, parts->discount_fen,
                       parts->delivery_discount_fen);
    append_rows_json(text, SLICE(",\"exposures\":["), &parts->exposures);
    text_append_byte(text, '}');
}

void replay_difference_append_json(struct text *text, const struct replay_difference *difference)
{
    text_append_byte(text, '{');
    replay_place_append_json(text, &difference->place);
    text_append(text, SLICE(",\"decision_id\":"));
    text_append_json_string(text, difference->before->decision_id);
    text_append_format(text, ",\"release\":%" PRIu64 ",\"byte\":%zu", difference->before->release,
                       first_byte(difference));
    append_parts_json(text, SLICE(",\"before\":"), difference->before);
    append_parts_json(text, SLICE(",\"now\":"), difference->now);
    text_append_byte(text, '}');
}
