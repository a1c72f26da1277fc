#include "test.h"

#include "engine/gop.h"

static struct packet_store store;
static struct packet_ring ring;
static struct gop gop;

static int set_up(void **state)
{
    (void)state;
    gop = (struct gop){0};
    if (packet_store_init(&store, 8) != 0 || packet_store_grow(&store, 64, 64) != 0)
        return -1;
    return packet_ring_init(&ring, 32);
}

static int tear_down(void **state)
{
    (void)state;
    packet_ring_fini(&ring, &store);
    packet_store_fini(&store);
    return 0;
}

static bool add(uint32_t seq, bool keyframe, uint32_t timestamp, uint64_t now_us)
{
    struct packet *packet = packet_ring_put(&ring, &store, seq, 100, now_us);
    assert_non_null(packet);
    packet->payload_len = 100;
    packet->keyframe = keyframe;
    packet->timestamp = timestamp;
    return gop_note(&gop, packet);
}

static void it_is_whole_from_the_key_frame_on(void **state)
{
    (void)state;
    assert_false(add(10, false, 1, 0));
    assert_false(gop_is_whole(&gop, &ring, 10, 0));
    assert_true(add(11, true, 2, 0));
    assert_true(add(12, false, 2, 0));
    assert_false(add(13, false, 3, 0));
    assert_int_equal(gop.first_seq, 11);
    assert_int_equal(gop.bytes, 300);
    assert_int_equal(gop.key_bytes, 200);
    assert_true(gop_is_whole(&gop, &ring, 13, 0));
    assert_true(add(14, true, 4, 0));
    assert_int_equal(gop.first_seq, 14);
}

static void with_a_hole_it_is_not(void **state)
{
    (void)state;
    (void)add(1, true, 1, 0);
    (void)add(3, false, 2, 0);
    assert_false(gop_is_whole(&gop, &ring, 3, 0));
    (void)add(2, false, 1, 0);
    assert_true(gop_is_whole(&gop, &ring, 3, 0));
    assert_int_equal(gop.key_bytes, 200);
}

/* H.264: SPS and PPS, then the slices, each of which says that it is of a key frame. */
static void it_begins_with_the_first_packet_of_the_key_frame(void **state)
{
    (void)state;
    assert_true(add(11, true, 2, 0));
    assert_true(add(12, true, 2, 0));
    assert_true(add(13, false, 2, 0));
    assert_int_equal(gop.first_seq, 11);
    assert_int_equal(gop.key_bytes, 300);
    assert_true(add(21, true, 5, 0));
    assert_true(add(20, true, 5, 0)); /* late */
    assert_true(add(22, true, 5, 0));
    assert_int_equal(gop.first_seq, 20);
    assert_int_equal(gop.key_bytes, 300);
    assert_true(gop_is_whole(&gop, &ring, 22, 0));
}

static void too_old_or_too_long_it_is_of_no_use(void **state)
{
    (void)state;
    (void)add(1, true, 1, 0);
    assert_true(gop_is_whole(&gop, &ring, 1, GOP_MAX_AGE_US));
    assert_false(gop_is_whole(&gop, &ring, 1, GOP_MAX_AGE_US + 1));
    for (uint32_t seq = 2; seq <= 33; seq++)
        (void)add(seq, false, 2, 0);
    assert_false(gop_is_whole(&gop, &ring, 33, 0)); /* the ring holds 32 */
    gop.bytes = GOP_MAX_BYTES + 1;
    assert_false(gop_is_whole(&gop, &ring, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_whole_from_the_key_frame_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(with_a_hole_it_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_begins_with_the_first_packet_of_the_key_frame, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_old_or_too_long_it_is_of_no_use, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
