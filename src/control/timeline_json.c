/* Timeline entries with names for their two numbers. */
#include "control/timeline_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/proquint.h"

/* What a and b of an entry are; NULL: nothing. docs/protocol.md says what they mean. */
static const struct {
    const char *what;
    const char *a, *b;
} names[] = {
    {"estimate", "before_kbps", "after_kbps"},
    {"probe", "tried_kbps", "measured_kbps"},
    {"pause", "needed_kbps", "available_kbps"},
    {"resume", NULL, NULL},
    {"keyframe", "layer", "merged"},
    {"replay", "layer", "packets"},
    {"queue_drop", "packets", "queue_ms"},
    {"red", "before", "after"},
    {"speaker", NULL, NULL},
    {"microphone", "forwarded", "level_dbov"},
    {"publish", "before_layers", "after_layers"},
    {"quality", "before_score", "after_score"},
    {"leg", "before_state", "after_state"},
    {"audio_only", "on", NULL},
    {"join", "participants", "loudest"},
    {"leave", "participants", NULL},
    {"seats", "seats", "red"},
    {"rate", "layer", "kbps"},
};

static void set(json_t *object, const char *name, int64_t value)
{
    if (name != NULL)
        json_object_set_new(object, name, json_integer(value));
}

/* A layer is spatial + 1 in the upper and temporal in the lower byte; spatial -1: paused. */
static json_t *layer_values(uint32_t before, uint32_t after)
{
    json_t *values = json_object();
    set(values, "before_spatial", (int64_t)(before >> 8) - 1);
    set(values, "before_temporal", before & 0xffu);
    set(values, "after_spatial", (int64_t)(after >> 8) - 1);
    set(values, "after_temporal", after & 0xffu);
    return values;
}

/* The codec and whether it is unmuted are one number. */
static json_t *source_values(uint32_t encodings, uint32_t coding)
{
    json_t *values = json_object();
    set(values, "encodings", encodings);
    set(values, "codec", coding >> 1);
    set(values, "unmuted", coding & 1u);
    return values;
}

static json_t *view_values(uint32_t size, uint32_t look)
{
    json_t *values = json_object();
    set(values, "width", size >> 16);
    set(values, "height", size & 0xffffu);
    set(values, "visible", look & 1u);
    set(values, "pinned", look >> 1 & 1u);
    return values;
}

static json_t *link_values(uint32_t rtt_ms, uint32_t losses)
{
    json_t *values = json_object();
    set(values, "rtt_ms", rtt_ms);
    set(values, "down_loss_permille", losses >> 16);
    set(values, "up_loss_permille", losses & 0xffffu);
    return values;
}

/* Words whose two numbers hold more than two. */
static const struct {
    const char *what;
    json_t *(*values)(uint32_t a, uint32_t b);
} packed[] = {
    {"layer", layer_values},
    {"source", source_values},
    {"view", view_values},
    {"link", link_values},
};

static json_t *values_of(const struct ipc_timeline_entry *entry)
{
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        if (strcmp(entry->what, packed[i].what) == 0)
            return packed[i].values(entry->a, entry->b);
    json_t *values = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(entry->what, names[i].what) != 0)
            continue;
        set(values, names[i].a, entry->a);
        set(values, names[i].b, entry->b);
        return values;
    }
    /* A word that came after this table: shown as it is. */
    set(values, "a", entry->a);
    set(values, "b", entry->b);
    return values;
}

static json_t *id_or_null(uint64_t id)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, id);
    return id != 0 ? json_string(text) : json_null();
}

static json_t *entry_json(const struct ipc_timeline_entry *entry)
{
    static const char *const sources[IPC_SOURCES] = {"microphone", "camera", "screen",
                                                     "screen-audio"};
    json_t *source =
        entry->source < IPC_SOURCES ? json_string(sources[entry->source]) : json_null();
    return json_pack("{s:I,s:I,s:o,s:o,s:o,s:s,s:s,s:o}", "number", (json_int_t)entry->number,
                     "at_ms", (json_int_t)entry->at_ms, "participant_id",
                     id_or_null(entry->participant), "about", id_or_null(entry->about), "source",
                     source, "what", entry->what, "why", entry->why, "values", values_of(entry));
}

json_t *timeline_json(uint64_t room, const struct ipc_timeline *timeline)
{
    char id[PROQUINT_TEXT_BYTES];
    json_t *entries = json_array();
    uint64_t next = timeline->after;
    for (size_t i = 0; i < timeline->count; i++) {
        json_array_append_new(entries, entry_json(&timeline->entries[i]));
        next = timeline->entries[i].number;
    }
    return json_pack("{s:s,s:o,s:I,s:b}", "room_id", proquint_format(room, id), "entries", entries,
                     "next", (json_int_t)next, "more", (int)timeline->more);
}
