/* Round trip, and how long packets wait in queues on the way: one-way delay above the smallest of
 * the last half minute. The clocks of the two ends need not agree, only run alike. */
#ifndef PARLEY_ENGINE_BWE_PATH_H
#define PARLEY_ENGINE_BWE_PATH_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: nothing known. */
struct bwe_path {
    int64_t last_delay_us; /* arrival - sent of the last packet: of use only as a difference */
    bool rtt_known;
    uint64_t rtt_us; /* smoothed, the receiver's waiting included */
    bool delay_known;
    int64_t base_us[2]; /* smallest delay of the last and of this half window */
    uint64_t half_began_us;
    int64_t waited_us; /* in queues, the last packet */
    int64_t queue_us;  /* the same, smoothed */
};

/* Nothing waits so long: the receiver's clock jumped, or it lies. All that was learnt from arrival
 * times is worthless then; the new times are believed from the next packet on. */
bool bwe_path_jumped(struct bwe_path *path, uint64_t sent_us, int64_t arrival_us);
/* One packet that arrived. */
void bwe_path_add(struct bwe_path *path, uint64_t now_us, uint64_t sent_us, int64_t arrival_us);
/* The newest packet of a feedback. */
void bwe_path_answered(struct bwe_path *path, uint64_t now_us, uint64_t newest_sent_us);
/* 100 ms until something is known. */
uint64_t bwe_path_rtt_us(const struct bwe_path *path);
uint64_t bwe_path_queue_us(const struct bwe_path *path);

#endif
