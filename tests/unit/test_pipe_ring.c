/* worker/pipe_ring.c */
#include "worker/pipe_ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "test.h"

static struct pipe_ring *make_ring(void)
{
    struct pipe_ring *ring = aligned_alloc(64, sizeof *ring);
    assert_non_null(ring);
    memset(ring, 0, sizeof *ring);
    return ring;
}

static void frames_come_out_as_they_went_in(void **state)
{
    static uint8_t in[PIPE_FRAME_BYTES], out[PIPE_FRAME_BYTES];
    struct pipe_ring *ring = make_ring();
    struct pipe_writer writer = pipe_writer_of(ring);
    struct pipe_reader reader = pipe_reader_of(ring);
    struct rng rng;
    uint64_t total = 0;

    (void)state;
    rng_init(&rng, 1, 2);
    /* Many times around, at every offset there is. */
    for (unsigned i = 0; total < 20 * (uint64_t)PIPE_RING_BYTES; i++) {
        const uint64_t draw = rng_u64(&rng);
        const size_t len = 1 + (size_t)(draw % (draw >> 40 & 15u ? 1500 : PIPE_FRAME_BYTES));
        memset(in, (int)(i & 0xffu), len);
        assert_true(pipe_push(&writer, in, len));
        assert_int_equal(pipe_pop(&reader, out, sizeof out), 0); /* not published */
        assert_true(pipe_publish(&writer));
        assert_int_equal(pipe_pop(&reader, out, sizeof out), len);
        assert_memory_equal(in, out, len);
        total += len;
    }
    assert_int_equal(pipe_pop(&reader, out, sizeof out), 0);
    free(ring);
}

static void a_full_ring_refuses(void **state)
{
    static uint8_t bytes[1000], out[PIPE_FRAME_BYTES];
    struct pipe_ring *ring = make_ring();
    struct pipe_writer writer = pipe_writer_of(ring);
    struct pipe_reader reader = pipe_reader_of(ring);
    unsigned pushed = 0, popped = 0;

    (void)state;
    assert_false(pipe_push(&writer, bytes, 0));
    assert_false(pipe_push(&writer, bytes, PIPE_FRAME_BYTES + 1));
    while (pipe_push(&writer, bytes, sizeof bytes))
        pushed++;
    assert_in_range(pushed, PIPE_RING_BYTES / 1008 - 1, PIPE_RING_BYTES / 1008);
    assert_true(pipe_publish(&writer));
    assert_false(pipe_publish(&writer));
    while (pipe_pop(&reader, out, sizeof out) == sizeof bytes)
        popped++;
    assert_int_equal(popped, pushed);
    assert_true(pipe_push(&writer, bytes, sizeof bytes));
    free(ring);
}

/* Only a reader that had taken everything needs to be woken. */
static void a_reader_that_is_busy_is_not_woken(void **state)
{
    static uint8_t out[PIPE_FRAME_BYTES];
    struct pipe_ring *ring = make_ring();
    struct pipe_writer writer = pipe_writer_of(ring);
    struct pipe_reader reader = pipe_reader_of(ring);

    (void)state;
    assert_true(pipe_push(&writer, (const uint8_t *)"one", 3) && pipe_publish(&writer));
    assert_true(pipe_push(&writer, (const uint8_t *)"two", 3));
    assert_false(pipe_publish(&writer));
    /* Too long for what the caller has left: it stays. */
    assert_int_equal(pipe_pop(&reader, out, 2), 0);
    assert_int_equal(pipe_pop(&reader, out, sizeof out), 3);
    assert_int_equal(pipe_pop(&reader, out, sizeof out), 3);
    assert_memory_equal(out, "two", 3);
    assert_true(pipe_push(&writer, (const uint8_t *)"three", 5) && pipe_publish(&writer));
    free(ring);
}

static void a_new_process_goes_on_where_the_former_was(void **state)
{
    static uint8_t out[PIPE_FRAME_BYTES];
    struct pipe_ring *ring = make_ring();
    struct pipe_writer writer = pipe_writer_of(ring);
    struct pipe_reader reader = pipe_reader_of(ring);

    (void)state;
    assert_true(pipe_push(&writer, (const uint8_t *)"one", 3) && pipe_publish(&writer));
    /* It died before this was published. */
    assert_true(pipe_push(&writer, (const uint8_t *)"two", 3));
    writer = pipe_writer_of(ring);
    assert_true(pipe_push(&writer, (const uint8_t *)"three", 5));
    assert_false(pipe_publish(&writer));
    assert_int_equal(pipe_pop(&reader, out, sizeof out), 3);
    reader = pipe_reader_of(ring);
    assert_int_equal(pipe_pop(&reader, out, sizeof out), 5);
    assert_memory_equal(out, "three", 5);
    free(ring);
}

/* Whatever the other side writes into the memory: nothing is read beyond it, and it ends. */
static void nonsense_empties_the_ring(void **state)
{
    static uint8_t out[PIPE_FRAME_BYTES];
    struct pipe_ring *ring = make_ring();
    struct rng rng;

    (void)state;
    rng_init(&rng, 3, 4);
    for (unsigned i = 0; i < 20000; i++) {
        struct pipe_reader reader = pipe_reader_of(ring);
        const uint64_t draw = rng_u64(&rng);
        const uint32_t length = (uint32_t)(draw & 1u ? draw >> 32 : UINT32_MAX - (draw >> 62));
        memcpy(ring->bytes + (reader.at & (PIPE_RING_BYTES - 1u)), &length, sizeof length);
        ring->written = draw & 2u ? reader.at + (draw >> 44) : draw;
        unsigned frames = 0;
        while (pipe_pop(&reader, out, sizeof out) > 0)
            assert_true(++frames < PIPE_RING_BYTES / 8);
        assert_int_equal(reader.at % 8u, 0);
        struct pipe_writer writer = pipe_writer_of(ring);
        ring->taken = draw & 4u ? draw : reader.at;
        (void)pipe_push(&writer, out, 1000);
        ring->taken = reader.at;
    }
    free(ring);
}

static void nobody_there_is_no_ring(void **state)
{
    struct pipe_writer writer = pipe_writer_of(NULL);
    struct pipe_reader reader = pipe_reader_of(NULL);
    uint8_t out[8] = {0};

    (void)state;
    assert_false(pipe_push(&writer, out, sizeof out) || pipe_publish(&writer));
    assert_int_equal(pipe_pop(&reader, out, sizeof out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_as_they_went_in),
        cmocka_unit_test(a_full_ring_refuses),
        cmocka_unit_test(a_reader_that_is_busy_is_not_woken),
        cmocka_unit_test(a_new_process_goes_on_where_the_former_was),
        cmocka_unit_test(nonsense_empties_the_ring),
        cmocka_unit_test(nobody_there_is_no_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
