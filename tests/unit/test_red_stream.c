#include "test.h"

#include <string.h>

#include "engine/red_stream.h"
#include "wire/red.h"

static struct packet_store store;
static struct packet_ring ring;

static struct packet *put(uint32_t seq, uint32_t timestamp, size_t len)
{
    struct packet *packet = packet_ring_put(&ring, &store, seq, len, 1000000);
    assert_non_null(packet);
    packet->timestamp = timestamp;
    packet->payload_len = (uint16_t)len;
    memset(packet->bytes, (int)(seq & 0xff), len);
    return packet;
}

static void set_up(void)
{
    assert_int_equal(packet_store_init(&store, 2), 0);
    assert_int_equal(packet_store_grow(&store, 64, 64), 0);
    assert_int_equal(packet_ring_init(&ring, 64), 0);
}

static void tear_down(void)
{
    packet_ring_fini(&ring, &store);
    packet_store_fini(&store);
}

static struct red_packet written(const struct red_frames *frames, const struct packet *packet)
{
    static uint8_t bytes[1400];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct red_packet red;
    assert_int_equal(red_stream_write(frames, packet, 111, &writer), 0);
    assert_int_equal(red_parse(bytes, writer_len(&writer), &red), 0);
    return red;
}

static void the_frames_before_go_along(void **state)
{
    struct red_stream red = {0};
    struct red_frames frames;

    (void)state;
    set_up();
    for (uint32_t i = 0; i < 5; i++)
        (void)put(100 + i, 960 * i, 50 + i);
    const struct packet *newest = packet_ring_find(&ring, 104);
    red_stream_gather(&red, &ring, newest, 100, 0, &frames);
    assert_int_equal(frames.count, 0);
    red_stream_gather(&red, &ring, newest, 100, 2, &frames);
    assert_int_equal(frames.count, 2);
    const struct red_packet packet = written(&frames, newest);
    assert_int_equal(packet.count, 3);
    assert_int_equal(packet.blocks[0].timestamp_offset, 1920);
    assert_int_equal(packet.blocks[0].payload.len, 52);
    assert_int_equal(packet.blocks[0].payload.bytes[0], 102);
    assert_int_equal(packet.blocks[1].timestamp_offset, 960);
    assert_int_equal(packet.blocks[2].payload.len, 54);
    assert_int_equal(packet.blocks[2].payload_type, 111);
    /* Not from before the viewer's stretch of this source; not what was lost. */
    red_stream_gather(&red, &ring, newest, 103, 2, &frames);
    assert_int_equal(frames.count, 1);
    (void)put(106, 960 * 6, 10);
    red_stream_gather(&red, &ring, packet_ring_find(&ring, 106), 100, 2, &frames);
    assert_int_equal(frames.count, 1);
    assert_int_equal(frames.at[0]->seq, 104);
    tear_down();
}

/* RFC 2198: 14 bits of offset, 10 bits of length. */
static void what_red_cannot_say_is_left_out(void **state)
{
    struct red_stream red = {0};
    struct red_frames frames;

    (void)state;
    set_up();
    (void)put(1, 0, 50);
    struct packet *long_one = put(2, 16384 - 960, 1024);
    struct packet *newest = put(3, 16384, 50);
    red_stream_gather(&red, &ring, newest, 1, 2, &frames);
    assert_int_equal(frames.count, 0);
    /* Too much for one packet, though each would fit. */
    newest->timestamp = 16383;
    long_one->payload_len = 960;
    red_stream_gather(&red, &ring, newest, 1, 2, &frames);
    assert_int_equal(frames.count, 1);
    assert_int_equal(frames.at[0]->seq, 1);
    const struct red_packet packet = written(&frames, newest);
    assert_int_equal(packet.blocks[0].timestamp_offset, 16383);
    /* A clock that runs backwards. */
    newest->timestamp = 0xfffff000;
    red_stream_gather(&red, &ring, newest, 1, 2, &frames);
    assert_int_equal(frames.count, 0);
    tear_down();
}

static void what_the_viewer_misses_comes_with_the_next(void **state)
{
    struct red_stream red = {0};
    struct red_frames frames;

    (void)state;
    set_up();
    for (uint32_t i = 0; i < 20; i++)
        (void)put(100 + i, 960 * i, 50);
    assert_true(red_stream_ask(&red, &ring, 118));
    assert_true(red_stream_ask(&red, &ring, 110));
    assert_true(red_stream_ask(&red, &ring, 110));
    assert_false(red_stream_ask(&red, &ring, 99));
    assert_false(red_stream_ask(&red, &ring, 101)); /* too long ago */
    const struct packet *newest = put(120, 960 * 20, 50);
    red_stream_gather(&red, &ring, newest, 100, 1, &frames);
    assert_int_equal(frames.count, 3);
    assert_int_equal(frames.at[0]->seq, 110);
    assert_int_equal(frames.at[1]->seq, 118);
    assert_int_equal(frames.at[2]->seq, 119);
    assert_int_equal(written(&frames, newest).blocks[0].timestamp_offset, 9600);
    /* Once. */
    red_stream_gather(&red, &ring, newest, 100, 0, &frames);
    assert_int_equal(frames.count, 0);
    /* What goes along anyway goes along once; too many wishes are not kept. */
    for (uint32_t i = 0; i < RED_STREAM_ASKED; i++)
        assert_true(red_stream_ask(&red, &ring, 119 - i));
    assert_false(red_stream_ask(&red, &ring, 109));
    red_stream_gather(&red, &ring, newest, 100, 2, &frames);
    assert_int_equal(frames.count, RED_STREAM_FRAMES);
    assert_int_equal(frames.at[0]->seq, 111);
    assert_int_equal(written(&frames, newest).count, RED_STREAM_FRAMES + 1);
    /* What found no room comes with the packet after it. */
    red_stream_gather(&red, &ring, newest, 100, 0, &frames);
    assert_int_equal(frames.count, 1);
    assert_int_equal(frames.at[0]->seq, 110);
    red_stream_gather(&red, &ring, newest, 100, 0, &frames);
    assert_int_equal(frames.count, 0);
    tear_down();
}

static void no_room_is_an_error(void **state)
{
    struct red_frames frames = {0};
    uint8_t bytes[8];
    struct writer writer = writer_of(bytes, sizeof bytes);

    (void)state;
    set_up();
    assert_int_equal(red_stream_write(&frames, put(1, 0, 50), 111, &writer), -1);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frames_before_go_along),
        cmocka_unit_test(what_red_cannot_say_is_left_out),
        cmocka_unit_test(what_the_viewer_misses_comes_with_the_next),
        cmocka_unit_test(no_room_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
