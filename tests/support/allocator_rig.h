/* Cameras on tiles, one allocator, and a clock. */
#ifndef PARLEY_TESTS_SUPPORT_ALLOCATOR_RIG_H
#define PARLEY_TESTS_SUPPORT_ALLOCATOR_RIG_H

#include "test.h"

#include <string.h>

#include "engine/allocator.h"

#define START_US UINT64_C(5000000)
#define HD       (1280u * 720u)
#define SD       (640u * 360u)
#define SMALL    (320u * 180u)

/* A camera as browsers send it: 150, 500 and 1700 kbit/s, of which the lowest temporal layer has
 * half and the second another quarter. */
static struct track_layers camera;
static struct allocator allocator;
static struct allocator_outcome outcome;
static struct allocator_source sources[ALLOCATOR_SOURCES];
static size_t count;
static uint64_t now_us;
static uint64_t reserved_bps;
static bool loses; /* the link */

static inline struct track_layers simulcast(unsigned spatial, unsigned temporal)
{
    static const uint32_t rates[] = {150000, 500000, 1700000};
    struct track_layers layers = {.spatial_count = (uint8_t)spatial,
                                  .temporal_count = (uint8_t)temporal};
    for (unsigned s = 0; s < spatial; s++) {
        for (unsigned t = 0; t < temporal; t++) {
            const uint32_t quarters = temporal == 1 ? 4 : 2 + 2 * t / (temporal - 1);
            layers.at[s][t].bps = rates[s] * quarters / 4;
            layers.at[s][t].width = (uint16_t)(320u << s);
            layers.at[s][t].height = (uint16_t)(180u << s);
            layers.at[s][t].alive = true;
        }
    }
    return layers;
}

static inline void set_up(void)
{
    camera = simulcast(3, 3);
    memset(&allocator, 0, sizeof allocator);
    memset(sources, 0, sizeof sources);
    count = 0;
    now_us = START_US;
    reserved_bps = 0;
    loses = true;
}

static inline struct allocator_source *add(uint8_t class, uint32_t pixels)
{
    sources[count] = (struct allocator_source){
        .layers = &camera, .class = class, .pixels = pixels, .fresh = true};
    return &sources[count++];
}

/* What the caller does between two decisions. */
static inline void accept(void)
{
    for (size_t i = 0; i < count; i++) {
        sources[i].current = sources[i].target;
        sources[i].fresh = false;
    }
}

static inline void decide(uint64_t target_bps)
{
    const struct allocator_link link = {
        .target_bps = target_bps, .reserved_bps = reserved_bps, .loses = loses};
    allocator_decide(&allocator, now_us, &link, sources, count, &outcome);
    accept();
}

static inline void decide_for(uint64_t target_bps, uint64_t duration_us)
{
    for (const uint64_t end_us = now_us + duration_us; now_us < end_us; now_us += 100000)
        decide(target_bps);
}

#define ASSERT_TARGET(i, s, t)                                                                     \
    do {                                                                                           \
        assert_int_equal(sources[i].target.spatial, s);                                            \
        assert_int_equal(sources[i].target.temporal, t);                                           \
    } while (0)
#define ASSERT_PAUSED(i) assert_int_equal(sources[i].target.spatial, -1)

#endif
