/* One direction between two workers: frames in shared memory, one writer, one reader, no lock and
 * no system call. Neither trusts the other: what the reader finds is checked, copied out and then
 * looked at; nonsense empties the ring. */
#ifndef PARLEY_WORKER_PIPE_RING_H
#define PARLEY_WORKER_PIPE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of frames, a power of two: some 40 ms of what 128 publishers may send. */
#define PIPE_RING_BYTES  (2u << 20)
#define PIPE_FRAME_BYTES (96u << 10) /* one frame at most */

/* As it lies in the memory that both map; zeroed: empty. */
struct pipe_ring {
    _Alignas(64) _Atomic uint64_t written; /* bytes ever, by the writer */
    _Alignas(64) _Atomic uint64_t taken;   /* by the reader */
    _Alignas(64) uint8_t bytes[PIPE_RING_BYTES];
};

struct pipe_writer {
    struct pipe_ring *ring; /* borrowed; NULL: nobody there */
    uint64_t at;            /* written, and published up to ring->written */
};
struct pipe_reader {
    struct pipe_ring *ring;
    uint64_t at;
};

/* Take up where a former process left. */
struct pipe_writer pipe_writer_of(struct pipe_ring *ring);
struct pipe_reader pipe_reader_of(struct pipe_ring *ring);

/* False: no room, or longer than PIPE_FRAME_BYTES, or empty. Not seen by the reader before
 * pipe_publish(). */
bool pipe_push(struct pipe_writer *writer, const uint8_t *bytes, size_t len);
/* True: the reader had taken all there was, and may be asleep: wake it. */
bool pipe_publish(struct pipe_writer *writer);

/* The length of the next frame, copied to out; 0: there is none, or it needs more than size (which
 * empties the ring where size is PIPE_FRAME_BYTES). */
size_t pipe_pop(struct pipe_reader *reader, uint8_t *out, size_t size);

#endif
