/* Loss and rates of one viewer's link, as far as sound is concerned. */
#include "engine/redundancy.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"

/* Of a fall, per look (half a second). */
#define LINK_FALL_DIV 2u

/* A queue of this length means that the link is full, and for so long after. */
#define QUEUE_US 40000u
#define CLEAR_US 5000000u
/* So much more of the link than red_distance.h's share may be used otherwise: half of it. */
#define CLEAR_FACTOR 3u

/* And of this one, that it overflows: for as long as it takes to send less, losses say nothing of
 * the air. */
#define FULL_US 100000u
/* Bursts are seldom, and each one is heard. */
#define BURSTS_US 20000000u
#define SETTLE_US 2000000u

/* All the sound that goes to the viewer, headers and redundancy not counted. */
static uint64_t measure_frames(struct leg *viewer, uint64_t now_us)
{
    struct redundancy *red = &viewer->red;
    uint64_t octets = 0, bps = 0;
    for (size_t i = 0; i < viewer->seat_count; i++)
        octets += viewer->seats[i]->audio.octets;
    const uint64_t passed_us = now_us - red->at_us;
    if (red->at_us != 0 && passed_us > 0 && octets >= red->octets)
        bps = (octets - red->octets) * 8u * 1000000u / passed_us;
    red->octets = octets;
    red->at_us = now_us;
    return bps;
}

/* Under loss estimates dip now and then: sound is not to suffer from that. */
static uint64_t follow_link(struct redundancy *red, uint64_t bps)
{
    if (bps >= red->link_bps)
        red->link_bps = bps;
    else
        red->link_bps -= (red->link_bps - bps) / LINK_FALL_DIV;
    return red->link_bps;
}

static bool is_clear(const struct leg *viewer, uint64_t now_us)
{
    return now_us - viewer->red.queued_us >= CLEAR_US;
}

/* Losses without a queue are not for want of room, however little the estimate dares; but something
 * is left for pictures. */
static uint64_t limit_of(struct leg *viewer, uint64_t now_us)
{
    const uint64_t link_bps = follow_link(&viewer->red, downlink_target_bps(viewer, now_us));
    const uint64_t queue_us = downlink_queue_delay_us(viewer);
    if (queue_us >= QUEUE_US)
        viewer->red.queued_us = now_us;
    if (queue_us >= FULL_US && queue_us != UINT64_MAX)
        viewer->red.full_us = now_us;
    return is_clear(viewer, now_us) ? CLEAR_FACTOR * link_bps : link_bps;
}

static uint8_t why_changed(const struct red_distance *distance, uint8_t before)
{
    if (distance->frames > before)
        return TIMELINE_WHY_LOSS;
    return distance->held ? TIMELINE_WHY_BUDGET : TIMELINE_WHY_CALM;
}

void redundancy_review(struct leg *viewer, struct shared *shared)
{
    struct red_distance *distance = &viewer->red.distance;
    const uint8_t before = distance->frames;
    const uint64_t link_bps = limit_of(viewer, shared->now_us);
    const struct red_link link = {
        .loss_permille = downlink_loss_permille(viewer),
        .bursts = downlink_loses_in_bursts(viewer, shared->now_us, BURSTS_US),
        .link_bps = link_bps,
        .queued = !is_clear(viewer, shared->now_us),
        .full = !downlink_has_rival(viewer) && viewer->red.full_us != 0 &&
                shared->now_us - viewer->red.full_us < SETTLE_US,
        .frame_bps = measure_frames(viewer, shared->now_us),
    };
    if (!red_distance_update(distance, shared->now_us, &link))
        return;
    timeline_note(viewer->participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = viewer->participant->id,
                      .source = TIMELINE_NO_SOURCE,
                      .what = TIMELINE_RED,
                      .why = why_changed(distance, before),
                      .a = before,
                      .b = distance->frames,
                  });
}
