/* wire/pipe_frame.c */
#include "wire/pipe_frame.h"

#include <string.h>

#include "test.h"
#include "wire/wire.h"

static void a_frame_is_read_as_written(void **state)
{
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct pipe_frame frame;

    (void)state;
    pipe_frame_write(&writer, &(struct pipe_frame){.kind = PIPE_NEED, .room = 7, .participant = 9});
    pipe_write_need(&writer, &(struct pipe_need){2, 3});
    assert_int_equal(writer_len(&writer), PIPE_FRAME_HEADER_BYTES + 2);
    assert_int_equal(pipe_frame_parse(bytes, writer_len(&writer), &frame), 0);
    assert_true(frame.kind == PIPE_NEED && frame.room == 7 && frame.participant == 9);
    struct pipe_need need;
    assert_int_equal(pipe_read_need(frame.body, &need), 0);
    assert_true(need.source == 2 && need.layers == 3);
    for (size_t len = 0; len < PIPE_FRAME_HEADER_BYTES; len++)
        assert_int_equal(pipe_frame_parse(bytes, len, &frame), WIRE_TRUNCATED);
    bytes[0] = 0;
    assert_int_equal(pipe_frame_parse(bytes, 26, &frame), WIRE_MALFORMED);
    bytes[0] = PIPE_NEED + 1;
    assert_int_equal(pipe_frame_parse(bytes, 26, &frame), WIRE_MALFORMED);
}

static void a_full_state_is_read_as_written(void **state)
{
    static uint8_t bytes[PIPE_STATE_BYTES + 1];
    static struct pipe_state told, read;
    struct writer writer = writer_of(bytes, PIPE_STATE_BYTES);

    (void)state;
    told.count = PIPE_MAX_PUBLISHERS;
    for (size_t i = 0; i < told.count; i++)
        told.publishers[i] = (struct pipe_publisher){i + 1, ~i, (uint32_t)i, (uint8_t)(i & 15u)};
    pipe_write_state(&writer, &told);
    assert_int_equal(writer_len(&writer), PIPE_STATE_BYTES);
    assert_int_equal(pipe_read_state((struct span){bytes, PIPE_STATE_BYTES}, &read), 0);
    assert_int_equal(read.count, told.count);
    for (size_t i = 0; i < told.count; i++)
        assert_memory_equal(&read.publishers[i], &told.publishers[i], sizeof told.publishers[i]);
    assert_int_equal(pipe_read_state((struct span){bytes, PIPE_STATE_BYTES - 1}, &read),
                     WIRE_TRUNCATED);
    assert_int_equal(pipe_read_state((struct span){bytes, PIPE_STATE_BYTES + 1}, &read),
                     WIRE_MALFORMED);
    bytes[1]++;
    assert_int_equal(pipe_read_state((struct span){bytes, sizeof bytes}, &read), WIRE_LIMIT);
    assert_int_equal(read.count, 0);
}

static void an_offer_is_read_as_written(void **state)
{
    uint8_t bytes[256];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const struct pipe_offer told = {
        .leg = 5,
        .version = 6,
        .sources = {{"0", 0}, {"a long mid with 31 characters..", 1}},
        .source_count = 2,
        .sdp = {(const uint8_t *)"v=0", 3},
    };
    struct pipe_offer read;

    (void)state;
    pipe_write_offer(&writer, &told);
    const size_t len = writer_len(&writer);
    assert_int_equal(pipe_read_offer((struct span){bytes, len}, &read), 0);
    assert_true(read.leg == 5 && read.version == 6 && read.source_count == 2);
    assert_string_equal(read.sources[1].mid, told.sources[1].mid);
    assert_int_equal(read.sources[1].source, 1);
    assert_true(read.sdp.len == 3 && memcmp(read.sdp.bytes, "v=0", 3) == 0);
    for (size_t cut = 0; cut < len - 3; cut++)
        assert_int_equal(pipe_read_offer((struct span){bytes, cut}, &read), WIRE_TRUNCATED);
    bytes[12] = PIPE_MAX_SOURCES + 1;
    assert_int_equal(pipe_read_offer((struct span){bytes, len}, &read), WIRE_LIMIT);
    bytes[12] = 2;
    bytes[14] = PIPE_MAX_MID_BYTES + 1;
    assert_int_equal(pipe_read_offer((struct span){bytes, len}, &read), WIRE_LIMIT);
    bytes[14] = 1;
    bytes[15] = 0;
    assert_int_equal(pipe_read_offer((struct span){bytes, len}, &read), WIRE_MALFORMED);
}

static void a_key_frame_request_is_read_as_written(void **state)
{
    uint8_t bytes[4] = {0};
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct pipe_keyframe read;

    (void)state;
    pipe_write_keyframe(&writer, &(struct pipe_keyframe){1, 2, 3});
    assert_int_equal(pipe_read_keyframe((struct span){bytes, 3}, &read), 0);
    assert_true(read.source == 1 && read.layer == 2 && read.why == 3);
    assert_int_equal(pipe_read_keyframe((struct span){bytes, 2}, &read), WIRE_TRUNCATED);
    assert_int_equal(pipe_read_keyframe((struct span){bytes, 4}, &read), WIRE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_read_as_written),
        cmocka_unit_test(a_full_state_is_read_as_written),
        cmocka_unit_test(an_offer_is_read_as_written),
        cmocka_unit_test(a_key_frame_request_is_read_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
