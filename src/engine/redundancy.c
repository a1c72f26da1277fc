/* Loss and rates of one viewer's link, as far as sound is concerned. */
#include "engine/redundancy.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"

/* Of a fall, per look (half a second). */
#define LINK_FALL_DIV 2u

/* All the sound that goes to the viewer, headers and redundancy not counted. */
static uint64_t measure_frames(struct leg *viewer, uint64_t now_us)
{
    struct redundancy *red = &viewer->red;
    uint64_t octets = 0, bps = 0;
    for (size_t i = 0; i < viewer->seat_count; i++)
        octets += viewer->seats[i].audio.octets;
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

void redundancy_review(struct leg *viewer, struct shared *shared)
{
    struct red_distance *distance = &viewer->red.distance;
    const uint8_t before = distance->frames;
    const struct red_link link = {
        .loss_permille = downlink_loss_permille(viewer),
        .link_bps = follow_link(&viewer->red, downlink_target_bps(viewer, shared->now_us)),
        .frame_bps = measure_frames(viewer, shared->now_us),
    };
    if (!red_distance_update(distance, shared->now_us, &link))
        return;
    timeline_note(viewer->participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = viewer->participant->id,
                      .source = TIMELINE_NO_SOURCE,
                      .what = TIMELINE_RED,
                      .why = TIMELINE_WHY_LOSS,
                      .a = before,
                      .b = distance->frames,
                  });
}
