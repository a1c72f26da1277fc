/* The store in one SQLite file. Statements are prepared once, at start. */
#include "control/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_VERSION 2

/* A checkpoint syncs the file, which takes as long as the disk likes. Commits never do it; it is
 * done while nobody is there, or when the log has grown to this many pages (32 MiB). */
#define WAL_MAX_PAGES 8192

enum statement {
    ROOM_COUNT,
    ROOM_ADD,
    ROOM_GET,
    ROOM_GUARD,
    ROOM_USED,
    ROOM_REMOVE,
    ROOM_EXPIRED,
    CHAT_ADD,
    CHAT_FORGET,
    CHAT_REMOVE,
    CHAT_EACH,
    CHAT_LAST,
    STATEMENTS
};

/* Ids are 64 bits; SQLite's integers are signed, so they are stored as two's complement. */
static const char *const statement_texts[STATEMENTS] = {
    [ROOM_COUNT] = "SELECT count(*) FROM rooms",
    [ROOM_ADD] = "INSERT INTO rooms (id, name, mode, capacity, created_s, expires_s, used_s,"
                 " host_key, password, lobby) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [ROOM_GET] = "SELECT name, mode, capacity, created_s, expires_s, used_s, length(password) > 0,"
                 " lobby FROM rooms WHERE id = ?1",
    [ROOM_GUARD] = "SELECT host_key, password FROM rooms WHERE id = ?1",
    [ROOM_USED] = "UPDATE rooms SET used_s = ?2 WHERE id = ?1",
    [ROOM_REMOVE] = "DELETE FROM rooms WHERE id = ?1",
    [ROOM_EXPIRED] = "SELECT id FROM rooms WHERE ((expires_s > 0 AND expires_s <= ?1)"
                     " OR used_s < ?2) AND (?4 OR id > ?3) ORDER BY id LIMIT 1",
    [CHAT_ADD] = "INSERT INTO chat (room, id, participant, name, text, sent_ms)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [CHAT_FORGET] = "DELETE FROM chat WHERE room = ?1 AND id <= ?2",
    [CHAT_REMOVE] = "DELETE FROM chat WHERE room = ?1",
    [CHAT_EACH] = "SELECT id, participant, name, text, sent_ms FROM"
                  " (SELECT * FROM chat WHERE room = ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id",
    [CHAT_LAST] = "SELECT coalesce(max(id), 0) FROM chat WHERE room = ?1",
};

/* As of version 1; upgrade follows it. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS rooms ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL, mode INTEGER NOT NULL,"
    " capacity INTEGER NOT NULL, created_s INTEGER NOT NULL, expires_s INTEGER NOT NULL,"
    " used_s INTEGER NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS rooms_used ON rooms (used_s);"
    "CREATE TABLE IF NOT EXISTS chat ("
    " room INTEGER NOT NULL, id INTEGER NOT NULL, participant INTEGER NOT NULL,"
    " name TEXT NOT NULL, text TEXT NOT NULL, sent_ms INTEGER NOT NULL,"
    " PRIMARY KEY (room, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS bans ("
    " room INTEGER NOT NULL, subject TEXT NOT NULL, until_s INTEGER NOT NULL,"
    " reason TEXT NOT NULL, PRIMARY KEY (room, subject)) STRICT, WITHOUT ROWID;";

/* From version 1, or from nothing. */
static const char upgrade[] = "ALTER TABLE rooms ADD COLUMN host_key BLOB NOT NULL DEFAULT x'';"
                              "ALTER TABLE rooms ADD COLUMN password BLOB NOT NULL DEFAULT x'';"
                              "ALTER TABLE rooms ADD COLUMN lobby INTEGER NOT NULL DEFAULT 0;";

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    int wal_pages; /* not yet in the database file */
    char reason[STORE_REASON_BYTES];
};

/* ---- opening --------------------------------------------------------------------------------- */

static int run(struct store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

/* After each commit; in the place of SQLite's own, which would do a checkpoint here. */
static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *store = context;
    (void)db;
    (void)name;
    store->wal_pages = pages;
    return SQLITE_OK;
}

void store_tidy(struct store *store, bool idle)
{
    if (store->wal_pages == 0 || (!idle && store->wal_pages < WAL_MAX_PAGES))
        return;
    /* A reader or another writer in the way: next time. */
    if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
        SQLITE_OK)
        store->wal_pages = 0;
}

