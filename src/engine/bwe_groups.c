/* Sorts packets into bursts and takes the distance between these. */
#include "engine/bwe_groups.h"

/* gcc-02 5.2: "A sequence of packets which are sent within a burst_time interval constitute a
 * group", 5 ms. */
#define SEND_BURST_US 5000u
/* "A Packet which has an inter-arrival time less than burst_time and an inter-group delay variation
 * d(i) less than 0 is considered being part of the current group": a radio link held it up with
 * those before it. */
#define ARRIVAL_BURST_US 5000
#define BURST_MAX_US     100000

static bool belongs(const struct bwe_group *group, uint64_t sent_us, int64_t arrival_us)
{
    if (sent_us - group->first_sent_us <= SEND_BURST_US)
        return true;
    const int64_t apart_us = arrival_us - group->last_arrival_us;
    const int64_t sent_apart_us = (int64_t)(sent_us - group->last_sent_us);
    return apart_us <= ARRIVAL_BURST_US && apart_us < sent_apart_us &&
           arrival_us - group->first_arrival_us < BURST_MAX_US;
}

static void extend(struct bwe_group *group, uint64_t sent_us, int64_t arrival_us)
{
    if (sent_us > group->last_sent_us)
        group->last_sent_us = sent_us;
    if (arrival_us > group->last_arrival_us)
        group->last_arrival_us = arrival_us;
}

/* False: there is none to compare with, or they overtook each other. */
static bool compare(const struct bwe_groups *groups, struct bwe_group_delta *out)
{
    const struct bwe_group *now = &groups->current;
    const struct bwe_group *before = &groups->previous;
    if (!groups->has_previous || now->last_arrival_us < before->last_arrival_us)
        return false;
    *out = (struct bwe_group_delta){
        .sent_us = (int64_t)(now->last_sent_us - before->last_sent_us),
        .arrival_us = now->last_arrival_us - before->last_arrival_us,
        .at_us = now->last_arrival_us,
    };
    return true;
}

bool bwe_groups_add(struct bwe_groups *groups, uint64_t sent_us, int64_t arrival_us,
                    struct bwe_group_delta *out)
{
    /* Overtaken on the way: it says nothing about the burst that is open. */
    if (groups->has_current && sent_us < groups->current.first_sent_us)
        return false;
    if (groups->has_current && belongs(&groups->current, sent_us, arrival_us)) {
        extend(&groups->current, sent_us, arrival_us);
        return false;
    }
    const bool closed = groups->has_current && compare(groups, out);
    groups->previous = groups->current;
    groups->has_previous = groups->has_current;
    groups->current = (struct bwe_group){sent_us, sent_us, arrival_us, arrival_us};
    groups->has_current = true;
    return closed;
}
