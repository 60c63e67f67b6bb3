/*
 * context.h - one request: who, where, how much, and what else is known.
 *
 *     user_id "u42" · aoi ["310115-0001"] · amount 6200 · delivery_fee 500 · interface "checkout" · attributes {...}
 *
 * context_json.h and context_query.h fill it from a body and a query string through the setters below, which hold
 * every limit and say which member is at fault. evaluate.h reads it.
 *
 * Ownership  a context owns no bytes: its slices look into the request, which must outlive it.
 * Threads    one at a time. It is large (an array attribute may have 64 strings): keep one per thread.
 * Errors     struct context_error: HTTP status, detail and JSON pointer, ready for an RFC 9457 answer.
 */
#pragma once

#include "policy/limits.h"
#include "policy/slice.h"

enum value_kind {
    VALUE_STRING,
    VALUE_INTEGER,
    VALUE_BOOLEAN,
    VALUE_STRINGS,
};

struct value {
    enum value_kind kind;
    union {
        struct slice string;
        int64_t integer;
        bool boolean;
        struct {
            const struct slice *at;
            uint32_t count;
        } strings;
    };
};

struct attribute {
    struct slice name;
    struct value value;
};

struct context {
    struct slice user_id;
    struct slice request_id; /* at NULL: absent */
    struct slice interface;
    uint32_t interface_index; /* in the rules' list; 0 without a list */
    int64_t amount, delivery_fee;
    uint32_t aoi_count, attribute_count;
    struct slice aois[LIMIT_REQUEST_AOIS];
    struct attribute attributes[LIMIT_ATTRIBUTES];

    /* private: which members were set, and room for the elements of array attributes */
    uint32_t members;
    uint32_t string_count;
    struct slice strings[LIMIT_ATTRIBUTES * LIMIT_ATTRIBUTE_STRINGS];
};

/* Which interfaces a request may name. */
struct context_rules {
    const struct slice *interfaces; /* NULL: any name of 1 to LIMIT_NAME_BYTES without control characters */
    uint32_t interface_count;
    struct slice interface_default; /* used when `interfaces` is NULL; else the first is the default */
};

enum { CONTEXT_POINTER_BYTES = 480, CONTEXT_DETAIL_BYTES = 160 };

struct context_error {
    int status;        /* 400 and its kin */
    const char *title; /* of the status */
    char detail[CONTEXT_DETAIL_BYTES];
    char pointer[CONTEXT_POINTER_BYTES]; /* RFC 6901; a name of the request is escaped, and cut at the ceiling */
};

/* Members as both forms of a request name them. */
enum context_member {
    CONTEXT_USER_ID,
    CONTEXT_AOI,
    CONTEXT_AMOUNT,
    CONTEXT_DELIVERY_FEE,
    CONTEXT_INTERFACE,
    CONTEXT_REQUEST_ID,
    CONTEXT_ATTRIBUTES,
    CONTEXT_MEMBER_COUNT,
};

/* The member of that name, or CONTEXT_MEMBER_COUNT. */
enum context_member context_member_of(struct slice name);

/* Empty. Costs little: arrays are not wiped. */
void context_init(struct context *context);

/* Notes that the member occurs; an error when it did before. */
bool context_claim(struct context *context, enum context_member member, struct context_error *reterr);

/* The setters: false, with `reterr` filled, when a limit does not hold. */
bool context_set_string(struct context *context, enum context_member member, struct slice value,
                        struct context_error *reterr);
bool context_set_integer(struct context *context, enum context_member member, int64_t value,
                         struct context_error *reterr);
bool context_add_aoi(struct context *context, struct slice code, struct context_error *reterr);

/* Adds an attribute of that name, its value still unset; NULL with `reterr` filled when that is not allowed. */
struct attribute *context_add_attribute(struct context *context, struct slice name, struct context_error *reterr);

/* Adds an element to the array attribute that was added last. */
bool context_add_attribute_string(struct context *context, struct attribute *attribute, struct slice element,
                                  struct context_error *reterr);
bool context_check_attribute_string(const struct attribute *attribute, struct slice value,
                                    struct context_error *reterr);

/* The last step: required members are there, defaults are filled in, the interface is a known one. */
bool context_finish(struct context *context, const struct context_rules *rules, struct context_error *reterr);

/* Fill an error about a pointer ("" is the whole request), a member, an attribute, a name that is no member; always
   false. */
bool context_fail(struct context_error *reterr, const char *pointer, const char *detail);
bool context_fail_member(struct context_error *reterr, enum context_member member, const char *detail);
bool context_fail_attribute(struct context_error *reterr, struct slice name, const char *detail);
bool context_fail_unknown(struct context_error *reterr, struct slice name);

/* Appends an element's index to the pointer of the error just filled; always false. */
bool context_fail_element(struct context_error *reterr, uint32_t index);

struct text;

/* Writes the RFC 9457 problem object. */
void context_error_append(struct text *text, const struct context_error *error);
