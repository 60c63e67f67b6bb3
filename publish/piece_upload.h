/*
 * piece_upload.h - the pieces of a release, brought to where they must be before its root may name them.
 *
 *     learn ─▶ MISSING   write (when the value is known) and read back
 *           ─▶ EXPIRING  keep: PERSIST
 *           ─▶ THERE
 *     confirm            every one is there, and stays; once more after the swap: a gc that saw the release unreachable
 *                        may just have set an end to it
 *
 * Content-addressed pieces are harmless until a root names them: who dies on the way leaves them to gc.
 *
 * Errors  false: the connection has the reason.
 */
#pragma once

#include "publish/connection.h"
#include "publish/piece_set.h"

struct piece_upload {
    uint32_t written, reused;
    uint64_t bytes_written; /* values */
};

/* Sets each piece's state. */
bool piece_upload_learn(struct connection *connection, struct piece_set *pieces);

/* What ends stays; what ended meanwhile is MISSING. */
bool piece_upload_keep(struct connection *connection, struct piece_set *pieces);

/* After learn: writes the missing and reads them back, keeps the expiring. */
bool piece_upload_write(struct connection *connection, struct piece_set *pieces, struct piece_upload *ret_upload);

/* Until `replicas` of them have what was written, or the connection's timeout ends: then false. */
bool piece_upload_await(struct connection *connection, uint32_t replicas);

/* Learns again, keeps what ends; false when a piece is missing. */
bool piece_upload_confirm(struct connection *connection, struct piece_set *pieces);
