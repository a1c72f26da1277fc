/* What publishers announce, as rates. */
#include "test.h"

#include "engine/track_targets.h"

static void note(struct track_targets *targets, const uint8_t *bytes, size_t len, bool simulcast)
{
    track_targets_note(targets, (struct span){bytes, len}, simulcast);
}

static void rows_are_streams_or_spatial_layers(void **state)
{
    /* Two streams of one and two temporal layers; one stream of two spatial layers. */
    static const uint8_t streams[] = {0x11, 0x10, 100, 0xac, 0x02, 0xf4, 0x03};
    static const uint8_t svc[] = {0x03, 0x00, 100, 0xac, 0x02};
    struct track_targets targets = {0};

    (void)state;
    note(&targets, streams, sizeof streams, true);
    assert_int_equal(track_targets_bps(&targets, 0, 0), 106000);
    assert_int_equal(track_targets_bps(&targets, 0, 3), 106000);
    assert_int_equal(track_targets_bps(&targets, 1, 0), 318000);
    assert_int_equal(track_targets_bps(&targets, 1, 1), 530000);
    assert_int_equal(track_targets_bps(&targets, 2, 0), 0);
    note(&targets, svc, sizeof svc, false);
    assert_int_equal(track_targets_bps(&targets, 1, 0), 318000);
}

static void the_newest_counts_and_damage_does_not(void **state)
{
    static const uint8_t one[] = {0x01, 0x00, 100}, large[] = {0x01, 0x00, 0xff, 0xff, 0xff, 0x7f};
    struct track_targets targets = {0};

    (void)state;
    note(&targets, one, sizeof one, false);
    note(&targets, one, 2, false);
    assert_int_equal(track_targets_bps(&targets, 0, 0), 106000);
    note(&targets, large, sizeof large, false);
    assert_int_equal(track_targets_bps(&targets, 0, 0), 21200000);
    note(&targets, (const uint8_t[]){0}, 1, false);
    assert_int_equal(track_targets_bps(&targets, 0, 0), 0);
    assert_int_equal(track_targets_bps(&targets, LIMIT_LAYERS, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_streams_or_spatial_layers),
        cmocka_unit_test(the_newest_counts_and_damage_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
