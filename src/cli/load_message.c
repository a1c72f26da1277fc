#include "cli/load_message.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *dump(json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static const char *string_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

/* False: it is missing or does not fit. */
static bool copy(const json_t *json, const char *key, char *out, size_t size)
{
    const char *text = string_of(json, key);
    int len = snprintf(out, size, "%s", text);
    return len > 0 && (size_t)len < size;
}

/* ---- REST ------------------------------------------------------------------------------------ */

char *load_message_room(const struct load_options *options)
{
    unsigned people = options->publishers + options->subscribers;
    return dump(json_pack("{s:s,s:s,s:i}", "name", "parley load", "mode", "sfu", "capacity",
                          (int)(people < 2 ? 2 : people)));
}

int load_message_read_room(const char *text, size_t len, char room[static LOAD_ROOM_BYTES])
{
    json_t *json = json_loadb(text, len, 0, NULL);
    bool fine = copy(json, "room_id", room, LOAD_ROOM_BYTES);
    json_decref(json);
    return fine ? 0 : -1;
}

/* In a room of thousands join-room and `joined` list them all, to each, behind the rest: that is
 * not read, if wanted is there without it. In a string these quotes would be escaped. */
static json_t *load(const char *text, size_t len, const char *wanted)
{
    static const char list[] = ",\"participants\":[";
    const char *at = memmem(text, len, list, sizeof list - 1);
    json_t *json = NULL;
    char *head = at ? strndup(text, (size_t)(at - text) + 1) : NULL;
    if (head) {
        head[at - text] = '}';
        json = json_loadb(head, (size_t)(at - text) + 1, 0, NULL);
    }
    free(head);
    if (json_object_get(json, wanted))
        return json;
    json_decref(json);
    return json_loadb(text, len, 0, NULL);
}

int load_message_read_ticket(const char *text, size_t len, struct load_ticket *out)
{
    json_t *json = load(text, len, "token");
    bool fine = copy(json, "ws_url", out->url, sizeof out->url) &&
                copy(json, "token", out->token, sizeof out->token);
    json_decref(json);
    return fine ? 0 : -1;
}

void load_message_problem(unsigned status, const char *text, size_t len, char *out, size_t size)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    const char *code = string_of(json, "code"), *detail = string_of(json, "detail");
    snprintf(out, size, "%u%s%s%s%s", status, code[0] ? " " : "", code, detail[0] ? ": " : "",
             detail);
    json_decref(json);
}

/* ---- WebSocket ------------------------------------------------------------------------------- */

char *load_message_join(const char *token, const char *name)
{
    return dump(json_pack("{s:s,s:i,s:s,s:s}", "type", "join", "id", LOAD_ID_JOIN, "token", token,
                          "name", name));
}

char *load_message_resume(const char *token, const struct load_session *session)
{
    return dump(json_pack("{s:s,s:i,s:s,s:s,s:s}", "type", "resume", "id", LOAD_ID_JOIN, "token",
                          token, "participant_id", session->participant, "session",
                          session->secret));
}

char *load_message_sources(bool microphone, bool camera)
{
    return dump(json_pack("{s:s,s:i,s:{s:b,s:b,s:b,s:b}}", "type", "sources", "id", LOAD_ID_SOURCES,
                          "sources", "microphone", microphone, "camera", camera, "screen", 0,
                          "screen-audio", 0));
}

char *load_message_together(void)
{
    return dump(json_pack("{s:s,s:i}", "type", "participants", "id", LOAD_ID_PARTICIPANTS));
}

static void add_source(json_t *sources, const char *mid, const char *source)
{
    json_array_append_new(sources, json_pack("{s:s,s:s}", "mid", mid, "source", source));
}

char *load_message_offer(uint32_t epoch, const char *sdp, bool microphone, bool camera)
{
    json_t *sources = json_array();
    if (microphone)
        add_source(sources, "mic", "microphone");
    if (camera)
        add_source(sources, "cam", "camera");
    return dump(json_pack("{s:s,s:i,s:I,s:b,s:s,s:o}", "type", "offer", "id", LOAD_ID_OFFER,
                          "epoch", (json_int_t)epoch, "new_leg", 1, "sdp", sdp, "sources",
                          sources));
}

static void read_mode(const json_t *mode, struct load_message *out)
{
    out->type = LOAD_MESSAGE_JOINED;
    out->epoch = (uint32_t)json_integer_value(json_object_get(mode, "epoch"));
    out->sfu = strcmp(string_of(mode, "mode"), "sfu") == 0;
}

static void read_answer(const json_t *json, struct load_message *out)
{
    const char *sdp = string_of(json, "sdp");
    out->sdp_len = strlen(sdp);
    out->sdp = strdup(sdp);
    if (out->sdp)
        out->type = LOAD_MESSAGE_ANSWER;
}

static void read_publish(const json_t *json, struct load_message *out)
{
    const json_t *source;
    size_t i;
    json_array_foreach(json_object_get(json, "sources"), i, source)
    {
        const json_t *layers = json_object_get(source, "layers");
        if (strcmp(string_of(source, "source"), "camera") != 0 || json_array_size(layers) != 3)
            continue;
        out->type = LOAD_MESSAGE_PUBLISH;
        for (size_t layer = 0; layer < 3; layer++)
            out->layers |= json_is_true(json_array_get(layers, layer)) ? 1u << layer : 0u;
    }
}

void load_message_read(const char *text, size_t len, struct load_message *out)
{
    *out = (struct load_message){.type = LOAD_MESSAGE_OTHER};
    json_t *json = load(text, len, "mode");
    const char *type = string_of(json, "type");
    if (strcmp(type, "joined") == 0) {
        read_mode(json_object_get(json, "mode"), out);
        copy(json, "participant_id", out->session.participant, LOAD_WORD_BYTES);
        copy(json, "session", out->session.secret, LOAD_WORD_BYTES);
        out->minor = (unsigned)json_integer_value(json_object_get(json, "protocol_minor"));
    } else if (strcmp(type, "answer") == 0) {
        read_answer(json, out);
    } else if (strcmp(type, "error") == 0) {
        out->type = LOAD_MESSAGE_ERROR;
        snprintf(out->reason, sizeof out->reason, "%.40s: %.80s", string_of(json, "code"),
                 string_of(json, "message"));
    } else if (strcmp(type, "publish") == 0) {
        read_publish(json, out);
    } else if (strcmp(type, "media-restart") == 0) {
        out->type = LOAD_MESSAGE_RESTART;
        out->epoch = (uint32_t)json_integer_value(json_object_get(json, "epoch"));
    }
    json_decref(json);
}
