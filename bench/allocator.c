/* What a decision of the allocator costs: viewers of 1 to 64 sources on links that keep moving, so
 * that all of its ways are taken. Prints the mean and the slowest percent, in microseconds. Goal:
 * 50 us at 50 sources. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "engine/allocator.h"
#include "measure.h"

#define DECISIONS 20000u
#define STEP_US   100000u

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct track_layers camera(void)
{
    static const uint32_t rates[] = {150000, 500000, 1700000};
    struct track_layers layers = {.spatial_count = 3, .temporal_count = 3};
    for (unsigned s = 0; s < 3; s++)
        for (unsigned t = 0; t < 3; t++) {
            layers.at[s][t].bps = rates[s] * (2 + t) / 4;
            layers.at[s][t].width = (uint16_t)(320u << s);
            layers.at[s][t].height = (uint16_t)(180u << s);
            layers.at[s][t].alive = true;
        }
    return layers;
}

static void seat_people(struct allocator_source *sources, size_t count,
                        const struct track_layers *layers)
{
    memset(sources, 0, count * sizeof sources[0]);
    for (size_t i = 0; i < count; i++) {
        sources[i].layers = layers;
        sources[i].class = i == 0 ? ALLOCATOR_SPEAKER : ALLOCATOR_VISIBLE;
        sources[i].pixels = i == 0 ? 1280u * 720u : 640u * 360u;
        sources[i].fresh = true;
    }
}

/* A link that wanders by an eighth each time, between nothing and all. */
static uint64_t wander(struct rng *rng, uint64_t bps, uint64_t most_bps)
{
    const uint64_t step = bps / 8u + 10000u;
    bps = bps + rng_below(rng, (uint32_t)(2u * step)) - step;
    return bps > most_bps ? most_bps / 2u : bps;
}

static void measure(size_t count)
{
    static double spent_us[DECISIONS];
    const struct track_layers layers = camera();
    struct allocator allocator = {0};
    struct allocator_source sources[ALLOCATOR_SOURCES];
    struct allocator_outcome outcome;
    struct rng rng;
    uint64_t link_bps = 1000000;
    double sum_us = 0;

    rng_init(&rng, 1, count);
    seat_people(sources, count, &layers);
    for (unsigned i = 0; i < DECISIONS; i++) {
        link_bps = wander(&rng, link_bps, count * UINT64_C(1000000));
        const struct allocator_link link = {.target_bps = link_bps, .reserved_bps = 60000};
        const double from_us = now_us();
        allocator_decide(&allocator, (i + UINT64_C(1)) * STEP_US, &link, sources, count, &outcome);
        spent_us[i] = now_us() - from_us;
        sum_us += spent_us[i];
        for (size_t k = 0; k < count; k++) {
            sources[k].current = sources[k].target;
            sources[k].fresh = false;
        }
    }
    qsort(spent_us, DECISIONS, sizeof spent_us[0], compare_doubles);
    printf("%3zu sources: mean %6.2f us, p50 %6.2f us, p99 %6.2f us\n", count, sum_us / DECISIONS,
           spent_us[DECISIONS / 2], spent_us[DECISIONS * 99 / 100]);
}

int main(void)
{
    static const size_t counts[] = {1, 3, 10, 25, 50, 64};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        measure(counts[i]);
    return 0;
}
