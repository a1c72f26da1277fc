/* wire/red.h */
#include <string.h>

#include "wire/red.h"
#include "wire/wire.h"
#include "test.h"

static void reads_what_chrome_sends(void **state)
{
    /* Opus (111) of 20 ms ago, 3 bytes, then the primary. */
    static const uint8_t bytes[] = {0xef, 0x0f, 0x00, 0x03, 0x6f, 'o',
                                    'l',  'd',  'n',  'e',  'w',  '!'};
    struct red_packet p;

    (void)state;
    assert_int_equal(red_parse(bytes, sizeof bytes, &p), 0);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.blocks[0].payload_type, 111);
    assert_int_equal(p.blocks[0].timestamp_offset, 960);
    assert_int_equal(p.blocks[0].payload.len, 3);
    assert_memory_equal(p.blocks[0].payload.bytes, "old", 3);
    assert_int_equal(p.blocks[1].payload_type, 111);
    assert_int_equal(p.blocks[1].timestamp_offset, 0);
    assert_int_equal(p.blocks[1].payload.len, 4);
    assert_memory_equal(p.blocks[1].payload.bytes, "new!", 4);
}

static void primary_alone(void **state)
{
    struct red_packet p;

    (void)state;
    assert_int_equal(red_parse((const uint8_t *)"\x6fx", 2, &p), 0);
    assert_true(p.count == 1 && p.blocks[0].payload.len == 1);
    assert_int_equal(red_parse((const uint8_t *)"\x6f", 1, &p), 0);
    assert_true(p.count == 1 && p.blocks[0].payload.len == 0);
}

static void round_trip_of_all_sizes(void **state)
{
    static const uint8_t payload[1023] = {1, 2, 3};
    uint8_t out[1500];

    (void)state;
    for (size_t count = 1; count <= RED_MAX_BLOCKS; count++) {
        struct writer w = writer_of(out, sizeof out);
        struct red_packet in = {.count = count}, got;

        for (size_t i = 0; i < count; i++) {
            in.blocks[i] = (struct red_block){.payload_type = 100,
                                              .timestamp_offset = (uint16_t)(16383 - i),
                                              .payload = {payload, 10 * i}};
        }
        in.blocks[count - 1].timestamp_offset = 0;
        assert_int_equal(red_write(&w, &in), 0);
        assert_int_equal(red_parse(out, writer_len(&w), &got), 0);
        assert_int_equal(got.count, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(got.blocks[i].timestamp_offset, in.blocks[i].timestamp_offset);
            assert_int_equal(got.blocks[i].payload.len, in.blocks[i].payload.len);
            assert_memory_equal(got.blocks[i].payload.bytes, payload, got.blocks[i].payload.len);
        }
    }
}

static void lies_are_refused(void **state)
{
    uint8_t many[64];
    struct red_packet p;

    (void)state;
    memset(many, 0x80, sizeof many);
    assert_int_equal(red_parse(many, sizeof many, &p), WIRE_LIMIT);
    assert_int_equal(red_parse(many, 0, &p), WIRE_TRUNCATED);
    assert_int_equal(red_parse(many, 3, &p), WIRE_TRUNCATED);
    assert_int_equal(red_parse((const uint8_t *)"\xef\x0f\x00\x03\x6fol", 7, &p), WIRE_TRUNCATED);
    assert_int_equal(red_parse(many, 1501, &p), WIRE_OVERSIZE);
}

static void writer_refuses_what_the_fields_cannot_hold(void **state)
{
    static const uint8_t payload[1100];
    uint8_t out[1500];
    struct writer w = writer_of(out, sizeof out);
    struct red_packet p = {.count = 0};

    (void)state;
    assert_int_equal(red_write(&w, &p), WIRE_LIMIT);
    p.count = RED_MAX_BLOCKS + 1;
    assert_int_equal(red_write(&w, &p), WIRE_LIMIT);
    p.count = 2;
    p.blocks[0].payload = (struct span){payload, 1024};
    assert_int_equal(red_write(&w, &p), WIRE_LIMIT);
    p.blocks[0].payload.len = 1;
    p.blocks[0].timestamp_offset = 16384;
    assert_int_equal(red_write(&w, &p), WIRE_LIMIT);
    p.blocks[0].timestamp_offset = 1;
    w = writer_of(out, 5);
    assert_int_equal(red_write(&w, &p), WIRE_NO_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_chrome_sends),
        cmocka_unit_test(primary_alone),
        cmocka_unit_test(round_trip_of_all_sizes),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(writer_refuses_what_the_fields_cannot_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
