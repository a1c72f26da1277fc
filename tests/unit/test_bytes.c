/* base/bytes.h */
#include <string.h>

#include "base/bytes.h"
#include "test.h"

static const uint8_t counting[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09};

static void reads_network_order(void **state)
{
    struct reader r = reader_of(counting, sizeof counting);

    (void)state;
    assert_int_equal(reader_u8(&r), 0x01);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_u24(&r), 0x040506);
    assert_int_equal(reader_left(&r), 3);
    r = reader_of(counting, sizeof counting);
    assert_true(reader_u64(&r) == 0x0102030405060708u);
    r = reader_of(counting, sizeof counting);
    assert_int_equal(reader_u32(&r), 0x01020304);
    assert_false(r.failed);
}

static void reading_past_the_end_fails_for_good(void **state)
{
    struct reader r = reader_of(counting, 3);

    (void)state;
    assert_int_equal(reader_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(reader_left(&r), 0);
    assert_null(reader_bytes(&r, 1));
    assert_int_equal(reader_rest(&r).len, 0);
}

static void each_width_stops_at_the_end(void **state)
{
    (void)state;
    for (size_t len = 0; len < 8; len++) {
        struct reader r = reader_of(counting, len);

        assert_true(reader_u64(&r) == 0 && r.failed);
        r = reader_of(counting, len);
        (void)reader_u24(&r);
        assert_int_equal(r.failed, len < 3);
        r = reader_of(counting, len);
        (void)reader_u16(&r);
        assert_int_equal(r.failed, len < 2);
        r = reader_of(counting, len);
        (void)reader_u8(&r);
        assert_int_equal(r.failed, len < 1);
    }
}

static void sub_reader_sees_only_its_part(void **state)
{
    struct reader r = reader_of(counting, sizeof counting);
    struct reader part = reader_sub(&r, 2);
    struct reader none;

    (void)state;
    assert_int_equal(reader_u16(&part), 0x0102);
    assert_int_equal(reader_u8(&part), 0);
    assert_true(part.failed);
    assert_int_equal(reader_u8(&r), 0x03);
    none = reader_sub(&r, 100);
    assert_true(none.failed);
    assert_true(r.failed);
}

static void rest_is_a_view(void **state)
{
    struct reader r = reader_of(counting, sizeof counting);
    struct span rest;

    (void)state;
    reader_skip(&r, 4);
    rest = reader_rest(&r);
    assert_ptr_equal(rest.bytes, counting + 4);
    assert_int_equal(rest.len, 5);
    assert_int_equal(reader_left(&r), 0);
}

static void writes_network_order(void **state)
{
    uint8_t out[9];
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    writer_u8(&w, 0x01);
    writer_u16(&w, 0x0203);
    writer_u24(&w, 0x040506);
    writer_bytes(&w, counting + 6, 3);
    assert_int_equal(writer_len(&w), 9);
    assert_memory_equal(out, counting, 9);
    w = writer_of(out, sizeof out);
    writer_u64(&w, 0x0807060504030201u);
    assert_int_equal(out[0], 8);
    writer_zeros(&w, 1);
    assert_int_equal(out[8], 0);
    w = writer_of(out, sizeof out);
    writer_u32(&w, 0xdeadbeef);
    writer_patch_u16(&w, 1, 0x1234);
    assert_memory_equal(out, "\xde\x12\x34\xef", 4);
}

static void writing_past_the_end_fails_and_writes_nothing(void **state)
{
    uint8_t out[4] = {9, 9, 9, 9};
    struct writer w = writer_of(out, 3);

    (void)state;
    writer_u16(&w, 0);
    writer_u16(&w, 0xffff);
    assert_true(w.failed);
    assert_int_equal(writer_len(&w), 0);
    assert_int_equal(writer_left(&w), 0);
    assert_memory_equal(out, "\x00\x00\x09\x09", 4);
    writer_u8(&w, 1);
    assert_int_equal(out[2], 9);
}

static void patch_needs_bytes_written_earlier(void **state)
{
    uint8_t out[4];
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    writer_u16(&w, 1);
    writer_patch_u16(&w, 1, 7);
    assert_true(w.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_network_order),
        cmocka_unit_test(reading_past_the_end_fails_for_good),
        cmocka_unit_test(each_width_stops_at_the_end),
        cmocka_unit_test(sub_reader_sees_only_its_part),
        cmocka_unit_test(rest_is_a_view),
        cmocka_unit_test(writes_network_order),
        cmocka_unit_test(writing_past_the_end_fails_and_writes_nothing),
        cmocka_unit_test(patch_needs_bytes_written_earlier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
