/* Decoding of client messages. Each message is a table of fields; a field is a name and a function
 * that checks one JSON value and stores it. What no table names is refused. */
#include "control/message.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_MAX      2147483647
#define REQUEST_ID_MAX 2147483647

/* One answer of a reader: enum message_code, CODE_NONE if the value is fine. */
typedef enum message_code read_fn(const json_t *value, void *out);

struct field {
    const char *name;
    read_fn *read;
    size_t offset;
    bool optional;
};

#define FIELD(name, read, member)                                                                  \
    {                                                                                              \
        name, read, offsetof(struct message, member), false                                        \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const code_names[] = {"",
#define MESSAGE_CODE(name, wire) wire,
                                         MESSAGE_CODES(MESSAGE_CODE)
#undef MESSAGE_CODE
};

const char *message_code_name(enum message_code code)
{
    return code_names[code];
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Decodes one code point of valid UTF-8 and moves *at past it. */
static uint32_t next_char(const unsigned char **at)
{
    const unsigned char *p = *at;
    uint32_t lead = p[0];
    size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t value = more == 0 ? lead : lead & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++)
        value = value << 6 | (p[i] & 0x3fu);
    *at = p + more + 1;
    return value;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static bool breaks_line(uint32_t c)
{
    bool separator = c == 0x2028 || c == 0x2029;
    bool turns_direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return separator || turns_direction;
}

static bool is_text(const char *bytes, size_t len, size_t max_chars, bool one_line)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + len;
    size_t chars = 0;
    while (at < end) {
        uint32_t c = next_char(&at);
        bool layout = !one_line && (c == '\n' || c == '\t');
        if (++chars > max_chars || (is_control(c) && !layout) || (one_line && breaks_line(c)))
            return false;
    }
    return chars > 0;
}

bool message_is_line(const char *bytes, size_t len, size_t max_chars)
{
    return is_text(bytes, len, max_chars, true);
}

int message_parse_participant(const char *bytes, size_t len, uint64_t *out)
{
    if (len != 16 || strspn(bytes, "0123456789abcdef") != 16)
        return -1;
    *out = strtoull(bytes, NULL, 16);
    return *out == 0 ? -1 : 0;
}

/* ---- readers of single values ---------------------------------------------------------------- */

static enum message_code take_text(const json_t *value, struct text *out, size_t min, size_t max)
{
    if (!json_is_string(value))
        return CODE_BAD_MESSAGE;
    out->bytes = json_string_value(value);
    out->len = json_string_length(value);
    return out->len < min || out->len > max ? CODE_BAD_MESSAGE : CODE_NONE;
}

static enum message_code read_line(const json_t *value, struct text *out, size_t max_chars)
{
    if (take_text(value, out, 1, max_chars * 4) != CODE_NONE ||
        !message_is_line(out->bytes, out->len, max_chars))
        return CODE_BAD_MESSAGE;
    return CODE_NONE;
}

static enum message_code read_token(const json_t *value, void *out)
{
    return take_text(value, out, 1, MESSAGE_TOKEN_CHARS);
}

static enum message_code read_session(const json_t *value, void *out)
{
    return take_text(value, out, 16, 128);
}

static enum message_code read_name(const json_t *value, void *out)
{
    return read_line(value, out, MESSAGE_NAME_CHARS);
}

static enum message_code read_reason(const json_t *value, void *out)
{
    /* The one text that may be empty: it goes nowhere but into a debug log. */
    struct text *text = out;
    enum message_code code = take_text(value, text, 0, 800);
    if (code == CODE_NONE && text->len > 0 && !message_is_line(text->bytes, text->len, 200))
        return CODE_BAD_MESSAGE;
    return code;
}

static enum message_code read_chat(const json_t *value, void *out)
{
    struct text *text = out;
    if (take_text(value, text, 1, MESSAGE_CHAT_CHARS * 4) != CODE_NONE ||
        !is_text(text->bytes, text->len, MESSAGE_CHAT_CHARS, false))
        return CODE_BAD_MESSAGE;
    return CODE_NONE;
}

static enum message_code read_sdp(const json_t *value, void *out)
{
    if (json_is_string(value) && json_string_length(value) > MESSAGE_SDP_BYTES)
        return CODE_TOO_LARGE;
    return take_text(value, out, 1, MESSAGE_SDP_BYTES);
}

static enum message_code read_mid(const json_t *value, void *out)
{
    return take_text(value, out, 1, MESSAGE_MID_BYTES);
}

static enum message_code read_participant(const json_t *value, void *out)
{
    if (!json_is_string(value) ||
        message_parse_participant(json_string_value(value), json_string_length(value), out) != 0)
        return CODE_BAD_MESSAGE;
    return CODE_NONE;
}

static enum message_code read_participant_or_sfu(const json_t *value, void *out)
{
    if (json_is_string(value) && strcmp(json_string_value(value), "sfu") == 0) {
        *(uint64_t *)out = 0;
        return CODE_NONE;
    }
    return read_participant(value, out);
}

static bool in_range(const json_t *value, json_int_t min, json_int_t max)
{
    return json_is_integer(value) && json_integer_value(value) >= min &&
           json_integer_value(value) <= max;
}

static enum message_code read_epoch(const json_t *value, void *out)
{
    if (!in_range(value, 0, EPOCH_MAX))
        return CODE_BAD_MESSAGE;
    *(uint32_t *)out = (uint32_t)json_integer_value(value);
    return CODE_NONE;
}

static enum message_code read_pixels(const json_t *value, void *out)
{
    if (!in_range(value, 0, MESSAGE_PIXELS))
        return CODE_BAD_MESSAGE;
    *(uint16_t *)out = (uint16_t)json_integer_value(value);
    return CODE_NONE;
}

static enum message_code read_bool(const json_t *value, void *out)
{
    if (!json_is_boolean(value))
        return CODE_BAD_MESSAGE;
    *(bool *)out = json_is_true(value);
    return CODE_NONE;
}

/* The place of a string among names, or -1. */
static int find_name(const json_t *value, const char *const *names, size_t count)
{
    for (size_t i = 0; json_is_string(value) && i < count; i++)
        if (strcmp(json_string_value(value), names[i]) == 0)
            return (int)i;
    return -1;
}

static enum message_code read_choice(const json_t *value, const char *const *names, size_t count,
                                     uint8_t *out)
{
    int place = find_name(value, names, count);
    if (place < 0)
        return CODE_BAD_MESSAGE;
    *out = (uint8_t)place;
    return CODE_NONE;
}

static const char *const source_names[] = {"microphone", "camera", "screen", "screen-audio"};
static const char *const group_names[] = {"camera", "screen"};

static enum message_code read_source(const json_t *value, void *out)
{
    return read_choice(value, source_names, COUNT(source_names), out);
}

static enum message_code read_group(const json_t *value, void *out)
{
    return read_choice(value, group_names, COUNT(group_names), out);
}

static enum message_code read_description_type(const json_t *value, void *out)
{
    static const char *const types[] = {"offer", "answer"};
    uint8_t place = 0;
    enum message_code code = read_choice(value, types, COUNT(types), &place);
    *(bool *)out = place == 1;
    return code;
}

/* ---- objects --------------------------------------------------------------------------------- */

/* The field whose reader ran last, for the reason of a refusal. The process has one thread. */
static const char *failed_field;

/* Reads an object's members into base + offset of each field. */
static enum message_code read_fields(const json_t *object, const struct field *fields, size_t count,
                                     void *base)
{
    if (!json_is_object(object))
        return CODE_BAD_MESSAGE;
    size_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        if (value == NULL && fields[i].optional)
            continue;
        failed_field = fields[i].name;
        enum message_code code = value == NULL
                                     ? CODE_BAD_MESSAGE
                                     : fields[i].read(value, (char *)base + fields[i].offset);
        if (code != CODE_NONE)
            return code;
        seen++;
    }
    failed_field = "an unknown member";
    return seen == json_object_size(object) ? CODE_NONE : CODE_BAD_MESSAGE;
}

