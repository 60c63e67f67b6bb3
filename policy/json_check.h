/*
 * json_check.h - is a document strict JSON, with nothing in it that a reader after us could misread?
 *
 * Goes over the document with json_reader.h and adds a problem for a syntax error (with line and column), and for each
 * number that is not an integer within 2^53 and each string with U+0000 (with its pointer): cJSON would round the one
 * and cut the other without a word.
 *
 * Errors   false only for what cannot be parsed at all: the other finds are problems, but reading can go on.
 */
#pragma once

#include "policy/document.h"
#include "policy/problem.h"

bool json_check(const struct document *document, struct problems *problems);
