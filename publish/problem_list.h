/*
 * problem_list.h - problems as promoctl prints them.
 *
 *     text   aoi-01.json: /offer/tiers/0/reach: must be an integer from 0 to 1000000000000
 *            (set): (document): 3 more problems
 *     JSON   [{"file":"aoi-01.json","pointer":"/offer/tiers/0/reach","reason":"must be ..."}]
 *
 * One problem is one line, whatever a file or a member is called: control characters appear escaped, bytes that are no
 * UTF-8 too.
 */
#pragma once

#include "policy/problem.h"
#include "policy/text.h"

/* PROBLEMS_MAX problems of a few hundred bytes, and to spare. */
enum { PROBLEM_LIST_BYTES_MAX = 256 * 1024 * 1024 };

void problem_list_append(struct text *text, const struct problems *problems);

/* To stderr; false when memory ended: then nothing is printed. */
bool problem_list_print(const struct problems *problems);

void problem_list_append_json(struct text *text, const struct problems *problems);
