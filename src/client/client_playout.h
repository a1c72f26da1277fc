/* What is heard of one audio stream: a model of NetEq, libwebrtc's audio jitter buffer. Frames of
 * 20 ms are played in the order of their timestamps; one that is not there when its turn comes is
 * concealed. The delay follows the arrivals: it is what all but 3 % of them kept to lately, reached
 * by playing a little faster or slower. */
#ifndef PARLEY_CLIENT_CLIENT_PLAYOUT_H
#define PARLEY_CLIENT_CLIENT_PLAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_PLAYOUT_RING    128u /* frames; a power of two */
#define CLIENT_PLAYOUT_BUCKETS 32u  /* of 20 ms: how late frames come */

struct client_playout {
    uint64_t least_us; /* delay that the page asks for (jitterBufferTarget); set by the owner */
    bool started;
    bool idle;             /* nothing to play and nothing is expected */
    uint32_t base;         /* timestamp of frame 0 */
    uint64_t next;         /* frame to be played next */
    uint64_t next_us;      /* when */
    uint64_t end;          /* newest frame + 1 */
    uint64_t waited;       /* ticks without anything to play: delay, or the end of the stream */
    uint64_t covered;      /* ticks of a wait that is over */
    int64_t transit_us[2]; /* least arrival time - frame time; this second and the last */
    uint64_t second_us;    /* when this second ends */
    uint32_t late[CLIENT_PLAYOUT_BUCKETS]; /* share of 2^24 */
    uint64_t here[CLIENT_PLAYOUT_RING];    /* number + 1 of the frame in each place */
    /* counts, in frames */
    uint64_t played, concealed, recovered, too_late;
};

/* A frame is here. in_line: the packet that brought it directly follows the one before it, so that
 * a jump of the timestamp is the sender's silence and no loss. */
void client_playout_put(struct client_playout *playout, uint64_t now_us, uint32_t timestamp,
                        bool in_line);
/* An earlier one came along with it (RFC 2198). */
void client_playout_recover(struct client_playout *playout, uint32_t timestamp);
/* Plays what is due. */
void client_playout_run(struct client_playout *playout, uint64_t now_us);
/* Another stream begins. */
void client_playout_restart(struct client_playout *playout);
/* Concealed so far; a wait that still lasts is included. */
uint64_t client_playout_concealed(const struct client_playout *playout);

#endif
