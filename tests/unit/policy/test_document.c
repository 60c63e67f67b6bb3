#include "policy/document.h"

#include <criterion/criterion.h>

static void add(struct documents *documents, const char *name)
{
    cr_assert(documents_add(documents, name, strdup("{}"), 2));
}

Test(documents, count_their_bytes)
{
    struct documents documents;
    documents_init(&documents);
    for (int i = 0; i < 200; i++) {
        add(&documents, "a.json");
    }
    cr_expect_eq(documents.count, 200);
    cr_expect_eq(documents.bytes, 400);
    documents_clear(&documents);
    cr_expect_eq(documents.count, 0);
}
