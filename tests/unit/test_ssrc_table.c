#include "test.h"

#include <string.h>

#include "engine/ssrc_table.h"

/* Microphone on mid "a" (opus 111), camera on "v" (VP8 96, RTX 97) with rids, screen on "s". */
static struct negotiated negotiated;

static void add_video(struct negotiated_media *media, const char *mid, uint8_t source)
{
    *media = (struct negotiated_media){.kind = NEGOTIATE_VIDEO, .receiving = true};
    media->source = source;
    media->codec_count = 1;
    media->codecs[0] = (struct negotiated_codec){
        .codec = CODEC_VP8, .payload_type = 96, .rtx_payload_type = 97, .clock_rate_hz = 90000};
    memcpy(media->mid, mid, strlen(mid));
}

static void negotiate_all(void)
{
    memset(&negotiated, 0, sizeof negotiated);
    negotiated.media_count = 3;
    add_video(&negotiated.media[1], "v", ENGINE_CAMERA);
    negotiated.media[1].rid_count = 2;
    memcpy(negotiated.media[1].rids[0], "lo", 2);
    memcpy(negotiated.media[1].rids[1], "hi", 2);
    add_video(&negotiated.media[2], "s", ENGINE_SCREEN);
    negotiated.media[0] = negotiated.media[2];
    negotiated.media[0].kind = NEGOTIATE_AUDIO;
    negotiated.media[0].source = ENGINE_MICROPHONE;
    negotiated.media[0].codecs[0] = (struct negotiated_codec){
        .codec = CODEC_OPUS, .payload_type = 111, .rtx_payload_type = NEGOTIATE_NO_PAYLOAD};
    memcpy(negotiated.media[0].mid, "a", 2);
}

static struct span text(const char *value)
{
    return (struct span){(const uint8_t *)value, value ? strlen(value) : 0};
}

static bool guess(uint8_t payload_type, const char *mid, const char *rid, const char *repaired,
                  struct ssrc_role *role)
{
    const struct arrival arrival = {
        .ssrc = 5,
        .payload_type = payload_type,
        .mid = text(mid),
        .rid = text(rid),
        .repaired_rid = text(repaired),
    };
    return ssrc_table_guess(&negotiated, &arrival, role);
}

static void mid_and_rid_tell_the_layer(void **state)
{
    struct ssrc_role role;

    (void)state;
    negotiate_all();
    assert_true(guess(96, "v", "hi", NULL, &role));
    assert_true(role.ssrc == 5 && role.source == ENGINE_CAMERA && role.layer == 1 && !role.rtx);
    assert_true(guess(97, "v", NULL, "lo", &role));
    assert_true(role.source == ENGINE_CAMERA && role.layer == 0 && role.rtx);
    assert_true(guess(96, "s", NULL, NULL, &role));
    assert_true(role.source == ENGINE_SCREEN && role.layer == 0);
    assert_false(guess(96, "v", NULL, NULL, &role));
    assert_false(guess(96, "v", "no", NULL, &role));
    assert_false(guess(97, "v", "lo", NULL, &role));
    assert_false(guess(96, "x", NULL, NULL, &role));
}

static void a_payload_type_tells_only_if_it_is_unique(void **state)
{
    struct ssrc_role role;

    (void)state;
    negotiate_all();
    assert_true(guess(111, NULL, NULL, NULL, &role));
    assert_int_equal(role.source, ENGINE_MICROPHONE);
    assert_false(guess(96, NULL, NULL, NULL, &role));
    negotiated.media[1].receiving = false;
    assert_true(guess(96, NULL, NULL, NULL, &role));
    assert_int_equal(role.source, ENGINE_SCREEN);
}

static void what_was_not_negotiated_is_nobodys(void **state)
{
    struct ssrc_role role;

    (void)state;
    negotiate_all();
    assert_false(guess(111, "v", "hi", NULL, &role));
    assert_false(guess(34, "a", NULL, NULL, &role));
    negotiated.media[0].receiving = false;
    assert_false(guess(111, "a", NULL, NULL, &role));
}

static void binding_replaces_the_role_and_the_ssrc(void **state)
{
    struct ssrc_table table = {0};
    struct ssrc_role role = {.ssrc = 1, .source = ENGINE_CAMERA};
    bool changed;

    (void)state;
    assert_non_null(ssrc_table_bind(&table, &role, &changed));
    assert_true(changed);
    assert_non_null(ssrc_table_bind(&table, &role, &changed));
    assert_false(changed);
    role.ssrc = 2; /* the publisher changed its SSRC */
    assert_non_null(ssrc_table_bind(&table, &role, &changed));
    assert_true(changed);
    assert_int_equal(table.count, 1);
    assert_null(ssrc_table_find(&table, 1));
    role.source = ENGINE_SCREEN; /* and now it is another source's */
    assert_non_null(ssrc_table_bind(&table, &role, &changed));
    assert_int_equal(table.count, 1);
    assert_int_equal(ssrc_table_find(&table, 2)->source, ENGINE_SCREEN);
    ssrc_table_forget(&table, ENGINE_SCREEN);
    assert_int_equal(table.count, 0);
}

static void there_is_room_for_so_many(void **state)
{
    struct ssrc_table table = {0};
    bool changed;

    (void)state;
    for (uint32_t i = 0; i < LIMIT_SSRCS; i++) {
        const struct ssrc_role role = {
            .ssrc = i + 1, .source = (uint8_t)(i % 4), .layer = (uint8_t)(i / 4)};
        assert_non_null(ssrc_table_bind(&table, &role, &changed));
    }
    const struct ssrc_role more = {.ssrc = 99, .source = 0, .layer = 0, .rtx = true};
    assert_null(ssrc_table_bind(&table, &more, &changed));
    assert_null(ssrc_table_find(&table, 99));
    assert_non_null(ssrc_table_find(&table, LIMIT_SSRCS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mid_and_rid_tell_the_layer),
        cmocka_unit_test(a_payload_type_tells_only_if_it_is_unique),
        cmocka_unit_test(what_was_not_negotiated_is_nobodys),
        cmocka_unit_test(binding_replaces_the_role_and_the_ssrc),
        cmocka_unit_test(there_is_room_for_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
