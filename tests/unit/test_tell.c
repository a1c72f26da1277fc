/* worker/tell.c: what arrives at the other end of the channel. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/counters.h"
#include "test.h"
#include "worker/roster.h"
#include "worker/tell.h"
#include "worker/translate.h"

#define ROOM   UINT64_C(7)
#define ANNA   UINT64_C(70)
#define NOBODY UINT64_C(99)

/* A worker without an engine, and control's end of its channel. */
struct ends {
    uint64_t counters[WORKER_COUNTERS];
    struct translate translate;
    struct ipc_channel *control;
};

static void open_ends(struct ends *ends)
{
    int fds[2];
    memset(ends, 0, sizeof *ends);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
    ends->control = ipc_channel_new(fds[0]);
    ends->translate = (struct translate){.roster = roster_new(2, 4, 1),
                                         .counters = ends->counters,
                                         .channel = ipc_channel_new(fds[1])};
    assert_int_equal(roster_put_room(ends->translate.roster, ROOM, NULL, 0), 0);
    assert_int_equal(roster_put_participant(ends->translate.roster, ANNA, ROOM, NULL, 0), 0);
    roster_participant(ends->translate.roster, ANNA)->has_leg = true;
}

static void close_ends(struct ends *ends)
{
    roster_free(ends->translate.roster);
    ipc_channel_free(ends->translate.channel);
    ipc_channel_free(ends->control);
}

/* The next message of that type; what comes before is passed over. */
static struct ipc_message next(struct ends *ends, uint8_t type)
{
    struct ipc_message message = {0};
    do
        assert_int_equal(ipc_receive(ends->control, &message), 1);
    while (message.type != type);
    return message;
}

static const struct engine_publish PUBLISH[] = {{ENGINE_CAMERA, 5, 2}, {ENGINE_SCREEN, 0, 0}};

static void say_publish(struct ends *ends, uint64_t participant)
{
    const struct engine_event event = {.type = ENGINE_PUBLISH,
                                       .room = ROOM,
                                       .participant = participant,
                                       .publishes = PUBLISH,
                                       .publish_count = 2};
    tell_event(&ends->translate, &event);
}

static void check_publish(const struct ipc_message *message)
{
    struct ipc_publish publish;
    assert_true(message->room == ROOM && message->participant == ANNA);
    assert_int_equal(ipc_decode_publish(message->payload, message->payload_len, &publish), 0);
    assert_int_equal(publish.count, 2);
    assert_true(publish.sources[0].source == 1 && publish.sources[0].layers == 5);
    assert_true(publish.sources[1].source == 2 && publish.sources[1].layers == 0);
}

static void publish_and_seats_are_repeated_after_a_snapshot(void **state)
{
    const struct engine_seat seat = {ANNA, 0, true, true, 0, ENGINE_PAUSE_HIDDEN};
    const struct engine_event seated = {
        .type = ENGINE_SEATS, .room = ROOM, .participant = ANNA, .seats = &seat, .seat_count = 1};
    struct ends ends;
    struct ipc_seats seats;
    (void)state;
    open_ends(&ends);
    tell_event(&ends.translate, &seated);
    say_publish(&ends, ANNA);
    struct ipc_message message = next(&ends, IPC_PUBLISH);
    check_publish(&message);

    tell_snapshot(&ends.translate);
    next(&ends, IPC_SNAPSHOT_END);
    message = next(&ends, IPC_SEATS);
    assert_int_equal(ipc_decode_seats(message.payload, message.payload_len, &seats), 0);
    assert_true(seats.count == 1 && seats.seats[0].paused == 2);
    message = next(&ends, IPC_PUBLISH);
    check_publish(&message);
    close_ends(&ends);
}

static void what_someone_who_left_published_is_forgotten(void **state)
{
    struct ends ends;
    struct ipc_message message;
    (void)state;
    open_ends(&ends);
    say_publish(&ends, ANNA);
    say_publish(&ends, NOBODY); /* told, but there is no one to remember it for */
    roster_remove_participant(ends.translate.roster, ANNA);
    next(&ends, IPC_PUBLISH);
    next(&ends, IPC_PUBLISH);
    tell_snapshot(&ends.translate);
    next(&ends, IPC_SNAPSHOT_END);
    assert_int_equal(ipc_receive(ends.control, &message), 0);
    close_ends(&ends);
}

static void qualities_are_told(void **state)
{
    const struct engine_quality quality = {.participant = ANNA,
                                           .down_kbps = 2000,
                                           .sent_kbps = 1500,
                                           .up_kbps = 900,
                                           .down_loss_permille = 30,
                                           .up_loss_permille = 1,
                                           .rtt_ms = 80,
                                           .score = 3,
                                           .reason = ENGINE_QUALITY_LOSS};
    const struct engine_event event = {
        .type = ENGINE_QUALITY, .room = ROOM, .qualities = &quality, .quality_count = 1};
    struct ends ends;
    struct ipc_qualities out;
    (void)state;
    open_ends(&ends);
    tell_event(&ends.translate, &event);
    struct ipc_message message = next(&ends, IPC_QUALITY);
    assert_int_equal(ipc_decode_qualities(message.payload, message.payload_len, &out), 0);
    assert_true(out.count == 1 && out.participants[0].participant == ANNA);
    assert_true(out.participants[0].down_kbps == 2000 && out.participants[0].sent_kbps == 1500);
    assert_true(out.participants[0].up_kbps == 900 && out.participants[0].rtt_ms == 80);
    assert_true(out.participants[0].down_loss_permille == 30);
    assert_true(out.participants[0].up_loss_permille == 1);
    assert_true(out.participants[0].score == 3 && out.participants[0].reason == 1);
    close_ends(&ends);
}

static void without_control_events_are_remembered_and_counted(void **state)
{
    struct ends ends;
    struct ipc_message message;
    (void)state;
    open_ends(&ends);
    struct ipc_channel *channel = ends.translate.channel;
    ends.translate.channel = NULL;
    say_publish(&ends, ANNA);
    assert_int_equal(ends.counters[WORKER_COUNTER_events_dropped], 1);
    ends.translate.channel = channel;
    tell_snapshot(&ends.translate);
    message = next(&ends, IPC_PUBLISH);
    check_publish(&message);
    close_ends(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publish_and_seats_are_repeated_after_a_snapshot),
        cmocka_unit_test(what_someone_who_left_published_is_forgotten),
        cmocka_unit_test(qualities_are_told),
        cmocka_unit_test(without_control_events_are_remembered_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
