/*
 * complaint.h - what is wrong, for the person at the terminal: a line each on stderr.
 */
#pragma once

#include "policy/problem.h"
#include "service/config_errors.h"

void complaint_print_config(const struct config_errors *errors);
void complaint_print_set(const struct problems *problems);
