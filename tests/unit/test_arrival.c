#include "test.h"

#include <string.h>

#include "engine/arrival.h"
#include "engine/packet.h"
#include "wire/rtp.h"

static const struct rtp_ext_ids ids = {{
    [1] = RTP_EXT_AUDIO_LEVEL,
    [3] = RTP_EXT_TRANSPORT_SEQ,
    [4] = RTP_EXT_MID,
    [5] = RTP_EXT_PLAYOUT_DELAY,
    [10] = RTP_EXT_RID,
    [11] = RTP_EXT_REPAIRED_RID,
    [13] = RTP_EXT_VIDEO_ORIENTATION,
}};

static size_t make(const struct rtp_extension *extensions, size_t count, const char *payload,
                   uint8_t *bytes, size_t size)
{
    struct writer writer = writer_of(bytes, size);
    const struct rtp_header header = {
        .timestamp = 77, .ssrc = 0xabcdef01u, .seq = 500, .payload_type = 96, .marker = true};
    assert_int_equal(rtp_write_header(&writer, &header, extensions, count), 0);
    writer_bytes(&writer, payload, strlen(payload));
    return writer_len(&writer);
}

static void header_and_extensions_are_read_once(void **state)
{
    uint8_t bytes[200];
    const uint8_t level = 0x80 | 30, twcc[] = {0x12, 0x34}, delay[] = {0x00, 0xa0, 0x14},
                  orientation = 1;
    const struct rtp_extension extensions[] = {
        {1, 1, &level},
        {3, 2, twcc},
        {4, 1, (const uint8_t *)"7"},
        {5, 3, delay},
        {10, 1, (const uint8_t *)"h"},
        {13, 1, &orientation},
        {9, 1, &level}, /* not agreed on */
    };
    struct arrival arrival;

    (void)state;
    const size_t len = make(extensions, TEST_COUNT(extensions), "abc", bytes, sizeof bytes);
    assert_int_equal(arrival_parse(bytes, len, &ids, &arrival), 0);
    assert_true(arrival.ssrc == 0xabcdef01u && arrival.sequence == 500);
    assert_true(arrival.timestamp == 77 && arrival.payload_type == 96 && arrival.marker);
    assert_int_equal(arrival.payload.len, 3);
    assert_memory_equal(arrival.payload.bytes, "abc", 3);
    assert_int_equal(arrival.audio_level, 30);
    assert_true(arrival.voice);
    assert_true(arrival.has_transport_sequence);
    assert_int_equal(arrival.transport_sequence, 0x1234);
    assert_int_equal(arrival.mid.len, 1);
    assert_int_equal(arrival.rid.bytes[0], 'h');
    assert_int_equal(arrival.repaired_rid.len, 0);
    assert_int_equal(arrival.orientation, 1);
    assert_true(arrival.has_playout_delay);
    assert_int_equal(arrival.playout_min_ms, 100);
    assert_int_equal(arrival.playout_max_ms, 200);
    assert_false(arrival.repaired);
}

static void what_is_not_there_is_marked(void **state)
{
    uint8_t bytes[200];
    struct arrival arrival;

    (void)state;
    const size_t len = make(NULL, 0, "", bytes, sizeof bytes);
    assert_int_equal(arrival_parse(bytes, len, &ids, &arrival), 0);
    assert_int_equal(arrival.audio_level, PACKET_NO_LEVEL);
    assert_int_equal(arrival.orientation, PACKET_NO_ORIENTATION);
    assert_false(arrival.has_playout_delay || arrival.has_transport_sequence);
    assert_int_equal(arrival.payload.len, 0);
    assert_int_equal(arrival_parse(bytes, 11, &ids, &arrival), -1);
    bytes[0] = 0x40;
    assert_int_equal(arrival_parse(bytes, len, &ids, &arrival), -1);
}

/* RFC 4588 4: the original number, then the original payload. */
static void rtx_is_unwrapped(void **state)
{
    uint8_t bytes[200];
    struct arrival arrival;

    (void)state;
    size_t len = make(NULL, 0, "\x12\x34xyz", bytes, sizeof bytes);
    assert_int_equal(arrival_parse(bytes, len, &ids, &arrival), 0);
    assert_int_equal(arrival_unwrap(&arrival), 0);
    assert_true(arrival.repaired);
    assert_int_equal(arrival.sequence, 0x1234);
    assert_int_equal(arrival.payload.len, 3);
    assert_memory_equal(arrival.payload.bytes, "xyz", 3);
    len = make(NULL, 0, "\x12\x34", bytes, sizeof bytes);
    assert_int_equal(arrival_parse(bytes, len, &ids, &arrival), 0);
    assert_int_equal(arrival_unwrap(&arrival), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_and_extensions_are_read_once),
        cmocka_unit_test(what_is_not_there_is_marked),
        cmocka_unit_test(rtx_is_unwrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
