/* The call that quality is judged by: three publishers with three layers each and one viewer whose
 * link is bad. The viewer shows the first publisher large (720 lines), the others at 360.
 *
 *   call_open() … call_run(), changing call->link in between … call_close()
 *
 * While it runs, a sample of all that the viewer sees is kept every 20 ms; questions are asked
 * about the time between two moments. */
#ifndef PARLEY_TESTS_SIM_CALL_H
#define PARLEY_TESTS_SIM_CALL_H

#include "sim/sim.h"

#define SECOND          UINT64_C(1000000)
#define MILLISECOND     UINT64_C(1000)
#define CALL_SAMPLE_US  20000u
#define CALL_SEATS      3u
#define CALL_PUBLISHERS 3u

/* kbit/s of what an encoder aims at; a packet's headers come on top. */
#define CALL_LOW_BPS    150000u
#define CALL_MIDDLE_BPS 500000u
#define CALL_HIGH_BPS   1700000u

struct call_options {
    uint64_t seed;
    uint64_t rate_bps;  /* of the viewer's downlink; 0: no limit */
    uint64_t queue_us;  /* 0: 300 ms */
    uint64_t rtt_us;    /* of the viewer; 0: 50 ms */
    uint32_t loss;      /* per thousand, both ways of the viewer's link */
    uint64_t settle_us; /* runs this long before call_open() returns; 0: 20 s */
    bool talks_back;    /* the viewer publishes too: two layers and a voice */
};

struct call_seat_sample {
    uint64_t frames, frozen_us, ups, downs, undecodable;
    uint64_t last_frame_us;
    uint8_t layer;
    bool seen;   /* something was decoded in the last second */
    bool paused; /* and the viewer was told why not */
};

struct call_sample {
    uint64_t at_us;
    uint64_t media_bytes, padding_bytes, duplicate_bytes;
    uint64_t played, concealed;  /* of all seats */
    uint64_t packets, missed;    /* of all seats' pictures */
    uint64_t passed, overflowed; /* packets at the bottleneck */
    uint64_t passed_bytes;
    uint64_t delay_us; /* of the queue, now */
    uint32_t estimate_kbps;
    struct call_seat_sample seats[CALL_SEATS]; /* [n]: of publisher n */
};

struct call {
    struct sim *sim;
    unsigned viewer;
    struct link *link; /* the viewer's downlink */
    uint64_t opened_us;
    struct call_sample *samples; /* owned */
    size_t count, capacity;
    uint64_t timeline_after;
    uint64_t quality_us;
    uint32_t estimate_kbps;
    /* the page's rule for the delay before playing */
    uint64_t page_us, bad_until_us, lossy_until_us;
    unsigned longer;
    uint64_t longer_since_us;
};

/* For scenarios with more viewers: the publishers, who join; and one viewer, who does not yet. */
void call_add_publishers(struct sim *sim);
unsigned call_add_viewer(struct sim *sim, uint64_t rtt_us);
/* What a viewer of theirs shows; after it joined. */
void call_show(struct sim *sim, unsigned viewer);
struct call *call_open(const struct call_options *options);
void call_close(struct call *call);
void call_run(struct call *call, uint64_t duration_us);
void call_set_rate(struct call *call, uint64_t rate_bps);
/* Both ways of the viewer's link, per thousand. */
void call_set_loss(struct call *call, uint32_t loss);

/* ---- questions: [from_us, to_us) of the simulation's clock ------------------------------------
 */

uint64_t call_now(const struct call *call);
/* The first moment from which on publisher's video is seen in this layer or a higher (lower) one,
 * relative to from_us, in ms; the whole time if that never came. */
double call_ms_until_layer(const struct call *call, uint64_t from_us, unsigned publisher,
                           unsigned layer);
double call_ms_until_below(const struct call *call, uint64_t from_us, unsigned publisher,
                           unsigned layer);
/* Time frozen of the worst seat, in ms. */
double call_frozen_ms(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Percent of the time frozen, mean of the seats. */
double call_frozen_percent(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Part of the time that a picture was paused, mean of the seats. */
double call_paused_percent(const struct call *call, uint64_t from_us, uint64_t to_us);
double call_concealed_percent(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Of the packets of pictures, those that did not come the first time. */
double call_missed_percent(const struct call *call, uint64_t from_us, uint64_t to_us);
/* What percent of the samples of the queue's delay did not exceed, in ms. */
double call_queue_ms(const struct call *call, uint64_t from_us, uint64_t to_us, unsigned percent);
double call_media_kbps(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Mean of the estimate. */
double call_estimate_kbps(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Of layers, over all seats; and those to a lower one. */
uint64_t call_switches(const struct call *call, uint64_t from_us, uint64_t to_us);
uint64_t call_downs(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Padding and needless repetitions, of all that came. */
double call_padding_percent(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Overflow of the bottleneck, percent of the packets. */
double call_overflow_percent(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Longest time that a seat's picture stood still, in ms. */
double call_longest_gap_ms(const struct call *call, uint64_t from_us, uint64_t to_us);
/* Frames per second of the worst seat in the worst two seconds. */
double call_least_fps(const struct call *call, uint64_t from_us, uint64_t to_us);

#endif
