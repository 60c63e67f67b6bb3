/*
 * flips.h - what changed between two states of a source of switches, as lines of the audit (audit.h).
 *
 * Threads  any; the states are the caller's.
 */
#pragma once

#include "degrade/switch_ruling.h"
#include "service/audit.h"
#include "service/switches.h"

/* `before` or `after` NULL: there was, or is, no order: "auto". */
void flips_tell(struct audit *audit, enum switch_source source, const struct switch_entry *before,
                const struct switch_entry *after, const char *peer);

/* One line an entry that differs. */
void flips_tell_documents(struct audit *audit, enum switch_source source, const struct switch_document *before,
                          const struct switch_document *after);

/* One line an interface whose `degrade` differs. */
void flips_tell_files(struct audit *audit, const struct config *before, const struct config *after);

/* The order has ended by itself: "its time is over". */
void flips_tell_end(struct audit *audit, enum switch_source source, const struct switch_entry *entry,
                    const char *reason);
