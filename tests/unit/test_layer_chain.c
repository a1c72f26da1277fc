/* Whether a chain is whole, frame by frame. */
#include "test.h"

#include "engine/layer_filter.h"

static struct layer_filter filter;

static void begin(void)
{
    const struct packet key = {.keyframe = true, .frame = {.layering = PACKET_DD}};
    layer_filter_begin(&filter, &key);
}

/* A frame of so many packets, in chain 0 and 1 after those that far before it; came: how many of
 * the packets did. */
static struct layer_filter_frame *add(uint16_t number, const uint8_t fdiffs[2], unsigned packets,
                                      unsigned came)
{
    struct layer_filter_frame *frame = layer_filter_add(&filter, number, 0xffff);
    frame->chain.fdiffs[0] = fdiffs[0];
    frame->chain.fdiffs[1] = fdiffs[1];
    frame->judged = frame->sent = true;
    for (unsigned i = 0; i < came; i++) {
        const struct packet packet = {.seq = 65534u + i,
                                      .frame = {.begins = i == 0, .ends = i + 1 == packets}};
        layer_chain_note(frame, &packet);
    }
    return frame;
}

static uint8_t broken(const struct layer_filter_frame *frame)
{
    return layer_chain_broken(&filter, frame, 2);
}

static void frames_that_came_whole_are_whole(void **state)
{
    (void)state;
    begin();
    (void)add(65530, (uint8_t[]){0, 0}, 3, 3);
    for (unsigned i = 1; i < 200; i++)
        assert_int_equal(broken(add((uint16_t)(65530 + i), (uint8_t[]){1, 1}, 3, 3)), 0);
}

static void each_chain_is_told_by_itself(void **state)
{
    (void)state;
    begin();
    (void)add(10, (uint8_t[]){0, 0}, 1, 1);
    struct layer_filter_frame *dropped = add(11, (uint8_t[]){1, 1}, 1, 1);
    dropped->sent = false;
    assert_int_equal(broken(add(12, (uint8_t[]){2, 1}, 1, 1)), 2);
    assert_int_equal(broken(add(13, (uint8_t[]){1, 1}, 1, 1)), 2);
    /* Begins anew. */
    assert_int_equal(broken(add(14, (uint8_t[]){1, 0}, 1, 1)), 0);
}

static void what_is_missing_has_its_time(void **state)
{
    (void)state;
    begin();
    (void)add(10, (uint8_t[]){0, 0}, 1, 1);
    filter.now_ms = 65000;
    (void)add(11, (uint8_t[]){1, 1}, 2, 1); /* a packet of two */
    filter.now_ms = (uint16_t)(65000 + LAYER_CHAIN_PATIENCE_MS);
    struct layer_filter_frame *next = add(12, (uint8_t[]){1, 1}, 1, 1);
    assert_int_equal(broken(next), 0);
    filter.now_ms++;
    assert_int_equal(broken(next), 3);
    /* The other one comes after all. */
    layer_chain_note(layer_filter_find(&filter, 11),
                     &(struct packet){.seq = 65535u, .frame = {.ends = true}});
    assert_int_equal(broken(next), 0);
}

static void what_is_not_remembered_is_taken_for_whole(void **state)
{
    (void)state;
    begin();
    assert_int_equal(broken(add(500, (uint8_t[]){200, 1}, 1, 1)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_that_came_whole_are_whole),
        cmocka_unit_test(each_chain_is_told_by_itself),
        cmocka_unit_test(what_is_missing_has_its_time),
        cmocka_unit_test(what_is_not_remembered_is_taken_for_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
