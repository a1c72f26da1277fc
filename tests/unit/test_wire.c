/* wire/wire.h */
#include "wire/wire.h"
#include "test.h"

static enum wire_kind kind(uint8_t first, uint8_t second)
{
    uint8_t bytes[2] = {first, second};

    return wire_kind_of(bytes, sizeof bytes);
}

static void first_byte_decides(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        enum wire_kind expected = first < 4                      ? WIRE_STUN
                                  : first >= 20 && first <= 63   ? WIRE_DTLS
                                  : first >= 128 && first <= 191 ? WIRE_RTP
                                                                 : WIRE_UNKNOWN;

        assert_int_equal(kind((uint8_t)first, 0), expected);
    }
}

static void second_byte_tells_rtcp(void **state)
{
    (void)state;
    assert_int_equal(kind(0x80, 191), WIRE_RTP);
    assert_int_equal(kind(0x80, 192), WIRE_RTCP);
    assert_int_equal(kind(0x80, 200), WIRE_RTCP);
    assert_int_equal(kind(0x80, 223), WIRE_RTCP);
    assert_int_equal(kind(0x80, 224), WIRE_RTP);
    assert_int_equal(kind(0x80, 111), WIRE_RTP);
    assert_int_equal(kind(0x80, 0x80 | 111), WIRE_RTP);
}

static void too_short_is_nothing(void **state)
{
    uint8_t byte = 0x80;

    (void)state;
    assert_int_equal(wire_kind_of(&byte, 1), WIRE_UNKNOWN);
    assert_int_equal(wire_kind_of(NULL, 0), WIRE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_byte_decides),
        cmocka_unit_test(second_byte_tells_rtcp),
        cmocka_unit_test(too_short_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
