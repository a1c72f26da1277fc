/* Layers with a memory of when they were needed. */
#include "engine/publish.h"

static void start(struct publish *publish, uint64_t now_us, uint8_t offered)
{
    /* Layers that a later offer brings are sent from the start, too. */
    for (uint8_t i = publish->started ? publish->offered : 0; i < offered; i++)
        publish->needed_us[i] = now_us + PUBLISH_START_US - PUBLISH_HOLD_US;
    publish->count = offered;
    publish->offered = offered;
    publish->started = true;
}

bool publish_update(struct publish *publish, uint64_t now_us, uint8_t offered, uint8_t wanted)
{
    const uint8_t before = publish->started ? publish->count : offered;
    if (!publish->started || publish->offered != offered)
        start(publish, now_us, offered);
    for (uint8_t i = 0; i < wanted && i < offered; i++)
        if (publish->needed_us[i] < now_us)
            publish->needed_us[i] = now_us;
    if (wanted > publish->count)
        publish->count = wanted < offered ? wanted : offered;
    while (publish->count > wanted &&
           publish->needed_us[publish->count - 1] + PUBLISH_HOLD_US <= now_us)
        publish->count--;
    return publish->count != before;
}

void publish_extend(struct publish *publish, uint64_t now_us, uint8_t wanted)
{
    const uint64_t needed_us = now_us + PUBLISH_SOON_HOLD_US - PUBLISH_HOLD_US;
    for (uint8_t i = 0; i < wanted && i < publish->offered; i++)
        if (publish->needed_us[i] < needed_us)
            publish->needed_us[i] = needed_us;
}

uint64_t publish_wake_at(const struct publish *publish, uint8_t wanted)
{
    if (publish->count <= wanted)
        return UINT64_MAX;
    return publish->needed_us[publish->count - 1] + PUBLISH_HOLD_US;
}

uint8_t publish_layers(const struct publish *publish)
{
    return (uint8_t)((1u << publish->count) - 1u);
}
