#include "publish/degrade_line.h"

#include "publish/printable.h"

/* Opens the bracket, or goes on in it. */
static void append_part(struct text *text, const char *before, const char *value, bool *is_open)
{
    if (value[0] != '\0') {
        text_append(text, *is_open ? SLICE(", ") : SLICE(" ("));
        text_append(text, slice_of(before));
        printable_append(text, slice_of(value));
        *is_open = true;
    }
}

void degrade_line_append(struct text *text, const struct degrade_line *line)
{
    bool is_open = false;
    printable_append(text, slice_of(line->interface));
    text_append_byte(text, ' ');
    printable_append(text, slice_of(line->mode));
    append_part(text, "", line->source, &is_open);
    append_part(text, "", line->actor, &is_open);
    append_part(text, "until ", line->until, &is_open);
    if (line->reason[0] != '\0') {
        text_append(text, is_open ? SLICE(": ") : SLICE(" ("));
        printable_append(text, slice_of(line->reason));
        is_open = true;
    }
    text_append(text, is_open ? SLICE(")") : SLICE(""));
}