static int read_version(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static int set_up(struct store *store)
{
    /* Room settings and chat may lose the last moment in a power cut, never their consistency:
     * synchronous=NORMAL in WAL mode does just that, and costs no fsync per write. */
    if (run(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512;"
                   "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;") != 0)
        return -1;
    int version = read_version(store);
    if (version > SCHEMA_VERSION) {
        snprintf(store->reason, sizeof store->reason, "was written by a newer Parley (schema %d)",
                 version);
        return -1;
    }
    /* The version is written each time: what cannot be written must be known at start. */
    if (run(store, "BEGIN IMMEDIATE") != 0 || run(store, schema) != 0 ||
        (version < SCHEMA_VERSION && run(store, upgrade) != 0) ||
        run(store, "PRAGMA user_version = 2") != 0 || run(store, "COMMIT") != 0)
        return -1;
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK)
            return -1;
    return 0;
}

int store_open(const char *path, struct store **out, char reason[static STORE_REASON_BYTES])
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        snprintf(reason, STORE_REASON_BYTES, "out of memory");
        return -1;
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int err = sqlite3_open_v2(path, &store->db, flags, NULL);
    if (err == SQLITE_OK) {
        sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
        sqlite3_wal_hook(store->db, on_commit, store);
        if (set_up(store) == 0) {
            *out = store;
            return 0;
        }
    }
    const char *why = store->reason[0] != '\0' ? store->reason
                      : store->db != NULL      ? sqlite3_errmsg(store->db)
                                               : "out of memory";
    snprintf(reason, STORE_REASON_BYTES, "%s", why);
    store_close(store);
    return -1;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    free(store);
}

const char *store_reason(const struct store *store)
{
    return store->reason;
}

/* ---- statements ------------------------------------------------------------------------------ */

static sqlite3_stmt *begin(struct store *store, enum statement which, uint64_t first)
{
    sqlite3_stmt *statement = store->statements[which];
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
    return statement;
}

static void bind_number(sqlite3_stmt *statement, int place, uint64_t value)
{
    sqlite3_bind_int64(statement, place, (sqlite3_int64)value);
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *statement, int place, const uint8_t *bytes, size_t len)
{
    sqlite3_bind_blob(statement, place, bytes, (int)len, SQLITE_STATIC);
}

static uint64_t column_number(sqlite3_stmt *statement, int place)
{
    return (uint64_t)sqlite3_column_int64(statement, place);
}

static void copy_text(sqlite3_stmt *statement, int place, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, place);
    snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
}

/* Zeros if it is not of that length. */
static void copy_bytes(sqlite3_stmt *statement, int place, uint8_t *out, size_t len)
{
    const void *bytes = sqlite3_column_blob(statement, place);
    memset(out, 0, len);
    if (bytes != NULL && sqlite3_column_bytes(statement, place) == (int)len)
        memcpy(out, bytes, len);
}

static int unavailable(struct store *store)
{
    snprintf(store->reason, sizeof store->reason, "%s", sqlite3_errmsg(store->db));
    return STORE_UNAVAILABLE;
}

/* Ends a statement; result is what its last step gave. */
static int end(struct store *store, sqlite3_stmt *statement, int result)
{
    int err = 0;
    if (result == SQLITE_CONSTRAINT)
        err = STORE_EXISTS;
    else if (result != SQLITE_DONE && result != SQLITE_ROW)
        err = unavailable(store);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return err;
}

static int execute(struct store *store, sqlite3_stmt *statement)
{
    return end(store, statement, sqlite3_step(statement));
}

/* One number; STORE_NOT_FOUND: no row. */
static int query_number(struct store *store, sqlite3_stmt *statement, uint64_t *out)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *out = column_number(statement, 0);
    int err = end(store, statement, result);
    return err == 0 && result == SQLITE_DONE ? STORE_NOT_FOUND : err;
}

/* ---- rooms ----------------------------------------------------------------------------------- */

