/*
 * printable.h - names from elsewhere, as a terminal or a JSON reader can take them.
 *
 *     a<TAB>b<FF>.json   text  a\x09b\xff.json
 *                        JSON  "a\tb\\xff.json"
 */
#pragma once

#include "policy/text.h"

/* On one line: control characters and bytes that are no UTF-8 appear escaped. */
void printable_append(struct text *text, struct slice string);

/* A JSON string; only what is no UTF-8 has to be escaped beyond JSON's own ways. */
void printable_append_json(struct text *text, struct slice string);
