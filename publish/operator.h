/*
 * operator.h - who runs this program: the person, also behind sudo.
 *
 * $SUDO_USER, else $USER, else the name of the effective user; "" where there is none. What others take as a name is
 * theirs to check.
 */
#pragma once

enum { OPERATOR_BYTES = 256 + 1 };

/* "ann" */
void operator_user(char ret_user[OPERATOR_BYTES]);

/* "ann@web-1", of what a switch's actor may hold: other bytes are question marks. */
void operator_actor(char ret_actor[OPERATOR_BYTES]);
