#include "test.h"

#include <string.h>

#include "engine/packet.h"
#include "engine/red_split.h"

static const struct negotiated_codec opus = {.codec = CODEC_OPUS, .payload_type = 111};
static const struct negotiated_codec red_codec = {
    .codec = CODEC_RED, .payload_type = 63, .red_payload_type = 111};
static struct arrival parts[RED_MAX_BLOCKS];

static size_t split(const struct red_packet *packet)
{
    static uint8_t bytes[1400];
    struct writer writer = writer_of(bytes, sizeof bytes);
    assert_int_equal(red_write(&writer, packet), 0);
    const struct arrival arrival = {
        .timestamp = 100000,
        .sequence = 1,
        .payload_type = 63,
        .marker = true,
        .audio_level = 30,
        .has_transport_sequence = true,
        .codec = &red_codec,
        .payload = {bytes, writer_len(&writer)},
    };
    return red_split(&arrival, &opus, parts);
}

static struct red_block block(const char *text, uint16_t offset)
{
    return (struct red_block){offset, 111, {(const uint8_t *)text, strlen(text)}};
}

static void what_was_sent_before_comes_first(void **state)
{
    const struct red_packet packet = {
        .blocks = {block("old", 1920), block("older", 960), block("new", 0)}, .count = 3};

    (void)state;
    assert_int_equal(split(&packet), 3);
    assert_int_equal(parts[0].sequence, 0xffff);
    assert_int_equal(parts[0].timestamp, 98080);
    assert_memory_equal(parts[0].payload.bytes, "old", 3);
    assert_true(parts[0].repaired && !parts[0].marker && !parts[0].has_transport_sequence);
    assert_int_equal(parts[0].audio_level, PACKET_NO_LEVEL);
    assert_int_equal(parts[1].sequence, 0);
    assert_int_equal(parts[2].sequence, 1);
    assert_int_equal(parts[2].timestamp, 100000);
    assert_int_equal(parts[2].payload_type, 111);
    assert_ptr_equal(parts[2].codec, &opus);
    assert_false(parts[2].repaired);
    assert_true(parts[2].marker && parts[2].has_transport_sequence);
    assert_int_equal(parts[2].audio_level, 30);
}

/* Offsets that do not fit the numbers, empty blocks, other codecs. */
static void what_makes_no_sense_is_left_out(void **state)
{
    struct red_packet packet = {
        .blocks = {block("a", 960), block("b", 1920), block("c", 5761), block("new", 0)},
        .count = 4};

    (void)state;
    assert_int_equal(split(&packet), 2);
    assert_int_equal(parts[0].sequence, (uint16_t)(1 - 3));
    packet.blocks[0].payload_type = 112;
    packet.blocks[1].timestamp_offset = 0;
    packet.blocks[2].payload.len = 0;
    assert_int_equal(split(&packet), 1);
    assert_memory_equal(parts[0].payload.bytes, "new", 3);
}

static void without_a_primary_there_is_nothing(void **state)
{
    struct red_packet packet = {.blocks = {block("old", 960), block("", 0)}, .count = 2};
    const struct arrival empty = {.codec = &red_codec};

    (void)state;
    assert_int_equal(split(&packet), 0);
    packet.blocks[1] = block("new", 0);
    packet.blocks[1].payload_type = 9;
    assert_int_equal(split(&packet), 0);
    assert_int_equal(red_split(&empty, &opus, parts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sent_before_comes_first),
        cmocka_unit_test(what_makes_no_sense_is_left_out),
        cmocka_unit_test(without_a_primary_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
