/*
 * config_scan.h - what libconfig would let pass, refused before libconfig sees it.
 *
 * libconfig 1.5 makes 0 of 4294967296, takes an unterminated comment for a complete file, and reads any file that an
 * @include names; later versions differ in each. So the text is scanned first:
 *
 *     refused     NUL, invalid UTF-8, @include, a comment, string or bracket left open, a string over two lines, an
 *                 escape that libconfig does not know, brackets too deep, leading zeros, an end in mid-setting
 *     rewritten   every integer, decimal or hexadecimal, with or without L, to decimal with L: 64 bits in all versions.
 *                 What does not fit 64 bits becomes the largest or smallest integer: no setting's range reaches so far,
 *                 so the range check refuses it and names the setting.
 *
 * Lines stay what they were.
 */
#pragma once

#include "policy/text.h"
#include "service/config_errors.h"

enum { CONFIG_SCAN_DEPTH_MAX = 16 };

/* False, with errors added, when the bytes are refused. The text is NUL-terminated, the NUL not counted. */
bool config_scan(struct slice bytes, struct text *text, struct config_errors *errors);
