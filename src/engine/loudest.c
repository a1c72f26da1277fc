/* The few that everybody hears. */
#include "engine/loudest.h"

/* Of the last 100 ms, to come in: one click is not enough, and the ring has the rest. */
#define LOUD_WINDOW_SLOTS 5u
#define LOUD_SLOTS        2u

/* Who has not been loud for so long leaves without a contest. */
#define IDLE_US 1000000u

/* While all talk: louder by so much, and for nearly all of 200 ms. */
#define LEAD_Q8     (6u << 8)
#define LEAD_WINDOW 10u
#define LEAD_SLOTS  8u

static void put(struct loudest *loudest, struct speaker *speaker)
{
    speaker->chosen = true;
    loudest->members[loudest->count++] = speaker;
}

void loudest_forget(struct loudest *loudest, struct speaker *speaker)
{
    speaker->chosen = false;
    for (size_t i = 0; i < loudest->count; i++) {
        if (loudest->members[i] == speaker) {
            loudest->members[i] = loudest->members[--loudest->count];
            return;
        }
    }
}

static bool is_there(const struct speaker_entrant *entrants, size_t count,
                     const struct speaker *speaker)
{
    for (size_t i = 0; i < count; i++)
        if (entrants[i].speaker == speaker)
            return true;
    return false;
}

static struct speaker *loud_last(const struct speaker_entrant *entrants, size_t count)
{
    struct speaker *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct speaker *speaker = entrants[i].speaker;
        if (!speaker->chosen && (!best || speaker->loud_us > best->loud_us))
            best = speaker;
    }
    return best;
}

void loudest_review(struct loudest *loudest, unsigned limit, const struct speaker_entrant *entrants,
                    size_t count)
{
    loudest->choosing = count > limit;
    for (size_t i = loudest->count; i > 0; i--) {
        struct speaker *member = loudest->members[i - 1];
        /* A microphone that began anew (another peer connection) lost its mark. */
        if (!loudest->choosing || !member->chosen || !is_there(entrants, count, member))
            loudest_forget(loudest, member);
    }
    while (loudest->choosing && loudest->count < limit)
        put(loudest, loud_last(entrants, count));
}

static struct speaker *silent_longest(const struct loudest *loudest, const struct speaker *keep)
{
    struct speaker *found = NULL;
    for (size_t i = 0; i < loudest->count; i++) {
        struct speaker *member = loudest->members[i];
        if (member != keep && (!found || member->loud_us < found->loud_us))
            found = member;
    }
    return found;
}

static struct speaker *quietest(const struct loudest *loudest, const struct speaker *keep)
{
    struct speaker *found = NULL;
    for (size_t i = 0; i < loudest->count; i++) {
        struct speaker *member = loudest->members[i];
        if (member != keep && (!found || member->level_q8 > found->level_q8))
            found = member;
    }
    return found;
}

static struct speaker *find_place(const struct loudest *loudest, uint64_t now_us,
                                  const struct speaker *challenger, const struct speaker *keep)
{
    struct speaker *idle = silent_longest(loudest, keep);
    if (!idle || now_us - idle->loud_us > IDLE_US)
        return idle;
    struct speaker *quiet = quietest(loudest, keep);
    const bool talks = speaker_loud_slots(challenger, now_us, LEAD_WINDOW) >= LEAD_SLOTS;
    return talks && challenger->level_q8 + LEAD_Q8 < quiet->level_q8 ? quiet : NULL;
}

bool loudest_admit(struct loudest *loudest, unsigned limit, uint64_t now_us,
                   struct speaker *challenger, const struct speaker *dominant, struct speaker **out)
{
    *out = NULL;
    if (speaker_loud_slots(challenger, now_us, LOUD_WINDOW_SLOTS) < LOUD_SLOTS)
        return false;
    if (loudest->count >= limit) {
        *out = find_place(loudest, now_us, challenger, dominant);
        if (!*out)
            return false;
        loudest_forget(loudest, *out);
    }
    /* From here on it counts as somebody who talks: the next one does not put it out again. */
    challenger->loud_us = now_us;
    put(loudest, challenger);
    return true;
}
