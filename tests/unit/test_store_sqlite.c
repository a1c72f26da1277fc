/* control/store.h, by store_sqlite.c. Another implementation has to pass all but those about files
 * and SQLite. */
#include "control/store.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

struct fixture {
    char dir[64];
    char path[96];
    struct store *store;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char reason[STORE_REASON_BYTES];
    strcpy(f->dir, "/tmp/parley-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/parley.db", f->dir);
    assert_int_equal(store_open(f->path, &f->store, reason), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct fixture *f = *state;
    char path[128];
    store_close(f->store);
    for (size_t i = 0; i < TEST_COUNT(suffixes); i++) {
        snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
        unlink(path);
    }
    rmdir(f->dir);
    free(f);
    return 0;
}

static const struct store_room tea = {.id = 0xfedcba9876543210u, /* above 2^63 */
                                      .name = "T\xc3\xa9 'quoted'",
                                      .mode = 2,
                                      .capacity = 7,
                                      .created_s = 100,
                                      .expires_s = 0,
                                      .used_s = 150};

static const struct store_guard open_door = {.host_key = {1, 2, 3}};

static void test_a_room_comes_back(void **state)
{
    struct fixture *f = *state;
    struct store_room got = {0};
    assert_int_equal(store_room_get(f->store, tea.id, &got), STORE_NOT_FOUND);
    assert_int_equal(store_room_add(f->store, &tea, &open_door, 10), 0);
    assert_int_equal(store_room_get(f->store, tea.id, &got), 0);
    assert_true(got.id == tea.id && got.created_s == 100 && got.used_s == 150);
    assert_string_equal(got.name, tea.name);
    assert_int_equal(got.mode, 2);
    assert_int_equal(got.capacity, 7);
    assert_int_equal(store_room_add(f->store, &tea, &open_door, 10), STORE_EXISTS);
    assert_int_equal(store_room_remove(f->store, tea.id), 0);
    assert_int_equal(store_room_remove(f->store, tea.id), 0);
    assert_int_equal(store_room_get(f->store, tea.id, &got), STORE_NOT_FOUND);
}

static void test_a_guard_comes_back(void **state)
{
    struct fixture *f = *state;
    struct store_guard got;
    struct store_room room = tea;
    const struct store_guard guard = {.host_key = {0, 0xff}, .password = {1, 0, 0x27}};
    assert_int_equal(store_room_guard(f->store, tea.id, &got), STORE_NOT_FOUND);
    assert_int_equal(store_room_add(f->store, &tea, &guard, 10), 0);
    assert_int_equal(store_room_guard(f->store, tea.id, &got), 0);
    assert_memory_equal(&got, &guard, sizeof got);
    assert_int_equal(store_room_get(f->store, tea.id, &room), 0);
    assert_true(room.guarded);
    assert_false(room.lobby);
    room.id = 5;
    room.lobby = true;
    assert_int_equal(store_room_add(f->store, &room, &open_door, 10), 0);
    assert_int_equal(store_room_guard(f->store, 5, &got), 0);
    assert_memory_equal(&got, &open_door, sizeof got);
    assert_int_equal(store_room_get(f->store, 5, &room), 0);
    assert_true(!room.guarded && room.lobby);
}

/* A file of version 1 is taken over with its rooms, which have no keys and no passwords. */
static void test_a_store_of_before(void **state)
{
    static const char former[] =
        "ALTER TABLE rooms DROP COLUMN host_key; ALTER TABLE rooms DROP COLUMN password;"
        "ALTER TABLE rooms DROP COLUMN lobby;"
        "PRAGMA user_version = 1;";
    struct fixture *f = *state;
    static const struct store_guard none;
    struct store_guard got;
    struct store_room room;
    char reason[STORE_REASON_BYTES];
    sqlite3 *other = NULL;
    assert_int_equal(store_room_add(f->store, &tea, &open_door, 10), 0);
    store_close(f->store);
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, former, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    for (int i = 0; i < 2; i++) { /* the second time there is nothing left to do */
        assert_int_equal(store_open(f->path, &f->store, reason), 0);
        assert_int_equal(store_room_get(f->store, tea.id, &room), 0);
        assert_false(room.guarded || room.lobby);
        assert_int_equal(store_room_guard(f->store, tea.id, &got), 0);
        assert_memory_equal(&got, &none, sizeof got);
        if (i == 0)
            store_close(f->store);
    }
}

static void test_a_limit_of_rooms(void **state)
{
    struct fixture *f = *state;
    struct store_room room = tea;
    for (room.id = 1; room.id <= 3; room.id++)
        assert_int_equal(store_room_add(f->store, &room, &open_door, 3), 0);
    assert_int_equal(store_room_add(f->store, &room, &open_door, 3), STORE_FULL);
}

static void add_room(struct store *store, uint64_t id, uint64_t expires_s, uint64_t used_s)
{
    struct store_room room = tea;
    room.id = id;
    room.expires_s = expires_s;
    room.used_s = used_s;
    assert_int_equal(store_room_add(store, &room, &open_door, 100), 0);
}

static void test_what_has_expired(void **state)
{
    struct fixture *f = *state;
    uint64_t id = 0;
    add_room(f->store, 1, 0, 1000);    /* in use */
    add_room(f->store, 2, 500, 1000);  /* its time is over */
    add_room(f->store, 3, 0, 10);      /* nobody came */
    add_room(f->store, 4, 5000, 1000); /* not yet */
    assert_int_equal(store_room_expired(f->store, 600, 100, 0, &id), 0);
    assert_true(id == 2);
    assert_int_equal(store_room_expired(f->store, 600, 100, id, &id), 0);
    assert_true(id == 3);
    assert_int_equal(store_room_expired(f->store, 600, 100, id, &id), STORE_NOT_FOUND);
    assert_int_equal(store_room_used(f->store, 3, 700), 0);
    id = 2;
    assert_int_equal(store_room_expired(f->store, 600, 100, id, &id), STORE_NOT_FOUND);
}

static void count_and_check(void *context, const struct store_chat *chat)
{
    uint64_t *next = context;
    assert_true(chat->id == *next);
    assert_true(chat->participant == 0xffffffffffffffffu);
    assert_string_equal(chat->name, "Ada");
    assert_string_equal(chat->text, "hello\n\xf0\x9f\x90\x9d");
    (*next)++;
}

static void say(struct store *store, uint64_t room, uint64_t id, uint32_t keep)
{
    struct store_chat chat = {.id = id,
                              .participant = 0xffffffffffffffffu,
                              .name = "Ada",
                              .text = "hello\n\xf0\x9f\x90\x9d",
                              .sent_ms = 12345};
    assert_int_equal(store_chat_add(store, room, &chat, keep), 0);
}

static void test_chat_is_kept_up_to_a_number(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 99;
    assert_int_equal(store_chat_last_id(f->store, 5, &last), 0);
    assert_true(last == 0);
    for (uint64_t id = 1; id <= 10; id++)
        say(f->store, 5, id, 4);
    say(f->store, 6, 1, 4); /* another room's */
    assert_int_equal(store_chat_last_id(f->store, 5, &last), 0);
    assert_true(last == 10);
    uint64_t next = 7; /* the newest four, oldest first */
    assert_int_equal(store_chat_each(f->store, 5, 100, count_and_check, &next), 0);
    assert_true(next == 11);
    next = 9;
    assert_int_equal(store_chat_each(f->store, 5, 2, count_and_check, &next), 0);
    assert_true(next == 11);
    assert_int_equal(store_room_remove(f->store, 5), 0);
    next = 0;
    assert_int_equal(store_chat_each(f->store, 5, 100, count_and_check, &next), 0);
    assert_true(next == 0);
}

static void test_it_is_there_after_a_restart(void **state)
{
    struct fixture *f = *state;
    struct store_room got;
    char reason[STORE_REASON_BYTES];
    assert_int_equal(store_room_add(f->store, &tea, &open_door, 10), 0);
    store_close(f->store);
    assert_int_equal(store_open(f->path, &f->store, reason), 0);
    assert_int_equal(store_room_get(f->store, tea.id, &got), 0);
}

static off_t wal_size(const struct fixture *f)
{
    struct stat stat_of_wal;
    char path[128];
    snprintf(path, sizeof path, "%s-wal", f->path);
    assert_int_equal(stat(path, &stat_of_wal), 0);
    return stat_of_wal.st_size;
}

/* After a checkpoint the log is written from its start again. */
static void test_tidying_starts_the_log_anew(void **state)
{
    struct fixture *f = *state;
    for (uint64_t id = 1; id <= 50; id++)
        say(f->store, 5, id, 1000);
    off_t grown = wal_size(f);
    store_tidy(f->store, false); /* calls are on, and the log is short: not now */
    say(f->store, 5, 51, 1000);
    assert_true(wal_size(f) > grown);
    grown = wal_size(f);
    store_tidy(f->store, true);
    say(f->store, 5, 52, 1000);
    assert_true(wal_size(f) == grown);
}

static void test_locked_by_another(void **state)
{
    struct fixture *f = *state;
    struct store_room got;
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_room_add(f->store, &tea, &open_door, 10), STORE_UNAVAILABLE);
    assert_non_null(strstr(store_reason(f->store), "locked"));
    assert_int_equal(store_room_get(f->store, tea.id, &got),
                     STORE_NOT_FOUND); /* WAL: reads go on */
    sqlite3_close(other);
    assert_int_equal(store_room_add(f->store, &tea, &open_door, 10), 0);
}

