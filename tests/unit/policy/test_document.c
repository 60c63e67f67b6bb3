#include "policy/document.h"

#include <criterion/criterion.h>

static void add(struct documents *documents, const char *name)
{
    cr_assert(documents_add(documents, name, strdup("{}"), 2));
}

Test(documents, are_sorted_by_the_bytes_of_their_names)
{
    struct documents documents;
    documents_init(&documents);
    static const char *const names[] = {"b.json", "a.json", "é.json", "B.json", "a.json2"};
    static const char *const sorted[] = {"B.json", "a.json", "a.json2", "b.json", "é.json"};
    for (int i = 0; i < 5; i++) {
        add(&documents, names[i]);
    }
    documents_sort(&documents);
    for (int i = 0; i < 5; i++) {
        cr_expect_str_eq(documents.items[i].name, sorted[i]);
    }
    documents_clear(&documents);
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
    documents_sort(&documents);
}
