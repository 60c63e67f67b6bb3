#include "publish/ordered_members.h"

#include <stdio.h>

bool ordered_members_begin(struct ordered_members *members, struct json_reader *reader, struct context_error *reterr)
{
    *members = (struct ordered_members){.reader = reader, .next = JSON_ERROR};
    return json_reader_next(reader) == JSON_OBJECT_BEGIN || context_fail(reterr, "", "is not an object");
}

/* A second look costs nothing; behind an error there is nothing but errors. */
static enum json_token peek(struct ordered_members *members)
{
    if (members->next == JSON_ERROR) {
        members->next = json_reader_next(members->reader);
    }
    return members->next;
}

bool ordered_members_is_next(struct ordered_members *members, struct slice name)
{
    return peek(members) == JSON_NAME && slice_equals(members->reader->string, name);
}

bool ordered_members_fail(struct slice name, const char *detail, struct context_error *reterr)
{
    context_fail_unknown(reterr, name); /* for the pointer */
    snprintf(reterr->detail, sizeof(reterr->detail), "%s", detail);
    return false;
}

bool ordered_members_take(struct ordered_members *members, struct slice name, struct context_error *reterr)
{
    if (ordered_members_is_next(members, name)) {
        members->next = JSON_ERROR;
        return true;
    }
    if (members->next != JSON_NAME) {
        return ordered_members_fail(name, "is missing", reterr);
    }
    char detail[CONTEXT_DETAIL_BYTES];
    snprintf(detail, sizeof(detail), "stands where %.*s belongs", (int)name.length, name.at);
    return ordered_members_fail(members->reader->string, detail, reterr);
}

bool ordered_members_end(struct ordered_members *members, struct context_error *reterr)
{
    enum json_token token = peek(members);
    members->next = JSON_ERROR;
    return token == JSON_OBJECT_END ||
           (token == JSON_NAME && ordered_members_fail(members->reader->string, "is a member too many", reterr));
}
