/* Descriptors of AV1 packets, read with the structures that came before. */
#include "test.h"

#include <string.h>

#include "engine/layer_structure.h"
#include "engine/negotiate.h"
#include "support/dd_bits.h"

static struct layer_structures structures;
static struct payload_sizes sizes;
static union {
    struct packet packet;
    uint8_t room[sizeof(struct packet) + 64]; /* for its bytes */
} made;

static const struct packet *describe(uint32_t seq, const struct bit_string *bits)
{
    memset(&made, 0, sizeof made);
    made.packet.seq = seq;
    made.packet.codec = CODEC_AV1;
    made.packet.descriptor_len = (uint8_t)((bits->at + 7) / 8);
    memcpy(made.packet.bytes, bits->bytes, made.packet.descriptor_len);
    layer_structures_describe(&structures, &made.packet, &sizes);
    return &made.packet;
}

static const struct packet *key(uint32_t seq, unsigned number, unsigned offset)
{
    struct bit_string bits = {0};
    put_mandatory(&bits, true, offset, number);
    put_structure(&bits, offset);
    return describe(seq, &bits);
}

static const struct packet *delta(uint32_t seq, unsigned number, unsigned template_id)
{
    struct bit_string bits = {0};
    put_mandatory(&bits, true, template_id, number);
    return describe(seq, &bits);
}

static int tear_down(void **state)
{
    (void)state;
    layer_structures_fini(&structures);
    return 0;
}

static void a_structure_explains_what_follows(void **state)
{
    (void)state;
    const struct packet *packet = key(100, 7, 0);
    assert_int_equal(packet->frame.layering, PACKET_DD);
    assert_true(packet->keyframe && packet->frame.restructured);
    assert_int_equal(packet->frame.number, 7);
    assert_int_equal(packet->frame.active, 3);
    assert_int_equal(packet->frame.dtis, DD_SWITCH | DD_SWITCH << 2);
    assert_int_equal(sizes.width[0], 640);
    assert_int_equal(sizes.height[0], 360);
    packet = delta(101, 8, 2);
    assert_int_equal(packet->frame.layering, PACKET_DD);
    assert_false(packet->keyframe || packet->frame.restructured);
    assert_int_equal(packet->frame.temporal, 1);
    assert_int_equal(packet->frame.dtis, DD_NOT_PRESENT | DD_DISCARDABLE << 2);
    assert_int_equal(packet->frame.fdiff_count, 1);
    assert_int_equal(packet->frame.fdiffs[0], 1);
    assert_int_equal(packet->frame.chain_fdiffs[0], 1);
    assert_true(layer_structures_protect(&structures));
}

static void without_one_a_packet_is_unknown(void **state)
{
    (void)state;
    assert_false(layer_structures_protect(&structures));
    assert_int_equal(delta(100, 1, 2)->frame.layering, PACKET_UNKNOWN);
    (void)key(101, 7, 0);
    /* Of another structure, which did not come yet: */
    assert_int_equal(delta(105, 9, 20)->frame.layering, PACKET_UNKNOWN);
    /* older than the one there is: */
    assert_int_equal(delta(99, 1, 2)->frame.layering, PACKET_UNKNOWN);
    layer_structures_clear(&structures);
    assert_int_equal(delta(106, 9, 2)->frame.layering, PACKET_UNKNOWN);
}

static void late_packets_belong_to_the_structure_before(void **state)
{
    (void)state;
    (void)key(100, 1, 0);
    const uint8_t first = delta(101, 2, 2)->frame.structure;
    const uint8_t second = key(110, 50, 3)->frame.structure;
    assert_int_not_equal(first, second);
    assert_int_equal(delta(105, 5, 2)->frame.structure, first);
    assert_int_equal(delta(111, 51, 5)->frame.structure, second);
    assert_non_null(layer_structures_find(&structures, first));
    (void)key(120, 90, 6);
    assert_null(layer_structures_find(&structures, first));
    /* One that comes after its successor is not taken up. */
    assert_int_equal(key(115, 60, 9)->frame.layering, PACKET_UNKNOWN);
}

static void many_structures_later_it_still_works(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        const uint8_t before = structures.newest;
        assert_int_equal(key(100 + 2 * i, i, i % 60)->frame.layering, PACKET_DD);
        assert_int_not_equal(structures.newest, before);
        if (before != 0)
            assert_non_null(layer_structures_find(&structures, before));
        assert_int_equal(delta(101 + 2 * i, i, i % 60 + 1)->frame.structure, structures.newest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_structure_explains_what_follows, tear_down),
        cmocka_unit_test_teardown(without_one_a_packet_is_unknown, tear_down),
        cmocka_unit_test_teardown(late_packets_belong_to_the_structure_before, tear_down),
        cmocka_unit_test_teardown(many_structures_later_it_still_works, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
