/* worker/roster.c */
#include <string.h>

#include "ipc/ipc.h"
#include "test.h"
#include "worker/roster.h"

static const uint8_t note[] = "note", other[] = "another note";

static void notes_are_kept_and_replaced(void **state)
{
    struct roster *roster = roster_new(4, 4, 1);
    const struct roster_participant *participant;
    (void)state;
    assert_int_equal(roster_put_room(roster, 7, note, sizeof note), 0);
    assert_int_equal(roster_put_participant(roster, 70, 7, note, sizeof note), 0);
    assert_int_equal(roster_put_participant(roster, 70, 7, other, sizeof other), 0);
    participant = roster_participant(roster, 70);
    assert_non_null(participant);
    assert_true(participant->room == 7 && participant->enabled == 0xf && !participant->has_leg);
    assert_int_equal(participant->note.len, sizeof other);
    assert_memory_equal(participant->note.bytes, other, sizeof other);
    assert_int_equal(roster_put_participant(roster, 70, 7, NULL, 0), 0);
    assert_int_equal(roster_participant(roster, 70)->note.len, 0);
    assert_null(roster_participant(roster, 71));
    roster_free(roster);
    roster_free(NULL);
}

static void limits_hold(void **state)
{
    static uint8_t long_note[IPC_MAX_NOTE_BYTES + 1];
    struct roster *roster = roster_new(1, 2, 1);
    (void)state;
    assert_int_equal(roster_put_room(roster, 1, long_note, sizeof long_note), -1);
    assert_int_equal(roster_put_room(roster, 1, note, sizeof note), 0);
    assert_int_equal(roster_put_room(roster, 2, note, sizeof note), -1);
    for (uint64_t id = 1; id <= 2; id++)
        assert_int_equal(roster_put_participant(roster, id, 1, note, sizeof note), 0);
    assert_int_equal(roster_put_participant(roster, 3, 1, note, sizeof note), -1);
    roster_remove_participant(roster, 1);
    roster_remove_participant(roster, 1);
    assert_int_equal(roster_put_participant(roster, 3, 1, note, sizeof note), 0);
    roster_free(roster);
}

static unsigned count_participants(const struct roster *roster)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < roster_participant_limit(roster); i++)
        count += roster_participant_at(roster, i) != NULL;
    return count;
}

static void a_room_takes_its_people_along(void **state)
{
    struct roster *roster = roster_new(4, 8, 1);
    (void)state;
    for (uint64_t room = 1; room <= 2; room++) {
        assert_int_equal(roster_put_room(roster, room, note, sizeof note), 0);
        for (uint64_t i = 0; i < 3; i++)
            assert_int_equal(roster_put_participant(roster, room * 10 + i, room, note, sizeof note),
                             0);
    }
    assert_int_equal(count_participants(roster), 6);
    roster_remove_room(roster, 1);
    roster_remove_room(roster, 99);
    assert_int_equal(count_participants(roster), 3);
    assert_null(roster_participant(roster, 10));
    assert_non_null(roster_participant(roster, 20));
    roster_free(roster);
}

static void seats_are_remembered_and_forgotten(void **state)
{
    struct roster *roster = roster_new(1, 1, 1);
    struct roster_participant *participant;
    (void)state;
    assert_int_equal(roster_put_participant(roster, 5, 1, note, sizeof note), 0);
    participant = roster_participant(roster, 5);
    roster_keep(&participant->seats, other, sizeof other);
    roster_keep(&participant->seats, note, sizeof note);
    assert_int_equal(participant->seats.len, sizeof note);
    roster_keep(&participant->seats, NULL, 0);
    assert_null(participant->seats.bytes);
    roster_free(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_are_kept_and_replaced),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_room_takes_its_people_along),
        cmocka_unit_test(seats_are_remembered_and_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