static enum message_code read_offer_sources(const json_t *value, void *out)
{
    static const struct field fields[] = {
        {"mid", read_mid, offsetof(struct message_source, mid), false},
        {"source", read_source, offsetof(struct message_source, source), false},
    };
    struct message *message = out;
    if (!json_is_array(value) || json_array_size(value) > MESSAGE_SOURCES)
        return CODE_BAD_MESSAGE;
    message->offer.source_count = json_array_size(value);
    for (size_t i = 0; i < message->offer.source_count; i++) {
        enum message_code code = read_fields(json_array_get(value, i), fields, COUNT(fields),
                                             &message->offer.sources[i]);
        if (code != CODE_NONE)
            return code;
    }
    return CODE_NONE;
}

static enum message_code read_decodes(const json_t *value, void *out)
{
    static const struct {
        const char *name;
        uint8_t codec;
    } codecs[] = {
        {"vp8", MESSAGE_VP8}, {"vp9", MESSAGE_VP9}, {"h264", MESSAGE_H264}, {"av1", MESSAGE_AV1}};
    uint8_t decodes = 0;
    if (!json_is_array(value) || json_array_size(value) > COUNT(codecs))
        return CODE_BAD_MESSAGE;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        size_t at = 0;
        while (name != NULL && at < COUNT(codecs) && strcmp(name, codecs[at].name) != 0)
            at++;
        if (name == NULL || at == COUNT(codecs))
            return CODE_BAD_MESSAGE;
        decodes |= codecs[at].codec;
    }
    memcpy(out, &decodes, sizeof decodes);
    return CODE_NONE;
}

