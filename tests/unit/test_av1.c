/* wire/av1.h */
#include "wire/av1.h"
#include "wire/wire.h"
#include "test.h"

static struct av1_payload parsed(const void *bytes, size_t len)
{
    struct av1_payload p;

    assert_int_equal(av1_parse(bytes, len, &p), 0);
    return p;
}

static void new_sequence_starts_decoding(void **state)
{
    /* W = 1, N: one element, a sequence header OBU (type 1). */
    struct av1_payload p = parsed("\x18\x0a\x01", 3);

    (void)state;
    assert_true(p.new_sequence && p.sequence_header && p.key_frame && !p.continues);
    p = parsed("\x50\x32\x01", 3); /* Y, W = 1: a frame OBU (type 6) that goes on */
    assert_true(p.unfinished && !p.key_frame);
}

static void finds_the_sequence_header_among_elements(void **state)
{
    (void)state;
    /* W = 2: temporal delimiter-like element of 1 byte, then the sequence header. */
    assert_true(parsed("\x20\x01\x12\x0a\x00", 5).sequence_header);
    /* W = 0: all have lengths; frame (2 bytes), sequence header (1). */
    assert_true(parsed("\x00\x02\x32\x00\x01\x08", 6).sequence_header);
    assert_false(parsed("\x00\x02\x32\x00\x01\x30", 6).sequence_header);
    /* An empty element is passed over. */
    assert_true(parsed("\x00\x00\x01\x08", 4).sequence_header);
}

static void continued_element_has_no_header_to_read(void **state)
{
    struct av1_payload p = parsed("\x90\x0a\x00", 3);

    (void)state;
    assert_true(p.continues && !p.sequence_header && !p.key_frame);
}

static void lies_are_refused(void **state)
{
    static const char *const bad[] = {
        "\x98\x0a\x00",                                 /* Z and N */
        "\x20\x05\x12",                                 /* element beyond the end */
        "\x00\xff\xff",                                 /* length that does not end */
        "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", /* endless */
        "\x00\xff\xff\xff\xff\xff\x01",                 /* over 32 bits */
    };
    static const size_t lens[] = {3, 3, 3, 11, 7};
    uint8_t big[1501] = {0};
    struct av1_payload p;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_int_equal(av1_parse((const uint8_t *)bad[i], lens[i], &p), WIRE_MALFORMED);
    assert_int_equal(av1_parse(big, 0, &p), WIRE_TRUNCATED);
    assert_int_equal(av1_parse(big, sizeof big, &p), WIRE_OVERSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_sequence_starts_decoding),
        cmocka_unit_test(finds_the_sequence_header_among_elements),
        cmocka_unit_test(continued_element_has_no_header_to_read),
        cmocka_unit_test(lies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
