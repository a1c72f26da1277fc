#include "control/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/log.h"

/* The longest message (72 KiB) while it is read: a buffer that doubles, its copy, and what is made
 * of it. Never touched, it costs addresses and no memory. */
#define RESERVE_BYTES (1024u * 1024u)

static void *reserve;

static void *take_from_reserve(size_t size)
{
    free(reserve);
    reserve = NULL;
    void *memory = malloc(size);
    if (memory == NULL) {
        log_write(LOG_ERROR, "json", "event=out_of_memory");
        abort();
    }
    return memory;
}

static void *take(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        return take_from_reserve(size);
    if (reserve == NULL)
        reserve = malloc(RESERVE_BYTES);
    return memory;
}

void json_memory_install(void)
{
    json_set_alloc_funcs(take, free);
}
