/* wire/vla.h */
#include <string.h>

#include "wire/vla.h"
#include "wire/wire.h"
#include "test.h"

static int parse(const uint8_t *bytes, size_t len, struct vla *out)
{
    return vla_parse((struct span){bytes, len}, out);
}

static const uint8_t simulcast[] = {
    0x61,                   /* came in the second of three streams, one spatial layer each */
    0x90,                   /* 3, 2 and 1 temporal layers */
    50,   100,  0x96, 0x01, /* 50, 100, 150 */
    0xac, 0x02, 0xf4, 0x03, /* 300, 500 */
    0xa4, 0x0d,             /* 1700 */
};
static const uint8_t sizes[] = {0, 159, 0, 89, 15, 0x01, 0x3f, 0, 179, 20, 4, 255, 0x02, 0xcf, 30};

static void simulcast_is_read(void **state)
{
    struct vla vla;

    (void)state;
    assert_int_equal(parse(simulcast, sizeof simulcast, &vla), 0);
    assert_int_equal(vla.stream, 1);
    assert_int_equal(vla.stream_count, 3);
    assert_int_equal(vla.count, 3);
    assert_int_equal(vla.layers[0].temporal_count, 3);
    assert_int_equal(vla.layers[0].kbps[0], 50);
    assert_int_equal(vla.layers[0].kbps[2], 150);
    assert_int_equal(vla.layers[1].stream, 1);
    assert_int_equal(vla.layers[1].kbps[1], 500);
    assert_int_equal(vla.layers[2].stream, 2);
    assert_int_equal(vla.layers[2].kbps[0], 1700);
    assert_int_equal(vla.layers[2].width, 0);
}

static void sizes_may_follow(void **state)
{
    uint8_t bytes[sizeof simulcast + sizeof sizes];
    struct vla vla;

    (void)state;
    memcpy(bytes, simulcast, sizeof simulcast);
    memcpy(bytes + sizeof simulcast, sizes, sizeof sizes);
    assert_int_equal(parse(bytes, sizeof bytes, &vla), 0);
    assert_int_equal(vla.layers[0].width, 160);
    assert_int_equal(vla.layers[0].height, 90);
    assert_int_equal(vla.layers[0].fps, 15);
    assert_int_equal(vla.layers[1].width, 320);
    assert_int_equal(vla.layers[2].width, 1280);
    assert_int_equal(vla.layers[2].height, 720);
    assert_int_equal(vla.layers[2].fps, 30);
    for (size_t len = sizeof simulcast + 1; len < sizeof bytes; len++)
        assert_int_equal(parse(bytes, len, &vla), WIRE_MALFORMED);
}

static void svc_is_one_stream(void **state)
{
    static const uint8_t bytes[] = {0x07, 0x00, 100, 0xac, 0x02, 0xe8, 0x07};
    struct vla vla;

    (void)state;
    assert_int_equal(parse(bytes, sizeof bytes, &vla), 0);
    assert_int_equal(vla.stream_count, 1);
    assert_int_equal(vla.count, 3);
    assert_int_equal(vla.layers[2].spatial, 2);
    assert_int_equal(vla.layers[2].kbps[0], 1000);
}

static void streams_may_differ(void **state)
{
    /* Three streams; the second sends nothing, the third two spatial layers. */
    static const uint8_t bytes[] = {0x20, 0x10, 0x30, 0x00, 1, 2, 3};
    struct vla vla;

    (void)state;
    assert_int_equal(parse(bytes, sizeof bytes, &vla), 0);
    assert_int_equal(vla.count, 3);
    assert_int_equal(vla.layers[0].stream, 0);
    assert_int_equal(vla.layers[1].stream, 2);
    assert_int_equal(vla.layers[2].stream, 2);
    assert_int_equal(vla.layers[2].spatial, 1);
    assert_int_equal(vla.layers[2].kbps[0], 3);
}

static void nothing_may_be_sent(void **state)
{
    struct vla vla;

    (void)state;
    assert_int_equal(parse((const uint8_t[]){0}, 1, &vla), 0);
    assert_int_equal(vla.count, 0);
}

static void damage_is_refused(void **state)
{
    static const uint8_t endless[] = {0x01, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};
    static const uint8_t large[] = {0x01, 0x00, 0xff, 0xff, 0xff, 0xff, 0x7f};
    struct vla vla;

    (void)state;
    for (size_t len = 0; len < sizeof simulcast; len++)
        assert_int_equal(parse(simulcast, len, &vla), WIRE_TRUNCATED);
    assert_int_equal(parse(endless, sizeof endless, &vla), WIRE_MALFORMED);
    assert_int_equal(parse(large, sizeof large, &vla), WIRE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulcast_is_read),   cmocka_unit_test(sizes_may_follow),
        cmocka_unit_test(svc_is_one_stream),   cmocka_unit_test(streams_may_differ),
        cmocka_unit_test(nothing_may_be_sent), cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
