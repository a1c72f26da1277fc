/* The tx arena. It only ever grows within a call: what was committed stays where it is. */
#include "engine/tx.h"

#include <stdlib.h>

#include "base/assert.h"
#include "engine/engine.h"

/* Half of a usual second level cache: it is written, and read once more by the kernel. */
#define WORTH_BYTES (256u << 10)

struct tx {
    /* owned */
    uint8_t *arena;
    struct engine_tx *datagrams;
    /* state */
    size_t arena_bytes;
    size_t used_bytes;
    size_t reserved_bytes; /* behind used_bytes, by the last tx_reserve(); 0: nothing */
    size_t max_datagrams;
    size_t written;
    size_t read;
};

struct tx *tx_new(size_t arena_bytes, size_t max_datagrams)
{
    struct tx *tx = calloc(1, sizeof(*tx));

    if (tx == NULL)
        return NULL;
    tx->arena = malloc(arena_bytes);
    tx->datagrams = calloc(max_datagrams, sizeof(*tx->datagrams));
    tx->arena_bytes = arena_bytes;
    tx->max_datagrams = max_datagrams;
    if (tx->arena == NULL || tx->datagrams == NULL) {
        tx_free(tx);
        return NULL;
    }
    return tx;
}

void tx_free(struct tx *tx)
{
    if (tx == NULL)
        return;
    free(tx->datagrams);
    free(tx->arena);
    free(tx);
}

void tx_reset(struct tx *tx)
{
    tx->used_bytes = 0;
    tx->reserved_bytes = 0;
    tx->written = 0;
    tx->read = 0;
}

uint8_t *tx_reserve(struct tx *tx, size_t max_len)
{
    if (tx->written == tx->max_datagrams || tx->arena_bytes - tx->used_bytes < max_len)
        return NULL;
    tx->reserved_bytes = max_len;
    return tx->arena + tx->used_bytes;
}

void tx_commit(struct tx *tx, const struct net_path *path, size_t len)
{
    PARLEY_ASSERT(len > 0 && len <= tx->reserved_bytes);
    tx->datagrams[tx->written++] =
        (struct engine_tx){.path = *path, .bytes = tx->arena + tx->used_bytes, .len = len};
    tx->used_bytes += len;
    tx->reserved_bytes = 0;
}

bool tx_is_worth_draining(const struct tx *tx)
{
    return tx->used_bytes >= WORTH_BYTES || tx->written >= tx->max_datagrams / 2;
}

size_t tx_unread(const struct tx *tx)
{
    return tx->written - tx->read;
}

bool tx_next(struct tx *tx, struct engine_tx *out)
{
    if (tx->read == tx->written)
        return false;
    *out = tx->datagrams[tx->read++];
    return true;
}