static enum message_code read_wanted(const json_t *value, void *out)
{
    static const struct field fields[] = {
        {"participant_id", read_participant, offsetof(struct message_view, participant), false},
        {"group", read_group, offsetof(struct message_view, group), false},
        {"width", read_pixels, offsetof(struct message_view, width), true},
        {"height", read_pixels, offsetof(struct message_view, height), true},
        {"visible", read_bool, offsetof(struct message_view, visible), true},
        {"pinned", read_bool, offsetof(struct message_view, pinned), true},
    };
    struct message *message = out;
    if (!json_is_array(value) || json_array_size(value) > MESSAGE_VIEWS)
        return CODE_BAD_MESSAGE;
    message->view.count = json_array_size(value);
    for (size_t i = 0; i < message->view.count; i++) {
        message->view.wanted[i].visible = true;
        enum message_code code =
            read_fields(json_array_get(value, i), fields, COUNT(fields), &message->view.wanted[i]);
        if (code != CODE_NONE)
            return code;
    }
    return CODE_NONE;
}

static enum message_code read_description(const json_t *value, void *out)
{
    static const struct field fields[] = {
        FIELD("type", read_description_type, description.answer),
        FIELD("sdp", read_sdp, description.sdp),
    };
    return read_fields(value, fields, COUNT(fields), out);
}

static enum message_code read_enabled(const json_t *value, void *out)
{
    bool enabled[COUNT(source_names)];
    struct field fields[COUNT(source_names)];
    for (size_t i = 0; i < COUNT(fields); i++)
        fields[i] = (struct field){source_names[i], read_bool, i * sizeof(bool), false};
    enum message_code code = read_fields(value, fields, COUNT(fields), enabled);
    uint8_t bits = 0;
    for (size_t i = 0; code == CODE_NONE && i < COUNT(enabled); i++)
        bits = (uint8_t)(bits | (enabled[i] ? 1u << i : 0u));
    *(uint8_t *)out = bits;
    return code;
}

static enum message_code read_candidate_line(const json_t *value, void *out)
{
    struct text *text = out;
    enum message_code code = take_text(value, text, 0, 1024);
    if (code == CODE_NONE && text->len > 0 && !message_is_line(text->bytes, text->len, 1024))
        return CODE_BAD_MESSAGE;
    return code;
}

static enum message_code read_null_or_mid(const json_t *value, void *out)
{
    return json_is_null(value) ? CODE_NONE : take_text(value, out, 0, MESSAGE_MID_BYTES);
}

static enum message_code read_null_or_ufrag(const json_t *value, void *out)
{
    return json_is_null(value) ? CODE_NONE : take_text(value, out, 0, 256);
}

static enum message_code read_null_or_index(const json_t *value, void *out)
{
    if (json_is_null(value))
        return CODE_NONE;
    if (!in_range(value, 0, 63))
        return CODE_BAD_MESSAGE;
    *(int32_t *)out = (int32_t)json_integer_value(value);
    return CODE_NONE;
}

