/* Notes as JSON. Pure. */
#include "control/note.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "control/message.h"

#define HASH_TEXT_BYTES (2 * SECRET_HASH_BYTES + 1)

static char *dump(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

char *note_of_room(const struct room *room)
{
    const struct store_room *settings = &room->settings;
    return dump(json_pack(
        "{s:s,s:i,s:i,s:I,s:I,s:b,s:b,s:b,s:b,s:b,s:b,s:i,s:I,s:I}", "name", settings->name,
        "policy", (int)settings->mode, "capacity", (int)settings->capacity, "created",
        (json_int_t)settings->created_s, "expires", (json_int_t)settings->expires_s, "guarded",
        settings->guarded, "lobby", settings->lobby, "locked", room->locked, "sfu", room->mode.sfu,
        "paired", room->mode.paired, "waiting", room->mode.waiting, "epoch", (int)room->mode.epoch,
        "next_order", (json_int_t)room->next_order, "last_chat", (json_int_t)room->last_chat_id));
}

static void format_hash(const uint8_t hash[static SECRET_HASH_BYTES],
                        char out[static HASH_TEXT_BYTES])
{
    for (size_t i = 0; i < SECRET_HASH_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static int parse_hash(const char *text, uint8_t out[static SECRET_HASH_BYTES])
{
    if (strlen(text) != 2 * SECRET_HASH_BYTES ||
        strspn(text, "0123456789abcdef") != 2 * SECRET_HASH_BYTES)
        return -1;
    for (size_t i = 0; i < SECRET_HASH_BYTES; i++) {
        unsigned byte = 0;
        sscanf(text + 2 * i, "%2x", &byte);
        out[i] = (uint8_t)byte;
    }
    return 0;
}

char *note_of_member(const struct member *member)
{
    char hash[HASH_TEXT_BYTES];
    format_hash(member->session_hash, hash);
    return dump(json_pack("{s:s,s:I,s:i,s:i,s:s,s:b,s:s}", "name", member->name, "order",
                          (json_int_t)member->order, "sources", (int)member->enabled, "decodes",
                          (int)member->decodes, "role", rights_role_name(member->role), "named",
                          member->named, "session", hash));
}

/* What came with roles is optional: the note may be of a control from before them. */
int note_read_room(uint64_t id, const char *text, size_t len, struct note_room *out)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    const char *name = "";
    int policy = 0, capacity = 0, guarded = 0, lobby = 0, locked = 0, sfu = 0, paired = 0,
        waiting = 0;
    int epoch = 0;
    json_int_t created = 0, expires = 0, next_order = 0, last_chat = 0;
    int err = json_unpack(json, "{s:s,s:i,s:i,s:I,s:I,s?b,s?b,s?b,s:b,s:b,s:b,s:i,s:I,s:I}", "name",
                          &name, "policy", &policy, "capacity", &capacity, "created", &created,
                          "expires", &expires, "guarded", &guarded, "lobby", &lobby, "locked",
                          &locked, "sfu", &sfu, "paired", &paired, "waiting", &waiting, "epoch",
                          &epoch, "next_order", &next_order, "last_chat", &last_chat);
    bool sane = err == 0 && strlen(name) < STORE_NAME_BYTES && policy >= MODE_POLICY_AUTO &&
                policy <= MODE_POLICY_SFU && capacity >= 1 && capacity <= (int)MODE_MAX_MEMBERS &&
                created >= 0 && expires >= 0 && epoch >= 0 && next_order >= 0 && last_chat >= 0;
    if (sane) {
        *out = (struct note_room){
            .settings = {.id = id,
                         .mode = (uint32_t)policy,
                         .capacity = (uint32_t)capacity,
                         .created_s = (uint64_t)created,
                         .expires_s = (uint64_t)expires,
                         .guarded = guarded != 0,
                         .lobby = lobby != 0},
            .locked = locked != 0,
            .sfu = sfu != 0,
            .paired = paired != 0,
            .waiting = waiting != 0,
            .epoch = (uint32_t)epoch,
            .next_order = (uint64_t)next_order,
            .last_chat_id = (uint64_t)last_chat,
        };
        snprintf(out->settings.name, sizeof out->settings.name, "%s", name);
    }
    json_decref(json);
    return sane ? 0 : -1;
}

int note_read_member(const char *text, size_t len, struct note_member *out)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    const char *name = "", *role_name = "participant", *session = "";
    int sources = 0, decodes = 0, named = 0;
    enum role role = ROLE_PARTICIPANT;
    json_int_t order = 0;
    int err = json_unpack(json, "{s:s,s:I,s:i,s:i,s?s,s?b,s:s}", "name", &name, "order", &order,
                          "sources", &sources, "decodes", &decodes, "role", &role_name, "named",
                          &named, "session", &session);
    bool sane = err == 0 && order >= 0 && sources >= 0 && sources <= 15 && decodes >= 0 &&
                decodes <= 15 && rights_parse_role(role_name, &role) == 0 &&
                message_is_line(name, strlen(name), MESSAGE_NAME_CHARS);
    if (sane) {
        *out = (struct note_member){
            .order = (uint64_t)order,
            .enabled = (uint8_t)sources,
            .decodes = (uint8_t)decodes,
            .role = role,
            .named = named != 0,
        };
        snprintf(out->name, sizeof out->name, "%s", name);
        sane = parse_hash(session, out->session_hash) == 0;
    }
    json_decref(json);
    return sane ? 0 : -1;
}
