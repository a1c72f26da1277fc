/* control/note.c: notes come back from a worker, which may have been broken into. */
#include "control/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static void test_a_room_comes_back(void **state)
{
    (void)state;
    struct room room = {
        .id = 5,
        .settings = {.id = 5,
                     .name = "T\xc3\xa9\"a",
                     .mode = 2,
                     .capacity = 9,
                     .created_s = 7,
                     .expires_s = 8,
                     .guarded = true,
                     .lobby = true},
        .locked = true,
        .mode = {.sfu = true, .waiting = true, .epoch = 3},
        .next_order = 11,
        .last_chat_id = 12,
    };
    struct note_room got;
    char *text = note_of_room(&room);
    assert_int_equal(note_read_room(5, text, strlen(text), &got), 0);
    assert_string_equal(got.settings.name, room.settings.name);
    assert_true(got.settings.id == 5 && got.settings.mode == 2 && got.settings.capacity == 9);
    assert_true(got.settings.created_s == 7 && got.settings.expires_s == 8);
    assert_true(got.settings.guarded && got.settings.lobby && got.locked);
    assert_true(got.sfu && got.waiting && !got.paired && got.epoch == 3);
    assert_true(got.next_order == 11 && got.last_chat_id == 12);
    free(text);
}

static void test_a_member_comes_back(void **state)
{
    (void)state;
    struct member member = {.order = 4,
                            .name = "Ada",
                            .enabled = 5,
                            .decodes = 9,
                            .role = ROLE_VIEWER,
                            .named = true,
                            .session_hash = {0xab, 1}};
    struct note_member got;
    char *text = note_of_member(&member);
    assert_int_equal(note_read_member(text, strlen(text), &got), 0);
    assert_string_equal(got.name, "Ada");
    assert_true(got.order == 4 && got.enabled == 5 && got.decodes == 9);
    assert_true(got.role == ROLE_VIEWER && got.named);
    assert_memory_equal(got.session_hash, member.session_hash, SECRET_HASH_BYTES);
    free(text);
}

/* A control from before roles and locks wrote it; this one takes over from that. */
static void test_notes_of_before(void **state)
{
    (void)state;
    static const char room[] =
        "{\"name\":\"T\",\"policy\":0,\"capacity\":2,\"created\":1,\"expires\":0,\"sfu\":false,"
        "\"paired\":true,\"waiting\":false,\"epoch\":1,\"next_order\":2,\"last_chat\":0}";
    static const char member[] =
        "{\"name\":\"Ada\",\"order\":1,\"sources\":1,\"decodes\":0,\"rights\":3,\"session\":"
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}";
    struct note_room got_room;
    struct note_member got;
    assert_int_equal(note_read_room(1, room, strlen(room), &got_room), 0);
    assert_true(!got_room.locked && !got_room.settings.guarded && !got_room.settings.lobby);
    assert_int_equal(note_read_member(member, strlen(member), &got), 0);
    assert_true(got.role == ROLE_PARTICIPANT && !got.named);
}

/* One replacement in a good note. */
static void assert_room_refused(const char *from, const char *to)
{
    static const char good[] =
        "{\"name\":\"T\",\"policy\":0,\"capacity\":2,\"created\":1,\"expires\":0,\"sfu\":false,"
        "\"locked\":false,\"guarded\":true,\"paired\":true,\"waiting\":false,\"epoch\":1,"
        "\"next_order\":2,\"last_chat\":0}";
    struct note_room got;
    char text[512];
    const char *at = strstr(good, from);
    assert_non_null(at);
    int len =
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    assert_int_equal(note_read_room(1, good, strlen(good), &got), 0);
    assert_int_equal(note_read_room(1, text, (size_t)len, &got), -1);
}

static void test_a_broken_room(void **state)
{
    (void)state;
    assert_room_refused("\"policy\":0", "\"policy\":3");
    assert_room_refused("\"policy\":0", "\"policy\":-1");
    assert_room_refused("\"capacity\":2", "\"capacity\":0");
    assert_room_refused("\"capacity\":2", "\"capacity\":4097");
    assert_room_refused("\"created\":1", "\"created\":-1");
    assert_room_refused("\"epoch\":1", "\"epoch\":\"1\"");
    assert_room_refused("\"next_order\":2", "\"next_order\":-2");
    assert_room_refused("\"sfu\":false", "\"sfu\":7");
    assert_room_refused("\"locked\":false", "\"locked\":0");
    assert_room_refused("\"guarded\":true", "\"guarded\":\"yes\"");
    assert_room_refused("}", "");
}

static void test_a_broken_member(void **state)
{
    (void)state;
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct {
        const char *name;
        int sources;
        int decodes;
        const char *role;
        const char *session;
        int result;
    } cases[] = {
        {"Ada", 15, 15, "host", hash, 0},
        {"Ada", 16, 0, "host", hash, -1},
        {"Ada", 0, 16, "viewer", hash, -1},
        {"Ada", 0, -1, "host", hash, -1},
        {"", 0, 0, "host", hash, -1},
        {"a\\nb", 0, 0, "host", hash, -1},
        {"Ada", 0, 0, "participant", hash + 1, -1},
        {"Ada", 0, 0, "participant", "", -1},
        {"Ada", -1, 0, "participant", hash, -1},
        {"Ada", 0, 0, "participant", "G123", -1},
        {"Ada", 0, 0, "owner", hash, -1},
        {"Ada", 0, 0, "", hash, -1},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct note_member got;
        char text[256];
        int len = snprintf(
            text, sizeof text,
            "{\"name\":\"%s\",\"order\":0,\"sources\":%d,\"decodes\":%d,\"role\":\"%s\","
            "\"session\":\"%s\"}",
            cases[i].name, cases[i].sources, cases[i].decodes, cases[i].role, cases[i].session);
        assert_int_equal(note_read_member(text, (size_t)len, &got), cases[i].result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_room_comes_back), cmocka_unit_test(test_a_member_comes_back),
        cmocka_unit_test(test_notes_of_before),   cmocka_unit_test(test_a_broken_room),
        cmocka_unit_test(test_a_broken_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