static enum message_code read_candidate(const json_t *value, void *out)
{
    static const struct field fields[] = {
        {"candidate", read_candidate_line, offsetof(struct message_candidate, candidate), false},
        {"sdpMid", read_null_or_mid, offsetof(struct message_candidate, sdp_mid), true},
        {"sdpMLineIndex", read_null_or_index, offsetof(struct message_candidate, sdp_mline_index),
         true},
        {"usernameFragment", read_null_or_ufrag,
         offsetof(struct message_candidate, username_fragment), true},
    };
    struct message_candidate *candidate = out;
    candidate->sdp_mline_index = -1;
    candidate->end = json_is_null(value);
    return candidate->end ? CODE_NONE : read_fields(value, fields, COUNT(fields), out);
}

/* ---- messages -------------------------------------------------------------------------------- */

static enum message_code read_type(const json_t *value, void *out)
{
    (void)value; /* looked at before the table was chosen */
    (void)out;
    return CODE_NONE;
}

static enum message_code read_request_id(const json_t *value, void *out)
{
    if (!in_range(value, 1, REQUEST_ID_MAX))
        return CODE_BAD_MESSAGE;
    *(uint32_t *)out = (uint32_t)json_integer_value(value);
    return CODE_NONE;
}

#define HEAD                                                                                       \
    FIELD("type", read_type, type),                                                                \
    {                                                                                              \
        "id", read_request_id, offsetof(struct message, id), true                                  \
    }

static const struct field join_fields[] = {HEAD, FIELD("token", read_token, join.token),
                                           FIELD("name", read_name, join.name)};
static const struct field resume_fields[] = {
    HEAD, FIELD("token", read_token, resume.token),
    FIELD("participant_id", read_participant, resume.participant),
    FIELD("session", read_session, resume.session)};
static const struct field bare_fields[] = {HEAD};
/* Readers of arrays fill a count too, so they get the whole message. */
static const struct field offer_fields[] = {HEAD,
                                            FIELD("epoch", read_epoch, offer.epoch),
                                            FIELD("new_leg", read_bool, offer.new_leg),
                                            FIELD("sdp", read_sdp, offer.sdp),
                                            {"sources", read_offer_sources, 0, false}};
static const struct field description_fields[] = {HEAD,
                                                  FIELD("to", read_participant, description.to),
                                                  FIELD("epoch", read_epoch, description.epoch),
                                                  {"description", read_description, 0, false}};
static const struct field candidate_fields[] = {
    HEAD, FIELD("to", read_participant_or_sfu, candidate.to),
    FIELD("epoch", read_epoch, candidate.epoch),
    FIELD("candidate", read_candidate, candidate.candidate)};
static const struct field mode_ready_fields[] = {HEAD,
                                                 FIELD("epoch", read_epoch, mode_ready.epoch)};
static const struct field mode_failed_fields[] = {HEAD,
                                                  FIELD("epoch", read_epoch, mode_failed.epoch),
                                                  FIELD("reason", read_reason, mode_failed.reason)};
static const struct field sources_fields[] = {
    HEAD,
    FIELD("sources", read_enabled, sources.enabled),
    {"decodes", read_decodes, offsetof(struct message, sources.decodes), true}};
static const struct field rename_fields[] = {HEAD, FIELD("name", read_name, rename.name)};
static const struct field view_fields[] = {
    HEAD,
    {"wanted", read_wanted, 0, false},
    {"audio_only", read_bool, offsetof(struct message, view.audio_only), true}};
static const struct field chat_fields[] = {HEAD, FIELD("text", read_chat, chat.text)};
static const struct field mute_fields[] = {
    HEAD, FIELD("participant_id", read_participant, mute.participant),
    FIELD("source", read_source, mute.source)};
static const struct field remove_fields[] = {
    HEAD, FIELD("participant_id", read_participant, remove.participant)};
static const struct field admit_fields[] = {
    HEAD, FIELD("participant_id", read_participant, admit.participant),
    FIELD("admitted", read_bool, admit.admitted)};
static const struct field lock_fields[] = {HEAD, FIELD("locked", read_bool, lock.locked)};

