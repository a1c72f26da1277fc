/* wire/frame.h */
#include <string.h>

#include "base/rng.h"
#include "wire/frame.h"
#include "test.h"

static uint8_t buffer[FRAME_BUFFER_BYTES];

static void feed(struct frame_reader *reader, const void *bytes, size_t len)
{
    size_t room_len;
    uint8_t *room = frame_room(reader, &room_len);

    assert_true(len <= room_len);
    memcpy(room, bytes, len);
    frame_fill(reader, len);
}

static void frames_come_out_whole_and_in_order(void **state)
{
    struct frame_reader reader;
    uint8_t *bytes;
    size_t len;

    (void)state;
    frame_reader_init(&reader, buffer, sizeof buffer);
    assert_int_equal(frame_next(&reader, &bytes, &len), 0);
    feed(&reader, "\0\3abc\0\0\0\2de\0", 12);
    assert_int_equal(frame_next(&reader, &bytes, &len), 1);
    assert_true(len == 3 && memcmp(bytes, "abc", 3) == 0);
    assert_int_equal(frame_next(&reader, &bytes, &len), 1);
    assert_true(len == 2 && memcmp(bytes, "de", 2) == 0);
    assert_int_equal(frame_next(&reader, &bytes, &len), 0);
    feed(&reader, "\1f", 2);
    assert_int_equal(frame_next(&reader, &bytes, &len), 1);
    assert_true(len == 1 && bytes[0] == 'f');
}

static void oversize_frame_ends_the_stream(void **state)
{
    struct frame_reader reader;
    uint8_t *bytes;
    size_t len;

    (void)state;
    frame_reader_init(&reader, buffer, sizeof buffer);
    feed(&reader, "\x05\xdd", 2); /* 1501 */
    assert_int_equal(frame_next(&reader, &bytes, &len), WIRE_OVERSIZE);
    assert_int_equal(frame_next(&reader, &bytes, &len), WIRE_OVERSIZE);
}

static void largest_frame_fits_the_smallest_buffer(void **state)
{
    struct frame_reader reader;
    uint8_t *bytes;
    size_t len;

    (void)state;
    frame_reader_init(&reader, buffer, sizeof buffer);
    feed(&reader, "\x05\xdc", 2);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(frame_next(&reader, &bytes, &len), 0);
        feed(&reader, "x", 1);
    }
    assert_int_equal(frame_next(&reader, &bytes, &len), 1);
    assert_int_equal(len, 1500);
    (void)frame_room(&reader, &len);
    assert_int_equal(len, sizeof buffer);
}

/* A long stream, delivered in pieces of any size, gives back exactly its frames. */
static void any_pieces_give_the_same_frames(void **state)
{
    static uint8_t stream[60000];
    struct frame_reader reader;
    struct rng rng;
    size_t written = 0, fed = 0, checked = 0;

    (void)state;
    rng_init(&rng, 5, 5);
    while (written + FRAME_BUFFER_BYTES < sizeof stream) {
        size_t len = rng_below(&rng, 4) == 0 ? rng_below(&rng, 1501) : rng_below(&rng, 4);

        frame_put_header(stream + written, len);
        rng_bytes(&rng, stream + written + 2, len);
        written += 2 + len;
    }
    frame_reader_init(&reader, buffer, sizeof buffer);
    while (fed < written) {
        size_t room_len, len;
        uint8_t *room = frame_room(&reader, &room_len), *bytes;
        size_t piece = 1 + rng_below(&rng, (uint32_t)room_len);

        assert_true(room_len > 0);
        piece = piece < written - fed ? piece : written - fed;
        memcpy(room, stream + fed, piece);
        frame_fill(&reader, piece);
        fed += piece;
        while (frame_next(&reader, &bytes, &len) == 1) {
            while (stream[checked] == 0 && stream[checked + 1] == 0)
                checked += 2;
            assert_int_equal(len, stream[checked] << 8 | stream[checked + 1]);
            assert_memory_equal(bytes, stream + checked + 2, len);
            checked += 2 + len;
        }
    }
    while (checked < written && stream[checked] == 0 && stream[checked + 1] == 0)
        checked += 2;
    assert_int_equal(checked, written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_whole_and_in_order),
        cmocka_unit_test(oversize_frame_ends_the_stream),
        cmocka_unit_test(largest_frame_fits_the_smallest_buffer),
        cmocka_unit_test(any_pieces_give_the_same_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
