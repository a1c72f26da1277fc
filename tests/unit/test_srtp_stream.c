#include "test.h"

#include "engine/srtp_stream.h"

static void streams_are_found_until_the_table_is_full(void **state)
{
    struct srtp_streams table;

    (void)state;
    assert_int_equal(srtp_streams_init(&table, SRTP_MAX_STREAMS), 0);
    /* Steps of 2^16 share the low bits that a plain mask would hash by. */
    for (uint32_t i = 0; i < SRTP_MAX_STREAMS; i++) {
        assert_null(srtp_streams_find(&table, i << 16));
        assert_non_null(srtp_streams_add(&table, i << 16));
    }
    assert_null(srtp_streams_add(&table, 1));
    for (uint32_t i = 0; i < SRTP_MAX_STREAMS; i++)
        assert_int_equal(srtp_streams_find(&table, i << 16)->ssrc, i << 16);
    assert_null(srtp_streams_find(&table, 1));
    srtp_streams_fini(&table);
    srtp_streams_fini(&table);
}

static uint64_t index_of(struct srtp_stream *stream, uint16_t seq)
{
    uint64_t index = 0;

    assert_true(srtp_stream_rtp_index(stream, seq, &index));
    replay_mark(&stream->rtp, index);
    return index;
}

static void the_rollover_counter_follows_wraps_and_reordering(void **state)
{
    struct srtp_stream stream = {0};
    uint64_t index;

    (void)state;
    assert_int_equal(index_of(&stream, 65533), 65533);
    assert_int_equal(index_of(&stream, 2), 0x10002);   /* 65534.. lost */
    assert_int_equal(index_of(&stream, 65535), 65535); /* late, from before the wrap */
    assert_int_equal(index_of(&stream, 3), 0x10003);
    assert_int_equal(index_of(&stream, 30000), 0x10000 + 30000);
    assert_int_equal(index_of(&stream, 60000), 0x10000 + 60000);
    assert_int_equal(index_of(&stream, 1), 0x20001);
    (void)index;
}

static void nothing_lies_before_the_first_lap(void **state)
{
    struct srtp_stream stream = {0};
    uint64_t index;

    (void)state;
    (void)index_of(&stream, 3);
    assert_false(srtp_stream_rtp_index(&stream, 65535, &index));
}

static void the_48_bit_space_ends(void **state)
{
    struct srtp_stream stream = {.rtp = {.newest = SRTP_MAX_RTP_INDEX - 1, .started = true}};
    uint64_t index;

    (void)state;
    assert_true(srtp_stream_rtp_index(&stream, 0xffff, &index));
    assert_int_equal(index, SRTP_MAX_RTP_INDEX);
    assert_false(srtp_stream_rtp_index(&stream, 0, &index));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_found_until_the_table_is_full),
        cmocka_unit_test(the_rollover_counter_follows_wraps_and_reordering),
        cmocka_unit_test(nothing_lies_before_the_first_lap),
        cmocka_unit_test(the_48_bit_space_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
