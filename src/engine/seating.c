/* The seat assignment. */
#include "engine/seating.h"

#include "base/assert.h"

struct ranked {
    const struct seating_candidate *candidate;
    uint32_t tier; /* who is heard, position in the wish list, then screens, then the others */
    bool seated;
};

#define TIER_HEARD  0u
#define TIER_WANTED 1u
#define TIER_SCREEN 0x10000u
#define TIER_OTHER  0x10001u

static bool sits(const struct seating_place *place, const struct seating_candidate *candidate)
{
    return place->participant == candidate->participant && place->group == candidate->group;
}

static struct ranked rank(const struct seating_candidate *candidate,
                          const struct seating_place *places, size_t place_count,
                          const struct engine_view *wanted, size_t wanted_count)
{
    struct ranked ranked = {.candidate = candidate};
    ranked.tier = candidate->group == ENGINE_GROUP_SCREEN ? TIER_SCREEN : TIER_OTHER;
    for (size_t i = 0; i < wanted_count; i++) {
        if (wanted[i].participant == candidate->participant &&
            wanted[i].group == candidate->group) {
            ranked.tier = TIER_WANTED + (uint32_t)i;
            break;
        }
    }
    for (size_t i = 0; i < place_count; i++)
        ranked.seated |= sits(&places[i], candidate);
    return ranked;
}

static bool is_loud_enough(const struct seating_candidate *candidates, size_t count, size_t which,
                           size_t most)
{
    size_t louder = 0;
    for (size_t i = 0; i < count; i++)
        louder += candidates[i].loud_us > candidates[which].loud_us ||
                  (candidates[i].loud_us == candidates[which].loud_us && i < which);
    return candidates[which].loud_us != 0 && louder < most;
}

static bool goes_before(const struct ranked *a, const struct ranked *b)
{
    if (a->tier != b->tier)
        return a->tier < b->tier;
    if (a->candidate->spoke_us != b->candidate->spoke_us)
        return a->candidate->spoke_us > b->candidate->spoke_us;
    if (a->seated != b->seated)
        return a->seated;
    if (a->candidate->joined != b->candidate->joined)
        return a->candidate->joined < b->candidate->joined;
    return a->candidate->group < b->candidate->group;
}

static void insert_sorted(struct ranked *list, size_t count, struct ranked entry)
{
    size_t at = count;
    for (; at > 0 && goes_before(&entry, &list[at - 1]); at--)
        list[at] = list[at - 1];
    list[at] = entry;
}

static bool empty_unchosen(struct seating_place *places, size_t place_count,
                           const struct ranked *chosen, size_t chosen_count)
{
    bool changed = false;
    for (size_t i = 0; i < place_count; i++) {
        bool stays = places[i].participant == 0;
        for (size_t j = 0; j < chosen_count && !stays; j++)
            stays = sits(&places[i], chosen[j].candidate);
        if (!stays) {
            places[i] = (struct seating_place){0};
            changed = true;
        }
    }
    return changed;
}

static void seat_newcomer(struct seating_place *places, size_t place_count,
                          const struct seating_candidate *candidate)
{
    for (size_t i = 0; i < place_count; i++) {
        if (places[i].participant == 0) {
            places[i].participant = candidate->participant;
            places[i].group = candidate->group;
            return;
        }
    }
}

bool seating_assign(struct seating_place *places, size_t place_count,
                    const struct seating_candidate *candidates, size_t candidate_count,
                    const struct engine_view *wanted, size_t wanted_count)
{
    PARLEY_ASSERT(candidate_count <= SEATING_CANDIDATES);
    struct ranked ranks[SEATING_CANDIDATES];
    for (size_t i = 0; i < candidate_count; i++) {
        struct ranked entry = rank(&candidates[i], places, place_count, wanted, wanted_count);
        if (is_loud_enough(candidates, candidate_count, i, place_count / 2))
            entry.tier = TIER_HEARD;
        insert_sorted(ranks, i, entry);
    }

    const size_t chosen = candidate_count < place_count ? candidate_count : place_count;
    bool changed = empty_unchosen(places, place_count, ranks, chosen);
    for (size_t i = 0; i < chosen; i++) {
        if (!ranks[i].seated) {
            seat_newcomer(places, place_count, ranks[i].candidate);
            changed = true;
        }
    }
    return changed;
}
