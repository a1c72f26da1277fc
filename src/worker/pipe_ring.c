/* A frame lies in one piece: four bytes of length, its bytes, up to a multiple of eight. Where the
 * rest of the ring is too short for one, a length of SKIP says so. */
#include "worker/pipe_ring.h"

#include <stdatomic.h>
#include <string.h>

#define LENGTH_BYTES 4u
#define SKIP         UINT32_MAX

static uint64_t place_of(uint64_t at)
{
    return at & (PIPE_RING_BYTES - 1u);
}

static uint64_t room_of(size_t len)
{
    return (LENGTH_BYTES + (uint64_t)len + 7u) & ~UINT64_C(7);
}

struct pipe_writer pipe_writer_of(struct pipe_ring *ring)
{
    return (struct pipe_writer){ring, ring ? atomic_load(&ring->written) & ~UINT64_C(7) : 0};
}

struct pipe_reader pipe_reader_of(struct pipe_ring *ring)
{
    return (struct pipe_reader){ring, ring ? atomic_load(&ring->taken) & ~UINT64_C(7) : 0};
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_length(const struct pipe_writer *writer, uint32_t len)
{
    memcpy(writer->ring->bytes + place_of(writer->at), &len, sizeof len);
}

/* Of what the reader has taken; a reader that says nonsense leaves no room. */
static bool has_room(const struct pipe_writer *writer, uint64_t needed)
{
    const uint64_t taken = atomic_load_explicit(&writer->ring->taken, memory_order_acquire);
    const uint64_t used = writer->at - taken;
    return used <= PIPE_RING_BYTES && PIPE_RING_BYTES - used >= needed;
}

bool pipe_push(struct pipe_writer *writer, const uint8_t *bytes, size_t len)
{
    if (!writer->ring || len == 0 || len > PIPE_FRAME_BYTES)
        return false;
    const uint64_t to_end = PIPE_RING_BYTES - place_of(writer->at);
    const bool wraps = to_end < room_of(len);
    if (!has_room(writer, room_of(len) + (wraps ? to_end : 0)))
        return false;
    if (wraps) {
        put_length(writer, SKIP);
        writer->at += to_end;
    }
    put_length(writer, (uint32_t)len);
    memcpy(writer->ring->bytes + place_of(writer->at) + LENGTH_BYTES, bytes, len);
    writer->at += room_of(len);
    return true;
}

bool pipe_publish(struct pipe_writer *writer)
{
    if (!writer->ring)
        return false;
    /* In one order for both: either the reader sees what is new, or we see that it had taken all.
     */
    const uint64_t before = atomic_load_explicit(&writer->ring->written, memory_order_relaxed);
    if (before == writer->at)
        return false;
    atomic_store(&writer->ring->written, writer->at);
    return atomic_load(&writer->ring->taken) == before;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void move_to(struct pipe_reader *reader, uint64_t at)
{
    reader->at = at;
    atomic_store(&reader->ring->taken, at);
}

/* 0: nothing there, or nonsense, and then the ring is empty now. */
static size_t next_length(struct pipe_reader *reader)
{
    const uint64_t written = atomic_load(&reader->ring->written);
    for (;;) {
        const uint64_t there = written - reader->at;
        uint32_t len;
        if (there == 0)
            return 0;
        if (there > PIPE_RING_BYTES || there % 8u != 0)
            break;
        memcpy(&len, reader->ring->bytes + place_of(reader->at), sizeof len);
        const uint64_t to_end = PIPE_RING_BYTES - place_of(reader->at);
        if (len == SKIP && to_end <= there && place_of(reader->at) != 0) {
            move_to(reader, reader->at + to_end);
            continue;
        }
        if (len == 0 || len > PIPE_FRAME_BYTES || room_of(len) > there || room_of(len) > to_end)
            break;
        return len;
    }
    move_to(reader, written & ~UINT64_C(7));
    return 0;
}

size_t pipe_pop(struct pipe_reader *reader, uint8_t *out, size_t size)
{
    const size_t len = reader->ring ? next_length(reader) : 0;
    if (len == 0 || len > size)
        return 0;
    memcpy(out, reader->ring->bytes + place_of(reader->at) + LENGTH_BYTES, len);
    move_to(reader, reader->at + room_of(len));
    return len;
}