int store_room_add(struct store *store, const struct store_room *room,
                   const struct store_guard *guard, uint32_t max_rooms)
{
    uint64_t count = 0;
    int err = query_number(store, store->statements[ROOM_COUNT], &count);
    if (err != 0)
        return err;
    if (count >= max_rooms)
        return STORE_FULL;
    sqlite3_stmt *statement = begin(store, ROOM_ADD, room->id);
    bind_text(statement, 2, room->name);
    bind_number(statement, 3, room->mode);
    bind_number(statement, 4, room->capacity);
    bind_number(statement, 5, room->created_s);
    bind_number(statement, 6, room->expires_s);
    bind_number(statement, 7, room->used_s);
    bind_bytes(statement, 8, guard->host_key, sizeof guard->host_key);
    bind_bytes(statement, 9, guard->password, guard->password[0] != 0 ? sizeof guard->password : 0);
    bind_number(statement, 10, room->lobby);
    return execute(store, statement);
}

int store_room_get(struct store *store, uint64_t id, struct store_room *out)
{
    sqlite3_stmt *statement = begin(store, ROOM_GET, id);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        out->id = id;
        copy_text(statement, 0, out->name, sizeof out->name);
        out->mode = (uint32_t)column_number(statement, 1);
        out->capacity = (uint32_t)column_number(statement, 2);
        out->created_s = column_number(statement, 3);
        out->expires_s = column_number(statement, 4);
        out->used_s = column_number(statement, 5);
        out->guarded = column_number(statement, 6) != 0;
        out->lobby = column_number(statement, 7) != 0;
    }
    int err = end(store, statement, result);
    return err == 0 && result == SQLITE_DONE ? STORE_NOT_FOUND : err;
}

int store_room_guard(struct store *store, uint64_t id, struct store_guard *out)
{
    sqlite3_stmt *statement = begin(store, ROOM_GUARD, id);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        copy_bytes(statement, 0, out->host_key, sizeof out->host_key);
        copy_bytes(statement, 1, out->password, sizeof out->password);
    }
    int err = end(store, statement, result);
    return err == 0 && result == SQLITE_DONE ? STORE_NOT_FOUND : err;
}

int store_room_used(struct store *store, uint64_t id, uint64_t now_s)
{
    sqlite3_stmt *statement = begin(store, ROOM_USED, id);
    bind_number(statement, 2, now_s);
    return execute(store, statement);
}

int store_room_remove(struct store *store, uint64_t id)
{
    int err = execute(store, begin(store, ROOM_REMOVE, id));
    return err != 0 ? err : execute(store, begin(store, CHAT_REMOVE, id));
}

int store_room_expired(struct store *store, uint64_t now_s, uint64_t unused_before_s,
                       uint64_t after, uint64_t *id)
{
    sqlite3_stmt *statement = begin(store, ROOM_EXPIRED, now_s);
    bind_number(statement, 2, unused_before_s);
    bind_number(statement, 3, after);
    bind_number(statement, 4, after == 0);
    return query_number(store, statement, id);
}

/* ---- chat ------------------------------------------------------------------------------------ */

int store_chat_add(struct store *store, uint64_t room, const struct store_chat *chat, uint32_t keep)
{
    sqlite3_stmt *statement = begin(store, CHAT_ADD, room);
    bind_number(statement, 2, chat->id);
    bind_number(statement, 3, chat->participant);
    bind_text(statement, 4, chat->name);
    bind_text(statement, 5, chat->text);
    bind_number(statement, 6, chat->sent_ms);
    int err = execute(store, statement);
    if (err != 0 || chat->id <= keep)
        return err;
    statement = begin(store, CHAT_FORGET, room);
    bind_number(statement, 2, chat->id - keep);
    return execute(store, statement);
}

int store_chat_each(struct store *store, uint64_t room, uint32_t limit, store_chat_fn *each,
                    void *context)
{
    sqlite3_stmt *statement = begin(store, CHAT_EACH, room);
    bind_number(statement, 2, limit);
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_chat chat = {.id = column_number(statement, 0),
                                  .participant = column_number(statement, 1),
                                  .sent_ms = column_number(statement, 4)};
        copy_text(statement, 2, chat.name, sizeof chat.name);
        chat.text = (const char *)sqlite3_column_text(statement, 3);
        if (chat.text != NULL)
            each(context, &chat);
    }
    return end(store, statement, result);
}

int store_chat_last_id(struct store *store, uint64_t room, uint64_t *id)
{
    return query_number(store, begin(store, CHAT_LAST, room), id);
}
