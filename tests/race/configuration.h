/*
 * configuration.h - a configuration that a number determines, and what it answers in place of a decision.
 *
 *     even number   browse is switched to its fallback ("on"), checkout is decided ("auto")
 *     odd number    the other way round
 *
 * The fallback's coupon and discount carry the number, so an answer tells which configuration it is of.
 */
#pragma once

#include "service/config.h"
#include "tests/race/question.h"

/* NULL when memory ends. config_free it. */
struct config *configuration_create(uint32_t number);

bool configuration_degrades(uint32_t number, enum question_interface interface);

/* Finds the number in a degraded answer. */
bool configuration_of_answer(struct slice answer, uint32_t *ret_number);

/* The degraded answer, from `"offers"` to its end. */
void configuration_append_fallback(uint32_t number, const struct question *question, struct text *text);