static const struct {
    const char *name;
    const struct field *fields;
    size_t count;
} types[MESSAGE_TYPES] = {
    [MESSAGE_JOIN] = {"join", join_fields, COUNT(join_fields)},
    [MESSAGE_RESUME] = {"resume", resume_fields, COUNT(resume_fields)},
    [MESSAGE_LEAVE] = {"leave", bare_fields, COUNT(bare_fields)},
    [MESSAGE_OFFER] = {"offer", offer_fields, COUNT(offer_fields)},
    [MESSAGE_DESCRIPTION] = {"description", description_fields, COUNT(description_fields)},
    [MESSAGE_CANDIDATE] = {"candidate", candidate_fields, COUNT(candidate_fields)},
    [MESSAGE_MODE_READY] = {"mode-ready", mode_ready_fields, COUNT(mode_ready_fields)},
    [MESSAGE_MODE_FAILED] = {"mode-failed", mode_failed_fields, COUNT(mode_failed_fields)},
    [MESSAGE_SOURCES_ENABLED] = {"sources", sources_fields, COUNT(sources_fields)},
    [MESSAGE_RENAME] = {"rename", rename_fields, COUNT(rename_fields)},
    [MESSAGE_VIEW] = {"view", view_fields, COUNT(view_fields)},
    [MESSAGE_CHAT] = {"chat", chat_fields, COUNT(chat_fields)},
    [MESSAGE_PARTICIPANTS] = {"participants", bare_fields, COUNT(bare_fields)},
    [MESSAGE_PING] = {"ping", bare_fields, COUNT(bare_fields)},
    [MESSAGE_MUTE] = {"mute", mute_fields, COUNT(mute_fields)},
    [MESSAGE_REMOVE] = {"remove", remove_fields, COUNT(remove_fields)},
    [MESSAGE_LOCK] = {"lock", lock_fields, COUNT(lock_fields)},
    [MESSAGE_END] = {"end", bare_fields, COUNT(bare_fields)},
    [MESSAGE_ADMIT] = {"admit", admit_fields, COUNT(admit_fields)},
};

static int fail(struct message_problem *problem, enum message_code code, const char *reason)
{
    problem->code = code;
    snprintf(problem->reason, sizeof problem->reason, "%s", reason);
    return -1;
}

static int find_type(const json_t *root)
{
    const json_t *value = json_object_get(root, "type");
    for (int i = 0; json_is_string(value) && i < MESSAGE_TYPES; i++)
        if (strcmp(json_string_value(value), types[i].name) == 0)
            return i;
    return -1;
}

static int decode_object(const json_t *root, struct message *out, struct message_problem *problem)
{
    const json_t *id = json_object_get(root, "id");
    if (id != NULL && read_request_id(id, &out->id) != CODE_NONE)
        return fail(problem, CODE_BAD_MESSAGE, "id: must be an integer from 1 to 2147483647");
    if (!json_is_string(json_object_get(root, "type")))
        return fail(problem, CODE_BAD_MESSAGE, "type: must be a string");
    int type = find_type(root);
    if (type < 0)
        return fail(problem, CODE_UNKNOWN_TYPE, "type: no such message");
    out->type = (enum message_type)type;
    enum message_code code = read_fields(root, types[type].fields, types[type].count, out);
    if (code == CODE_NONE)
        return 0;
    problem->code = code;
    snprintf(problem->reason, sizeof problem->reason, "%s: %s %s", types[type].name, failed_field,
             code == CODE_TOO_LARGE ? "is too large" : "is missing, not allowed or out of range");
    return -1;
}

int message_decode(const char *bytes, size_t len, struct message *out,
                   struct message_problem *problem)
{
    memset(out, 0, sizeof *out);
    if (len > MESSAGE_MAX_BYTES)
        return fail(problem, CODE_TOO_LARGE, "a message has at most 72 KiB");
    json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL)
        return fail(problem, CODE_BAD_MESSAGE, "not JSON in UTF-8");
    int err = json_is_object(root) ? decode_object(root, out, problem)
                                   : fail(problem, CODE_BAD_MESSAGE, "must be a JSON object");
    if (err != 0)
        json_decref(root);
    else
        out->owned = root;
    return err;
}

void message_free(struct message *message)
{
    json_decref(message->owned);
    message->owned = NULL;
}
