/* Thresholds with hysteresis. */
#include "engine/red_distance.h"

/* More at once, from these losses on; fewer when it was below these for CALM_US. */
static const unsigned UP_PERMILLE[RED_DISTANCE_RANDOM] = {20, 80};
static const unsigned DOWN_PERMILLE[RED_DISTANCE_RANDOM] = {10, 60};
#define CALM_US 5000000u

/* Redundancy takes at most a sixth of a link: on a narrow one losses come from too much of
 * everything, and more of it would push out the pictures. */
#define SHARE_DIV 6u

static uint8_t count_above(const unsigned thresholds[static RED_DISTANCE_RANDOM], unsigned permille)
{
    uint8_t count = 0;
    while (count < RED_DISTANCE_RANDOM && permille >= thresholds[count])
        count++;
    return count;
}

static uint8_t affordable(const struct red_link *link)
{
    uint8_t frames = RED_DISTANCE_MAX;
    while (link->link_bps != 0 && frames > 0 &&
           frames * link->frame_bps * SHARE_DIV > link->link_bps)
        frames--;
    return frames;
}

/* What the losses of the moment ask for, seen from the present number. */
static uint8_t follow(struct red_distance *distance, uint64_t now_us, const struct red_link *link)
{
    const unsigned permille = link->loss_permille;
    const uint8_t most = link->queued ? RED_DISTANCE_RANDOM : RED_DISTANCE_MAX;
    const uint8_t more = link->bursts ? most : count_above(UP_PERMILLE, permille);
    const uint8_t fewer = link->bursts ? most : count_above(DOWN_PERMILLE, permille);
    if (more > distance->frames || fewer >= distance->frames) {
        distance->calm_us = 0;
        return more > distance->frames ? more : distance->frames;
    }
    if (distance->calm_us == 0)
        distance->calm_us = now_us;
    if (now_us - distance->calm_us < CALM_US)
        return distance->frames;
    distance->calm_us = 0;
    return fewer;
}

bool red_distance_update(struct red_distance *distance, uint64_t now_us,
                         const struct red_link *link)
{
    const uint8_t before = distance->frames;
    const uint8_t wanted = follow(distance, now_us, link);
    const uint8_t most = link->full && affordable(link) > before ? before : affordable(link);
    distance->frames = wanted < most ? wanted : most;
    distance->held = wanted > most;
    return distance->frames != before;
}
