/* A ring of decisions. */
#include "engine/timeline.h"

#include <stdlib.h>

#include "engine/media_room.h"

const char *timeline_what_word(unsigned what)
{
    static const char *const WORDS[] = {
#define TIMELINE_WORD(code, word) word,
        TIMELINE_WHATS(TIMELINE_WORD)};
    return what < TIMELINE_WHAT_COUNT ? WORDS[what] : "unknown";
}

const char *timeline_why_word(unsigned why)
{
    static const char *const WORDS[] = {TIMELINE_WHYS(TIMELINE_WORD)};
    return why < TIMELINE_WHY_COUNT ? WORDS[why] : "unknown";
}

void timeline_init(struct timeline *timeline)
{
    *timeline = (struct timeline){
        .entries = calloc(LIMIT_TIMELINE_ENTRIES, sizeof(struct timeline_entry)),
    };
}

void timeline_fini(struct timeline *timeline)
{
    free(timeline->entries);
    *timeline = (struct timeline){0};
}

void timeline_add(struct timeline *timeline, uint64_t now_us, const struct timeline_note *note)
{
    if (!timeline->entries)
        return;
    timeline->entries[timeline->count % LIMIT_TIMELINE_ENTRIES] =
        (struct timeline_entry){.number = timeline->count + 1, .at_us = now_us, .note = *note};
    timeline->count++;
}

size_t timeline_read(const struct timeline *timeline, uint64_t after, struct timeline_entry *out,
                     size_t max)
{
    const uint64_t oldest =
        timeline->count > LIMIT_TIMELINE_ENTRIES ? timeline->count - LIMIT_TIMELINE_ENTRIES : 0;
    uint64_t number = after > oldest ? after : oldest;
    size_t count = 0;
    for (; number < timeline->count && count < max; number++)
        out[count++] = timeline->entries[number % LIMIT_TIMELINE_ENTRIES];
    return count;
}

void timeline_note(struct media_room *room, uint64_t now_us, const struct timeline_note *note)
{
    if (room)
        timeline_add(&room->timeline, now_us, note);
}
