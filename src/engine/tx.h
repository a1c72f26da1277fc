/* The tx arena: one flat buffer and a list of datagrams in it, refilled at each call into the
 * engine. Writers reserve, write in place (encryption is the copy), commit. */
#ifndef PARLEY_ENGINE_TX_H
#define PARLEY_ENGINE_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

struct engine_tx;
struct tx;

/* NULL: out of memory. */
struct tx *tx_new(size_t arena_bytes, size_t max_datagrams);
void tx_free(struct tx *tx);
/* Forgets everything; at the start of each call into the engine. */
void tx_reset(struct tx *tx);
/* Room for one datagram of up to max_len bytes; NULL: the arena is full (the caller counts). */
uint8_t *tx_reserve(struct tx *tx, size_t max_len);
/* The last reserved datagram is len bytes long and goes to path. */
void tx_commit(struct tx *tx, const struct net_path *path, size_t len);
/* There is as much in it as a core's cache keeps: time to send it, and to begin again. */
bool tx_is_worth_draining(const struct tx *tx);
/* How many were not read yet. */
size_t tx_unread(const struct tx *tx);
/* Next unread datagram in order. */
bool tx_next(struct tx *tx, struct engine_tx *out);

#endif
