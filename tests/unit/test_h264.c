/* wire/h264.h */
#include "wire/h264.h"
#include "wire/wire.h"
#include "test.h"

static struct h264_payload parsed(const void *bytes, size_t len)
{
    struct h264_payload p;

    assert_int_equal(h264_parse(bytes, len, &p), 0);
    return p;
}

static void single_units(void **state)
{
    struct h264_payload p = parsed("\x65\x88", 2);

    (void)state;
    assert_true(p.idr && p.key_frame && !p.sps && p.ref_idc == 3);
    p = parsed("\x67\x42", 2);
    assert_true(p.sps && p.key_frame && !p.idr);
    p = parsed("\x68\xce", 2);
    assert_true(p.pps && !p.key_frame);
    p = parsed("\x41\x9a", 2);
    assert_true(!p.key_frame && p.ref_idc == 2);
    p = parsed("\x01\x9a", 2);
    assert_int_equal(p.ref_idc, 0);
}

static void aggregates(void **state)
{
    /* SPS (3 bytes), PPS (2), IDR (1); then one of non-key units. */
    struct h264_payload p = parsed("\x78\0\3\x67\x42\x00\0\2\x68\xce\0\1\x65", 13);

    (void)state;
    assert_true(p.sps && p.pps && p.idr && p.key_frame);
    p = parsed("\x58\0\1\x06\0\2\x41\x9a", 8);
    assert_false(p.key_frame);
}

static void fragments_count_only_at_their_start(void **state)
{
    (void)state;
    assert_true(parsed("\x7c\x85\x11", 3).idr);
    assert_false(parsed("\x7c\x05\x11", 3).key_frame);
    assert_false(parsed("\x7c\x45\x11", 3).key_frame);
    assert_false(parsed("\x5c\x81\x11", 3).key_frame);
    assert_true(parsed("\x7c\x87\x11", 3).sps);
}

static void lies_are_refused(void **state)
{
    uint8_t big[1501] = {0x65};
    struct h264_payload p;

    (void)state;
    assert_int_equal(h264_parse(big, 0, &p), WIRE_TRUNCATED);
    assert_int_equal(h264_parse(big, sizeof big, &p), WIRE_OVERSIZE);
    assert_int_equal(h264_parse((const uint8_t *)"\x7c", 1, &p), WIRE_TRUNCATED);
    assert_int_equal(h264_parse((const uint8_t *)"\x78\0\3\x67\x42", 5, &p), WIRE_TRUNCATED);
    assert_int_equal(h264_parse((const uint8_t *)"\x78\0\0", 3, &p), WIRE_TRUNCATED);
    assert_int_equal(h264_parse((const uint8_t *)"\x78\0", 2, &p), WIRE_TRUNCATED);
    /* STAP-B, MTAP, FU-B and the reserved types */
    for (uint8_t type = 25; type < 32; type++) {
        uint8_t bytes[3] = {type, 0x80, 0};

        assert_int_equal(h264_parse(bytes, 3, &p), type == 28 ? 0 : WIRE_MALFORMED);
    }
    assert_int_equal(h264_parse((const uint8_t *)"\0", 1, &p), WIRE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_units),
        cmocka_unit_test(aggregates),
        cmocka_unit_test(fragments_count_only_at_their_start),
        cmocka_unit_test(lies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
