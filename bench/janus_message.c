#include "janus_message.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load_options.h"

#define PLUGIN "janus.plugin.videoroom"

/* ---- out ------------------------------------------------------------------------------------- */

/* Takes the references of body and jsep. */
static char *envelope(const char *verb, struct janus_address to, json_t *body, json_t *jsep)
{
    char transaction[24];
    snprintf(transaction, sizeof transaction, "%c%u", (char)to.topic, to.number);
    json_t *json = json_pack("{s:s,s:s}", "janus", verb, "transaction", transaction);
    if (to.session)
        json_object_set_new(json, "session_id", json_integer(to.session));
    if (to.handle)
        json_object_set_new(json, "handle_id", json_integer(to.handle));
    if (body)
        json_object_set_new(json, "body", body);
    if (jsep)
        json_object_set_new(json, "jsep", jsep);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

static json_t *jsep_of(const char *type, const char *sdp)
{
    return json_pack("{s:s,s:s,s:b}", "type", type, "sdp", sdp, "trickle", false);
}

char *janus_message_create(struct janus_address to)
{
    return envelope("create", to, NULL, NULL);
}

char *janus_message_attach(struct janus_address to)
{
    char transaction[24];
    snprintf(transaction, sizeof transaction, "%c%u", (char)to.topic, to.number);
    json_t *json = json_pack("{s:s,s:s,s:s,s:I}", "janus", "attach", "plugin", PLUGIN,
                             "transaction", transaction, "session_id", (json_int_t)to.session);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

char *janus_message_room(struct janus_address to, unsigned room, const struct load_options *options)
{
    json_t *body =
        json_pack("{s:s,s:i,s:i,s:s,s:s,s:b,s:b}", "request", "create", "room", (int)room,
                  "publishers", (int)options->publishers, "audiocodec", "opus", "videocodec", "vp8",
                  "notify_joining", false, "audiolevel_ext", true);
    return envelope("message", to, body, NULL);
}

char *janus_message_publish(struct janus_address to, unsigned room, const char *offer)
{
    json_t *body = json_pack("{s:s,s:s,s:i}", "request", "joinandconfigure", "ptype", "publisher",
                             "room", (int)room);
    return envelope("message", to, body, jsep_of("offer", offer));
}

char *janus_message_subscribe(struct janus_address to, unsigned room, const int64_t *feeds,
                              size_t count)
{
    json_t *streams = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(streams, json_pack("{s:I}", "feed", (json_int_t)feeds[i]));
    json_t *body = json_pack("{s:s,s:s,s:i,s:o}", "request", "join", "ptype", "subscriber", "room",
                             (int)room, "streams", streams);
    return envelope("message", to, body, NULL);
}

char *janus_message_start(struct janus_address to, const char *answer)
{
    return envelope("message", to, json_pack("{s:s}", "request", "start"),
                    jsep_of("answer", answer));
}

/* ---- in -------------------------------------------------------------------------------------- */

static void read_event(const json_t *json, struct janus_message *out)
{
    const json_t *told = json_object_get(json_object_get(json, "plugindata"), "data");
    const char *error = json_string_value(json_object_get(told, "error"));
    const char *sdp = json_string_value(json_object_get(json_object_get(json, "jsep"), "sdp"));
    out->id = json_integer_value(json_object_get(told, "id"));
    if (error)
        snprintf(out->problem, sizeof out->problem, "%s", error);
    if (sdp)
        out->sdp = strdup(sdp);
}

static void read_verb(const json_t *json, const char *verb, struct janus_message *out)
{
    if (strcmp(verb, "ack") == 0) {
        out->acknowledged = true;
    } else if (strcmp(verb, "error") == 0) {
        const char *reason =
            json_string_value(json_object_get(json_object_get(json, "error"), "reason"));
        snprintf(out->problem, sizeof out->problem, "%s", reason ? reason : "refused");
    } else if (json_object_get(json, "plugindata")) {
        read_event(json, out);
    } else {
        out->id = json_integer_value(json_object_get(json_object_get(json, "data"), "id"));
    }
}

int janus_message_read(const char *text, size_t len, struct janus_message *out)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    const char *verb = json_string_value(json_object_get(json, "janus"));
    const char *transaction = json_string_value(json_object_get(json, "transaction"));
    *out = (struct janus_message){0};
    const bool up = verb && strcmp(verb, "webrtcup") == 0;
    const bool ours = up || (verb && transaction && transaction[0]);
    if (up) {
        out->topic = JANUS_UP;
        out->id = json_integer_value(json_object_get(json, "sender"));
    } else if (ours) {
        out->topic = (enum janus_topic)transaction[0];
        out->number = (unsigned)strtoul(transaction + 1, NULL, 10);
        read_verb(json, verb, out);
    }
    json_decref(json);
    return ours ? 0 : -1;
}
