/* base/rng.h */
#include <string.h>

#include "base/rng.h"
#include "test.h"

/* RFC 8439 A.1 test vectors 1 and 2: the all-zero key's first two blocks. The state is set by hand
 * because rng_init always mixes in its label. */
static void key_stream_is_chacha20(void **state)
{
    static const uint8_t expected[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
                                         0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
    static const uint8_t second[16] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
                                       0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
    struct rng rng;
    uint8_t out[80];

    (void)state;
    rng_init(&rng, 0, 0);
    memset(rng.state + 4, 0, 12 * sizeof rng.state[0]);
    rng_bytes(&rng, out, sizeof out);
    assert_memory_equal(out, expected, sizeof expected);
    assert_memory_equal(out + 64, second, sizeof second);
}

static void same_seed_same_bytes_in_any_pieces(void **state)
{
    struct rng a, b, other;
    uint8_t whole[200], pieces[200], different[200];

    (void)state;
    rng_init(&a, 5, 6);
    rng_init(&b, 5, 6);
    rng_init(&other, 5, 7);
    rng_bytes(&a, whole, sizeof whole);
    for (size_t at = 0; at < sizeof pieces; at += 8)
        rng_bytes(&b, pieces + at, 8);
    rng_bytes(&other, different, sizeof different);
    assert_memory_equal(whole, pieces, sizeof whole);
    assert_memory_not_equal(whole, different, sizeof whole);
    assert_true(rng_u64(&a) == rng_u64(&b));
    assert_int_equal(rng_u32(&a), rng_u32(&b));
}

static void below_stays_below_and_reaches_all(void **state)
{
    struct rng rng;
    uint32_t hits[5] = {0};

    (void)state;
    rng_init(&rng, 1, 1);
    for (int i = 0; i < 5000; i++)
        hits[rng_below(&rng, 5)]++;
    for (int i = 0; i < 5; i++)
        assert_in_range(hits[i], 850, 1150);
    assert_int_equal(rng_below(&rng, 1), 0);
    assert_int_equal(rng_below(&rng, 0), 0);
    for (int i = 0; i < 100; i++)
        assert_true(rng_below(&rng, 0x80000001u) <= 0x80000000u);
}

static void text_is_ice_char(void **state)
{
    struct rng rng;
    char text[101];

    (void)state;
    rng_init(&rng, 3, 4);
    rng_text(&rng, text, 100);
    assert_int_equal(strlen(text), 100);
    assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+/"),
                     100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_stream_is_chacha20),
        cmocka_unit_test(same_seed_same_bytes_in_any_pieces),
        cmocka_unit_test(below_stays_below_and_reaches_all),
        cmocka_unit_test(text_is_ice_char),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
