/* Transport-wide numbers count what the viewer can report on, and nothing else. */
#include "test.h"

#include "engine/tx.h"
#include "support/seat_rig.h"

static void packets_are_numbered_where_that_was_agreed(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    rig_send(rig, 0, 3, true);
    assert_int_equal(rig->viewer_leg->transport_sequence, 3);
    assert_true(seat_stream_pad(rig->stream, 1, 0, &rig->shared) > 0);
    assert_int_equal(rig->viewer_leg->transport_sequence, 4);
    rig->negotiated.media[0].extension_ids[RTP_EXT_TRANSPORT_SEQ] = 0;
    rig_send(rig, 0, 3, false);
    assert_int_equal(rig->viewer_leg->transport_sequence, 4);
    rig_free(rig);
}

static void what_cannot_be_sent_is_not_counted(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    rig_send(rig, 0, 1, true);
    assert_int_equal(rig->stream->packets, 1);
    const uint32_t octets = rig->stream->octets;
    assert_in_range(octets, 100, 200);
    rig_drain(rig);
    tx_free(rig->shared.tx);
    rig->shared.tx = tx_new(64, 1); /* room for nothing */
    rig_send(rig, 0, 1, false);
    assert_int_equal(rig->stream->packets, 1);
    assert_int_equal(rig->stream->octets, octets);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_numbered_where_that_was_agreed),
        cmocka_unit_test(what_cannot_be_sent_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
