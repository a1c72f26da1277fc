/* Counts, and remembers the gaps. */
#include "engine/seat_numbers.h"

#include "base/seq.h"

void seat_numbers_begin(struct seat_numbers *numbers, uint32_t first_seq)
{
    *numbers = (struct seat_numbers){.newest_seq = first_seq - 1u};
}

bool seat_numbers_is_newer(const struct seat_numbers *numbers, const struct packet *packet)
{
    return seq32_newer(packet->seq, numbers->newest_seq);
}

/* Nothing of the gap would have been sent: both ends lie in one dropped frame, or the filter knows
 * that only frames to be dropped are missing, and none in part. */
static bool gap_is_dropped(const struct seat_numbers *numbers, const struct packet *packet,
                           const struct layer_judgement *judgement)
{
    if (numbers->dropped && judgement->verdict == LAYER_DROP &&
        numbers->timestamp == packet->timestamp && numbers->spatial == packet->frame.spatial)
        return true;
    return judgement->gap_dropped && (numbers->ended || numbers->dropped) &&
           (packet->frame.begins || judgement->verdict == LAYER_DROP);
}

bool seat_numbers_next(struct seat_numbers *numbers, const struct packet *packet,
                       const struct layer_judgement *judgement, uint16_t *next, uint16_t *sequence)
{
    const uint32_t missing = packet->seq - numbers->newest_seq - 1u;
    if (missing > 0 && !gap_is_dropped(numbers, packet, judgement)) {
        numbers->gaps[numbers->gap_next++ % SEAT_NUMBERS_GAPS] = (struct seat_gap){
            .seq = numbers->newest_seq + 1u, .count = (uint16_t)missing, .sequence = *next};
        *next = (uint16_t)(*next + missing);
    }
    numbers->newest_seq = packet->seq;
    numbers->timestamp = packet->timestamp;
    numbers->spatial = packet->frame.spatial;
    numbers->ended = packet->frame.ends;
    numbers->dropped = judgement->verdict != LAYER_SEND;
    if (numbers->dropped)
        return false;
    *sequence = *next;
    *next = (uint16_t)(*next + 1u);
    return true;
}

bool seat_numbers_late(const struct seat_numbers *numbers, uint32_t seq, uint16_t *sequence)
{
    for (size_t i = 0; i < SEAT_NUMBERS_GAPS; i++) {
        const struct seat_gap *gap = &numbers->gaps[i];
        const uint32_t into = seq - gap->seq;
        if (gap->count > 0 && into < gap->count) {
            *sequence = (uint16_t)(gap->sequence + into);
            return true;
        }
    }
    return false;
}