/* A file size limit fails writes as a full disk does, without filling one. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk(void **state)
{
    struct fixture *f = *state;
    struct store_room room = tea;
    int err = 0;
    signal(SIGXFSZ, SIG_IGN);
    add_room(f->store, 1, 0, 1000);
    limit_file_size(64 * 1024);
    for (room.id = 2; err == 0 && room.id < 10000; room.id++)
        err = store_room_add(f->store, &room, &open_door, 100000);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(err, STORE_UNAVAILABLE);
    assert_true(strlen(store_reason(f->store)) > 0);
    assert_int_equal(store_room_get(f->store, 1, &room), 0);
    room.id = 20000;
    assert_int_equal(store_room_add(f->store, &room, &open_door, 100000),
                     0); /* there is space again */
}

static void test_what_cannot_be_opened(void **state)
{
    struct fixture *f = *state;
    struct store *store = NULL;
    char reason[STORE_REASON_BYTES] = "";
    assert_int_equal(store_open("/nonexistent/parley.db", &store, reason), -1);
    assert_non_null(strstr(reason, "unable to open"));
    store_close(f->store);
    FILE *file = fopen(f->path, "w");
    for (int i = 0; i < 200; i++)
        fputs("this is no database ", file);
    fclose(file);
    assert_int_equal(store_open(f->path, &f->store, reason), -1);
    assert_non_null(strstr(reason, "not a database"));
    f->store = NULL;
}

static void test_a_newer_schema_is_left_alone(void **state)
{
    struct fixture *f = *state;
    char reason[STORE_REASON_BYTES];
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    store_close(f->store);
    assert_int_equal(store_open(f->path, &f->store, reason), -1);
    assert_non_null(strstr(reason, "newer"));
    f->store = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_room_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_guard_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_store_of_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_limit_of_rooms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_has_expired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chat_is_kept_up_to_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_there_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tidying_starts_the_log_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_locked_by_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_schema_is_left_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
