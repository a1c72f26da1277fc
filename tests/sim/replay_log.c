#include "sim/replay_log.h"

#include <stdlib.h>
#include <string.h>

#include "control/timeline_json.h"
#include "engine/timeline.h"

#define PAGE_ENTRIES 200u

static const char *const sources[ENGINE_SOURCES] = {"microphone", "camera", "screen",
                                                    "screen-audio"};

void replay_log_fini(struct replay_log *log)
{
    free(log->entries);
    *log = (struct replay_log){0};
}

const char *replay_source(uint8_t source)
{
    return source < ENGINE_SOURCES ? sources[source] : "none";
}

bool replay_is(const struct replay_entry *entry, const char *what)
{
    return strcmp(entry->what, what) == 0;
}

int64_t replay_value(const struct replay_entry *entry, const char *name, int64_t missing)
{
    for (unsigned i = 0; i < entry->value_count; i++)
        if (strcmp(entry->values[i].name, name) == 0)
            return entry->values[i].value;
    return missing;
}

/* ---- from JSON ------------------------------------------------------------------------------- */

static void copy_word(char out[static REPLAY_WORD_BYTES], const json_t *word)
{
    snprintf(out, REPLAY_WORD_BYTES, "%s", json_is_string(word) ? json_string_value(word) : "");
}

static uint64_t read_id(const json_t *id)
{
    return json_is_string(id) ? strtoull(json_string_value(id), NULL, 16) : 0;
}

static uint8_t read_source(const json_t *source)
{
    for (uint8_t i = 0; json_is_string(source) && i < ENGINE_SOURCES; i++)
        if (strcmp(json_string_value(source), sources[i]) == 0)
            return i;
    return ENGINE_SOURCES;
}

static void read_values(struct replay_entry *entry, json_t *values)
{
    const char *name;
    json_t *value;

    json_object_foreach(values, name, value)
    {
        struct replay_value *out = &entry->values[entry->value_count];

        if (entry->value_count == REPLAY_VALUES)
            return;
        snprintf(out->name, sizeof(out->name), "%s", name);
        out->value = json_integer_value(value);
        entry->value_count++;
    }
}

static struct replay_entry *grow(struct replay_log *log)
{
    if (log->count == log->capacity) {
        log->capacity = log->capacity == 0 ? 1024 : 2 * log->capacity;
        log->entries = realloc(log->entries, log->capacity * sizeof(*log->entries));
        if (log->entries == NULL)
            abort();
    }
    return &log->entries[log->count];
}

static bool add_entry(struct replay_log *log, json_t *json)
{
    struct replay_entry *entry = grow(log);
    const json_t *number = json_object_get(json, "number"), *at = json_object_get(json, "at_ms");
    uint64_t at_ms = (uint64_t)json_integer_value(at);

    if (!json_is_integer(number) || !json_is_integer(at))
        return false;
    *entry = (struct replay_entry){.number = (uint64_t)json_integer_value(number)};
    if (log->count > 0 && entry->number <= entry[-1].number)
        return true; /* pages that overlap */
    if (log->first_ms == 0)
        log->first_ms = at_ms;
    entry->at_us = at_ms > log->first_ms ? (at_ms - log->first_ms) * 1000u : 0;
    entry->participant = read_id(json_object_get(json, "participant_id"));
    entry->about = read_id(json_object_get(json, "about"));
    entry->source = read_source(json_object_get(json, "source"));
    copy_word(entry->what, json_object_get(json, "what"));
    copy_word(entry->why, json_object_get(json, "why"));
    read_values(entry, json_object_get(json, "values"));
    log->count++;
    return true;
}

bool replay_log_add(struct replay_log *log, const json_t *page)
{
    const json_t *entries = json_object_get(page, "entries");
    size_t i;
    json_t *entry;

    if (!json_is_array(entries))
        return false;
    json_array_foreach(entries, i, entry)
    {
        if (!add_entry(log, entry))
            return false;
    }
    return true;
}

bool replay_log_read(struct replay_log *log, FILE *file, const char *name)
{
    json_error_t error;
    json_t *page;
    size_t pages = 0;

    while ((page = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
        bool fine = replay_log_add(log, page);

        json_decref(page);
        pages++;
        if (!fine) {
            fprintf(stderr, "%s: page %zu is no timeline\n", name, pages);
            return false;
        }
    }
    if (json_error_code(&error) == json_error_premature_end_of_input && pages > 0)
        return true;
    fprintf(stderr, "%s: after %zu pages: %s\n", name, pages, error.text);
    return false;
}

/* ---- from an engine -------------------------------------------------------------------------- */

static void copy_entry(const struct timeline_entry *from, uint64_t unix_offset_us,
                       struct ipc_timeline_entry *to)
{
    *to = (struct ipc_timeline_entry){.number = from->number,
                                      .at_ms = (from->at_us + unix_offset_us) / 1000u,
                                      .participant = from->note.participant,
                                      .about = from->note.about,
                                      .source = from->note.source,
                                      .a = from->note.a,
                                      .b = from->note.b};
    snprintf(to->what, sizeof(to->what), "%s", timeline_what_word(from->note.what));
    snprintf(to->why, sizeof(to->why), "%s", timeline_why_word(from->note.why));
}

json_t *replay_log_page(const struct engine *engine, uint64_t room, uint64_t unix_offset_us,
                        uint64_t *after)
{
    static struct timeline_entry entries[PAGE_ENTRIES];
    static struct ipc_timeline page;
    size_t count = engine_timeline(engine, room, *after, entries, PAGE_ENTRIES);

    if (count == 0)
        return NULL;
    page.after = *after;
    page.more = count == PAGE_ENTRIES;
    page.count = count;
    for (size_t i = 0; i < count; i++)
        copy_entry(&entries[i], unix_offset_us, &page.entries[i]);
    *after = entries[count - 1].number;
    return timeline_json(room, &page);
}
