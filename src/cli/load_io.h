/* A thread that sends and receives for its share of the crowd. It owns its clients and their
 * sockets alone; others leave commands in its mailbox and read what it wrote down each second. */
#ifndef PARLEY_CLI_LOAD_IO_H
#define PARLEY_CLI_LOAD_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "client/client_delays.h"
#include "cli/load_peer.h"

struct client;
struct load_io;

enum load_phase {
    LOAD_JOINING,
    LOAD_MEASURING, /* delays and lateness count from here on */
    LOAD_DRAINING,  /* nobody sends media any more */
    LOAD_STOPPING,
};

/* Sums since the start, but for what says otherwise. */
struct load_counts {
    uint64_t at_us; /* when it was written down; 0: nothing was yet */
    uint64_t datagrams_in, bytes_in;
    uint64_t datagrams_out, bytes_out, send_failed;
    uint64_t reads; /* calls that read something */
    uint64_t expected, packets, lost, repaired, repetitions, duplicates;
    uint64_t media_bytes_in; /* of packets: RTP of seats, the first time */
    uint64_t packets_out;    /* RTP, repetitions left out */
    uint64_t frames_out, key_frames_out, plis_in;
    uint64_t unauthentic, unknown_ssrcs;
    uint64_t nacks_out, plis_out;
    uint64_t errors; /* of judged clients' streams: what only the server can have broken */
    uint64_t judged, judged_frames, judged_undecodable, judged_freezes;
    uint64_t socket_drops; /* packets that the generator was too slow to read */
    uint64_t cpu_us, waited_us;
    unsigned connected; /* now */
};

/* How long nothing came of a stream; [0] audio, [1] video. */
struct load_pauses {
    struct histogram longest_us[2]; /* of each stream of who kept the connection */
    struct histogram resumed_us[2]; /* over a replaced connection, stream by stream */
    uint64_t replaced;              /* connections */
    uint64_t absent; /* streams that came before and, at the end, not over the new connection */
};

/* Over the measurement. */
struct load_spread {
    struct client_delays delays;
    struct histogram read_late_us;  /* from the kernel having a datagram to its being read */
    struct histogram timer_late_us; /* from a deadline to the call */
    struct load_pauses pauses;
};

struct load_io_config {
    size_t clients; /* at most */
    bool gro;
};

/* NULL: out of memory, or the system refuses; errno says why. */
struct load_io *load_io_new(const struct load_io_config *config);
int load_io_start(struct load_io *io) __attribute__((warn_unused_result));
/* Waits until it has ended after LOAD_STOPPING. */
void load_io_join(struct load_io *io);
void load_io_free(struct load_io *io); /* accepts NULL */

/* From any thread. Client and answer (from malloc) change hands, whatever the result. 0 or -1. A
 * second client of a peer takes the first one's place. */
int load_io_add(struct load_io *io, struct load_peer *peer, struct client *client, char *answer,
                size_t answer_len) __attribute__((warn_unused_result));
/* Which layers of the camera to send. */
int load_io_publish(struct load_io *io, struct load_peer *peer, unsigned layers)
    __attribute__((warn_unused_result));
void load_io_set_phase(struct load_io *io, enum load_phase phase);

/* As of the last full second; delays of that second alone. */
void load_io_look(struct load_io *io, struct load_counts *counts, struct histogram *delays_us);
/* After load_io_join(). */
const struct load_spread *load_io_spread(const struct load_io *io);

#endif
