/* When packets leave for one viewer: a virtual clock (GCRA) at 2.5 times the target rate (less on a
 * link that is full), and two
 * short lines of references to packets. Pure: knows numbers, not packets.
 *
 * Audio, RTCP and probes never wait; they only move the clock. While there is credit video does
 * not wait either, so a link that is fine adds no delay. Else it stands in line: repairs before
 * video, those first without which nothing can be shown, and video in order. A line that gets long
 * is made shorter by the caller, who leaves out temporal layers; if that does not help, it drops a
 * seat's video and lets it begin again with a key frame. */
#ifndef PARLEY_ENGINE_PACER_H
#define PARLEY_ENGINE_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/limits.h"

/* libwebrtc's pacing factor: a key frame, several times a normal frame, is out before the next
 * frame comes, and yet does not arrive as one clump at the bottleneck. In percent. */
#define PACER_FACTOR_PERCENT 250u
/* On a link that is full already the clump would stand in the bottleneck's queue, with the audio
 * behind it: it waits here, and audio passes. */
#define PACER_TIGHT_PERCENT 110u
/* Credit that silence earns. */
#define PACER_BURST_US 20000u
/* Audio and probes above the rate are paid back by video, up to here. */
#define PACER_DEBT_US 100000u
/* Longer than this nothing is worth waiting for; and what cannot be left out without a key frame,
 * not longer than that. */
#define PACER_QUEUE_US      150000u
#define PACER_BASE_QUEUE_US 300000u
/* And so much more while a queue on the way is emptied, as long as it may have been: what would
 * stand there stands here, which the viewer does not see. */
#define PACER_DRAIN_US 300000u
/* From here on the highest temporal layer is left out, and then all but the lowest; until the line
 * is short again. */
#define PACER_THIN_US    50000u
#define PACER_THINNER_US 90000u
#define PACER_SHORT_US   15000u
/* But not for a few frames that came in one clump, from a publisher who was held up: the line gets
 * shorter again within this time, and is not longer than these. */
#define PACER_CLUMP_US      60000u
#define PACER_CLUMP_MAX_US  120000u
#define PACER_CLUMP_MOST_US 150000u
/* A line that does not end for so long: more comes than may go. */
#define PACER_STANDS_US 2000000u
/* A small target still lets a packet go now and then. */
#define PACER_MIN_BPS 50000u

#define PACER_NO_SEAT 0xffu

/* One video packet of a seat, to be found again in the ring of its layer. */
struct pacer_video {
    uint32_t layer_id;
    uint32_t seq;
    uint16_t bytes;
    uint8_t seat;
    bool key;  /* of a key frame */
    bool base; /* of the lowest temporal layer */
};

/* A packet that the viewer asked for again, by the number that it went out with. */
struct pacer_repair {
    uint16_t sequence;
    uint8_t seat;
    bool base;  /* of the lowest temporal layer: all that follows needs it */
    bool twice; /* the line does not care */
};

struct pacer {
    /* state */
    uint64_t target_bps;
    uint64_t rate_bps;
    uint64_t paid_us;      /* the clock: what was sent is paid for up to here */
    uint64_t repaired_us;  /* the same for repairs, at a share of the target */
    uint64_t queued_bytes; /* of video */
    uint32_t first, next;  /* of videos; modulo LIMIT_PACER_VIDEO */
    uint16_t repair_count;
    uint64_t line_us;    /* since when video stands in line, by pacer_thin(); 0: none does */
    uint64_t long_us;    /* since when the line is long, and no shorter than then; 0: it is not */
    uint64_t long_bytes; /* and was then */
    uint8_t thin;        /* temporal layers to leave out: 0, 1, 2: all but one */
    uint32_t seat_bytes[LIMIT_SEATS]; /* of queued_bytes */
    uint32_t seat_spare[LIMIT_SEATS]; /* and of these, not of the lowest temporal layer */
    uint16_t seat_keys[LIMIT_SEATS];  /* packets of key frames in line */
    struct pacer_video videos[LIMIT_PACER_VIDEO];
    struct pacer_repair repairs[LIMIT_PACER_REPAIRS];
};

void pacer_init(struct pacer *pacer, uint64_t target_bps);
/* tight: most of the target is in use. */
void pacer_set_target(struct pacer *pacer, uint64_t target_bps, bool tight);

/* Nothing stands in line, and there is credit: video may pass. */
bool pacer_is_open(const struct pacer *pacer, uint64_t now_us);
/* Something of that size went out. */
void pacer_sent(struct pacer *pacer, uint64_t now_us, size_t bytes);

/* Who waits need not wait for what was sent until now. */
void pacer_forgive(struct pacer *pacer, uint64_t now_us);

/* A place in line. False: none is left. */
bool pacer_queue_video(struct pacer *pacer, const struct pacer_video *video);
/* False: none is left, or it stands there already. */
bool pacer_queue_repair(struct pacer *pacer, const struct pacer_repair *repair);

/* Repairs of one viewer may take a quarter of its target and a little more, what later frames need
 * twice that little: whoever asks for everything again gets no more than that. */
bool pacer_may_repair(const struct pacer *pacer, uint64_t now_us, bool base);
/* One of that size went out; pacer_sent() is called too. */
void pacer_repaired(struct pacer *pacer, uint64_t now_us, size_t bytes);

/* Who is next, if there is credit; it is out of the line then. */
bool pacer_next_repair(struct pacer *pacer, uint64_t now_us, struct pacer_repair *out);
/* The same for video; only when no repair is left. */
bool pacer_next_video(struct pacer *pacer, uint64_t now_us, struct pacer_video *out);

/* How long the line is, in time at the present rate. What will be left out does not count, nor a
 * seat with a key frame in line: however large, it has to get through, or the seat would never show
 * anything. */
uint64_t pacer_delay_us(const struct pacer *pacer);
/* Sets pacer->thin by the line as it is now, and was lately. */
void pacer_thin(struct pacer *pacer, uint64_t now_us);
/* The line has not ended for PACER_STANDS_US. */
bool pacer_stands(const struct pacer *pacer, uint64_t now_us);
/* The seat with most bytes in line, PACER_NO_SEAT: none; those with a key frame in line only if
 * keys is true. */
uint8_t pacer_heaviest(const struct pacer *pacer, bool keys);
/* Drops all video of a seat. How many packets. */
size_t pacer_drop(struct pacer *pacer, uint8_t seat);
/* The same, but for that layer's. */
size_t pacer_drop_others(struct pacer *pacer, uint8_t seat, uint32_t layer_id);

/* UINT64_MAX: nothing stands in line. May lie in the past. */
uint64_t pacer_wake_at(const struct pacer *pacer);

#endif
