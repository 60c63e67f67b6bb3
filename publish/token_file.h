/*
 * token_file.h - the bearer token of gateways' /admin/, read from a file: an argument would be seen by everybody.
 *
 * White space around it is not part of it, as the gateway reads its own; within there is none, or a header could not
 * hold it.
 *
 * Errors  false with a reason that names the file and never the content.
 */
#pragma once

#include <stdbool.h>

enum { TOKEN_FILE_BYTES = 512, TOKEN_FILE_REASON_BYTES = 512 }; /* with NUL, as the gateway's limit */

bool token_file_read(const char *path, char ret_token[TOKEN_FILE_BYTES], char ret_reason[TOKEN_FILE_REASON_BYTES]);
