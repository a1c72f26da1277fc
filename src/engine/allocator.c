/* Ladders of steps (ladder.h), filled in order. */
#include "engine/allocator.h"

#include <string.h>

#include "base/assert.h"
#include "engine/ladder.h"

/* Rates of encoders move; an estimate that is missed by a twentieth is not missed. */
#define TOLERANCE_DEN 20u
/* And a base layer is not taken away for a tenth: no picture at all is worse than a short queue. */
#define BASE_TOLERANCE_DEN 10u

/* Where much gets lost, half of the frames are the least that is given, if that takes no more of
 * the link than its third. */
#define HALVES_SHARE 3u

/* Sources of a class in order of their tiles: a bucket for each power of two of pixels. */
#define SIZES 32u

struct decision {
    struct allocator_source *sources;
    size_t count;
    struct ladder ladders[ALLOCATOR_SOURCES];
    uint8_t before[ALLOCATOR_SOURCES]; /* levels */
    uint64_t back_bps;                 /* for a base that comes back: what all may cost then */
    uint8_t order[ALLOCATOR_SOURCES];  /* most important first */
    uint8_t class_begins[ALLOCATOR_CLASSES + 1u]; /* in order[] */
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t above(uint64_t budget_bps, uint64_t cost_bps)
{
    return budget_bps > cost_bps ? budget_bps - cost_bps : 0;
}

enum step_kind {
    STEP_TEMPORAL,
    STEP_MAJOR, /* to another spatial layer, of the most important class */
    STEP_MINOR, /* of another class */
    STEP_KINDS
};

static const unsigned MARGIN_PERCENT[STEP_KINDS] = {
    ALLOCATOR_SMALL_MARGIN_PERCENT, ALLOCATOR_MARGIN_PERCENT, ALLOCATOR_MINOR_MARGIN_PERCENT};

/* What all sources may cost after a step up. */
struct trust {
    uint64_t bps[STEP_KINDS];
    /* Who matters less does not take the room that somebody else's missing frames wait for. */
    bool frames_first;
};

static struct trust trust_all(uint64_t bps)
{
    return (struct trust){.bps = {bps, bps, bps}};
}

static struct trust trust_least(struct trust trust, uint64_t bps)
{
    for (unsigned i = 0; i < STEP_KINDS; i++)
        trust.bps[i] = min_u64(trust.bps[i], bps);
    return trust;
}

static struct trust trust_most(struct trust trust, uint64_t bps)
{
    for (unsigned i = 0; i < STEP_KINDS; i++)
        trust.bps[i] = max_u64(trust.bps[i], bps);
    return trust;
}

struct budget {
    uint64_t bases_bps, all_bps;
};

/* ---- order ---------------------------------------------------------------------------------- */

static unsigned size_of(uint32_t pixels)
{
    unsigned size = 0;
    for (; pixels > 1; pixels >>= 1)
        size++;
    return size;
}

/* A counting sort: class, then size, then as given. */
static void sort_sources(struct decision *decision)
{
    uint8_t begins[ALLOCATOR_CLASSES * SIZES + 1u] = {0};
    uint8_t keys[ALLOCATOR_SOURCES];
    for (size_t i = 0; i < decision->count; i++) {
        const struct allocator_source *source = &decision->sources[i];
        keys[i] = (uint8_t)(source->class * SIZES + (SIZES - 1u - size_of(source->pixels)));
        begins[keys[i] + 1u]++;
    }
    for (size_t i = 0; i < ALLOCATOR_CLASSES * SIZES; i++)
        begins[i + 1u] = (uint8_t)(begins[i + 1u] + begins[i]);
    for (size_t i = 0; i <= ALLOCATOR_CLASSES; i++)
        decision->class_begins[i] = begins[i * SIZES];
    for (size_t i = 0; i < decision->count; i++)
        decision->order[begins[keys[i]]++] = (uint8_t)i;
}

/* ---- filling -------------------------------------------------------------------------------- */

static uint64_t cost_of(const struct decision *decision)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < decision->count; i++)
        cost += ladder_cost_at(&decision->ladders[i], decision->ladders[i].level);
    return cost;
}

/* Of the next step of the n-th in order. */
static enum step_kind kind_of(const struct decision *decision, size_t n)
{
    const struct ladder *ladder = &decision->ladders[decision->order[n]];
    if (ladder_spatial_at(ladder, ladder->level + 1u) == ladder_spatial_at(ladder, ladder->level))
        return STEP_TEMPORAL;
    const uint8_t first = decision->sources[decision->order[0]].class;
    return decision->sources[decision->order[n]].class == first ? STEP_MAJOR : STEP_MINOR;
}

static bool raise_one(struct ladder *ladder, uint64_t *cost_bps, uint64_t most_bps)
{
    const uint64_t then_bps = *cost_bps + ladder_cost_at(ladder, ladder->level + 1u) -
                              ladder_cost_at(ladder, ladder->level);
    if (then_bps > most_bps)
        return false;
    *cost_bps = then_bps;
    ladder->level++;
    return true;
}

static bool comes_back(const struct decision *decision, size_t at)
{
    return decision->before[at] == 0 && !decision->sources[at].fresh;
}

/* Whoever has nothing gets the base layer. */
static void fill_bases(struct decision *decision, uint64_t budget_bps)
{
    uint64_t cost_bps = cost_of(decision);
    for (size_t i = 0; i < decision->count; i++) {
        const struct allocator_source *source = &decision->sources[decision->order[i]];
        struct ladder *ladder = &decision->ladders[decision->order[i]];
        const uint64_t most_bps = comes_back(decision, decision->order[i])
                                      ? min_u64(budget_bps, decision->back_bps)
                                      : budget_bps;
        if (ladder->level != 0 || ladder->count == 0 || raise_one(ladder, &cost_bps, most_bps))
            continue;
        if (source->class == ALLOCATOR_SCREEN)
            (void)raise_one(ladder, &cost_bps, most_bps + ALLOCATOR_OVERSEND_BPS);
    }
}

/* Round by round, one step each; as many rounds as a ladder has steps at most. */
static void fill_class(struct decision *decision, unsigned class, uint64_t *cost_bps,
                       const struct trust *trust)
{
    bool raised = true;
    for (unsigned round = 0; raised && round < LADDER_STEPS; round++) {
        raised = false;
        for (size_t i = decision->class_begins[class]; i < decision->class_begins[class + 1u];
             i++) {
            struct ladder *ladder = &decision->ladders[decision->order[i]];
            if (ladder->level != 0 && ladder->level < ladder->count)
                raised |= raise_one(ladder, cost_bps, trust->bps[kind_of(decision, i)]);
        }
    }
}

static bool lacks_frames(const struct decision *decision, unsigned class)
{
    for (size_t i = decision->class_begins[class]; i < decision->class_begins[class + 1u]; i++) {
        const struct ladder *ladder = &decision->ladders[decision->order[i]];
        if (ladder->level > 0 && ladder->level < ladder->count &&
            kind_of(decision, i) == STEP_TEMPORAL)
            return true;
    }
    return false;
}

/* Raises what is given already: bases as far as one budget goes, the rest as far as the other. */
static void fill(struct decision *decision, uint64_t bases_bps, struct trust trust)
{
    fill_bases(decision, bases_bps);
    uint64_t cost_bps = cost_of(decision);
    for (unsigned class = 0; class < ALLOCATOR_CLASSES; class ++) {
        fill_class(decision, class, &cost_bps, &trust);
        if (trust.frames_first && lacks_frames(decision, class))
            trust.bps[STEP_MINOR] = 0;
    }
}

/* From nothing; keeps[] caps each level if it is not NULL. */
static void refill(struct decision *decision, uint64_t bases_bps, struct trust trust,
                   const uint8_t *keeps)
{
    uint8_t counts[ALLOCATOR_SOURCES];
    for (size_t i = 0; i < decision->count; i++) {
        struct ladder *ladder = &decision->ladders[i];
        counts[i] = ladder->count;
        if (keeps && keeps[i] < ladder->count)
            ladder->count = keeps[i];
        ladder->level = 0;
    }
    fill(decision, bases_bps, trust);
    for (size_t i = 0; i < decision->count; i++)
        decision->ladders[i].count = counts[i];
}

/* ---- hysteresis ----------------------------------------------------------------------------- */

void allocator_probed(struct allocator *allocator, uint64_t now_us)
{
    allocator->probed_us = now_us;
}

/* The lowest target of the last second, or a little longer. */
static uint64_t lowest_lately(struct allocator *allocator, uint64_t now_us, uint64_t target_bps)
{
    const uint64_t width_us = ALLOCATOR_STABLE_US / (ALLOCATOR_BUCKETS - 1u);
    uint64_t *lowest = allocator->lowest_bps;
    if (!allocator->started) {
        for (size_t i = 0; i < ALLOCATOR_BUCKETS; i++)
            lowest[i] = target_bps;
        allocator->bucket_us = now_us;
    }
    for (unsigned i = 0; i < ALLOCATOR_BUCKETS && now_us >= allocator->bucket_us + width_us; i++) {
        memmove(lowest + 1, lowest, (ALLOCATOR_BUCKETS - 1u) * sizeof lowest[0]);
        lowest[0] = target_bps;
        allocator->bucket_us += width_us;
    }
    if (now_us >= allocator->bucket_us + width_us)
        allocator->bucket_us = now_us;
    lowest[0] = min_u64(lowest[0], target_bps);
    uint64_t result = lowest[0];
    for (size_t i = 1; i < ALLOCATOR_BUCKETS; i++)
        result = min_u64(result, lowest[i]);
    return result;
}

/* The same of the last half second, or a little longer. */
static uint64_t lowest_just_now(const struct allocator *allocator)
{
    return min_u64(min_u64(allocator->lowest_bps[0], allocator->lowest_bps[1]),
                   allocator->lowest_bps[2]);
}

static struct trust trust_of(struct allocator *allocator, uint64_t now_us,
                             const struct allocator_link *link)
{
    const uint64_t taken = link->reserved_bps + link->repairs_bps;
    const uint64_t lowest = lowest_lately(allocator, now_us, link->target_bps);
    const bool probed =
        allocator->probed_us != 0 && now_us - allocator->probed_us < ALLOCATOR_PROBED_US;
    if (!allocator->started)
        return trust_all(above(link->target_bps, taken));
    struct trust trust = {.frames_first = true};
    for (unsigned i = 0; i < STEP_KINDS; i++)
        trust.bps[i] =
            above((probed ? link->target_bps : lowest) * 100u / MARGIN_PERCENT[i], taken);
    return trust;
}

static void note_overload(struct allocator *allocator, uint64_t now_us, uint64_t cost_bps)
{
    if (allocator->raised_us == 0 || now_us - allocator->raised_us > ALLOCATOR_FAILED_US)
        return;
    const uint64_t hold_us =
        min_u64(ALLOCATOR_HOLD_US << allocator->failures, ALLOCATOR_HOLD_MAX_US);
    if (allocator->failures < 2)
        allocator->failures++;
    allocator->hold_until_us = now_us + hold_us;
    allocator->failed_bps = allocator->raised_bps;
    allocator->held_bps = cost_bps / 100u * ALLOCATOR_HELD_PERCENT;
    allocator->probed_us = 0;
    allocator->raised_us = 0;
}

static void note_raise(struct allocator *allocator, uint64_t now_us, uint64_t target_bps)
{
    allocator->raised_bps = target_bps;
    /* The one before held. */
    if (allocator->raised_us != 0 && now_us - allocator->raised_us > ALLOCATOR_FAILED_US)
        allocator->failures = 0;
    allocator->raised_us = now_us;
}

/* Who is shown, how large, and in which class (FNV-1a). Rates are left out: they always move. */
static uint32_t hash_wishes(const struct decision *decision)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < decision->count; i++) {
        const struct allocator_source *source = &decision->sources[i];
        const uint32_t words[] = {source->class, source->pixels};
        for (size_t j = 0; j < sizeof words / sizeof words[0]; j++)
            hash = (hash ^ words[j]) * 16777619u;
    }
    return (hash ^ (uint32_t)decision->count) * 16777619u;
}

/* ---- the decision --------------------------------------------------------------------------- */

/* What the smallest thing that is missing needs: a base if one is, else any step, and then with its
 * margin. 0: nothing. */
static uint64_t next_step(const struct decision *decision, uint64_t cost_bps, bool *is_base)
{
    uint64_t base = UINT64_MAX, other = UINT64_MAX;
    for (size_t i = 0; i < decision->count; i++) {
        const struct ladder *ladder = &decision->ladders[decision->order[i]];
        if (ladder->level == ladder->count)
            continue;
        const uint64_t then = cost_bps + ladder_cost_at(ladder, ladder->level + 1u) -
                              ladder_cost_at(ladder, ladder->level);
        if (ladder->level == 0)
            base = min_u64(base, then * ALLOCATOR_BACK_PERCENT / 100u);
        else
            other = min_u64(other, then * MARGIN_PERCENT[kind_of(decision, i)] / 100u);
    }
    *is_base = base != UINT64_MAX;
    if (*is_base)
        return base;
    return other != UINT64_MAX ? other : 0;
}

static void describe(const struct decision *decision, const struct allocator_link *link,
                     struct allocator_outcome *out)
{
    const uint64_t reserved = link->reserved_bps + link->repairs_bps;
    *out = (struct allocator_outcome){.cost_bps = reserved + cost_of(decision),
                                      .wanted_bps = reserved};
    for (size_t i = 0; i < decision->count; i++)
        out->wanted_bps += ladder_cost_at(&decision->ladders[i], decision->ladders[i].count);
    bool is_base;
    out->next_step_bps = next_step(decision, out->cost_bps, &is_base);
    /* With its margin it may need more than all that is wanted. Who has no picture waits for that:
     * the link has to be asked for it. */
    if (is_base)
        out->wanted_bps = max_u64(out->wanted_bps, out->next_step_bps);
}

/* At its smallest, and with half of its frames. */
static uint64_t half_bps(const struct track_layers *layers)
{
    struct ladder ladder;
    ladder_build(&ladder, layers, 1, (struct ladder_lowest){1, 1});
    return ladder_cost_at(&ladder, ladder.count > 0 ? 1 : 0);
}

static bool halves_fit(const struct allocator_source *sources, size_t count,
                       const struct allocator_link *link)
{
    uint64_t bps = 0;
    if (!link->loses_much)
        return false;
    for (size_t i = 0; i < count; i++)
        bps += half_bps(sources[i].layers);
    return bps * HALVES_SHARE <= above(link->target_bps, link->reserved_bps + link->repairs_bps);
}

/* Above the lowest spatial layer a quarter of the frames is no gain, nor is it where some of these
 * get lost; for a screen it is. */
static struct ladder_lowest lowest_of(const struct allocator_source *source, bool halves)
{
    if (source->class == ALLOCATOR_SCREEN)
        return (struct ladder_lowest){0, 0};
    return (struct ladder_lowest){.base = halves, .above = 1};
}

static void begin(struct decision *decision, struct allocator_source *sources, size_t count,
                  const struct allocator_link *link)
{
    const bool halves = halves_fit(sources, count, link);
    decision->sources = sources;
    decision->count = count;
    for (size_t i = 0; i < count; i++) {
        ladder_build(&decision->ladders[i], sources[i].layers, sources[i].pixels,
                     lowest_of(&sources[i], halves));
        if (!sources[i].fresh)
            decision->ladders[i].level = ladder_level_of(&decision->ladders[i], sources[i].current);
        decision->before[i] = decision->ladders[i].level;
    }
    sort_sources(decision);
}

/* The cheapest of those who have nothing yet; *any says whether there are such. */
static uint64_t fresh_bps(const struct decision *decision, bool *any)
{
    uint64_t bps = 0;
    *any = false;
    for (size_t i = 0; i < decision->count; i++) {
        if (!decision->sources[i].fresh || decision->ladders[i].count == 0)
            continue;
        bps += ladder_cost_at(&decision->ladders[i], 1);
        *any = true;
    }
    return bps;
}

/* What those who have something cost at their lowest. */
static uint64_t bases_of(const struct decision *decision)
{
    uint64_t bps = 0;
    for (size_t i = 0; i < decision->count; i++)
        if (decision->ladders[i].level > 0)
            bps += ladder_cost_at(&decision->ladders[i], 1);
    return bps;
}

/* What bases may cost. */
static uint64_t budget_of_bases(struct allocator *allocator, uint64_t now_us,
                                const struct allocator_link *link, const struct decision *decision)
{
    const uint64_t bases_bps =
        above(max_u64(link->target_bps, link->settled_bps), link->reserved_bps);
    const uint64_t patience_us = link->loses ? ALLOCATOR_SHORT_US : ALLOCATOR_SHORT_MAX_US;
    const uint64_t most_bps = bases_bps + bases_bps / BASE_TOLERANCE_DEN;
    const uint64_t now_bps = bases_of(decision);
    allocator->loses = link->loses;
    if (now_bps <= most_bps) {
        allocator->short_us = 0;
        return most_bps;
    }
    if (allocator->short_us == 0)
        allocator->short_us = now_us;
    return now_us - allocator->short_us < patience_us ? now_bps : most_bps;
}

bool allocator_keeps_bases(const struct allocator *allocator)
{
    return allocator->short_us != 0 && !allocator->loses;
}

static void lower(struct decision *decision, uint64_t bases_bps, uint64_t budget_bps)
{
    refill(decision, bases_bps, trust_all(budget_bps), decision->before);
}

/* Fewer frames before smaller pictures, and the least important first: that needs no key frame, so
 * a short dip costs little. False: it is not enough. */
static bool ease(struct decision *decision, uint64_t budget_bps)
{
    uint64_t cost_bps = cost_of(decision);
    for (size_t i = decision->count; i-- > 0 && cost_bps > budget_bps;) {
        struct ladder *ladder = &decision->ladders[decision->order[i]];
        while (ladder->level > 1 && cost_bps > budget_bps &&
               ladder_spatial_at(ladder, ladder->level - 1u) ==
                   ladder_spatial_at(ladder, ladder->level)) {
            cost_bps -=
                ladder_cost_at(ladder, ladder->level) - ladder_cost_at(ladder, ladder->level - 1u);
            ladder->level--;
        }
    }
    return cost_bps <= budget_bps;
}

static size_t count_given(const struct decision *decision)
{
    size_t given = 0;
    for (size_t i = 0; i < decision->count; i++)
        given += decision->ladders[i].level > 0;
    return given;
}

static void take_back(struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        decision->ladders[i].level = decision->before[i];
}

/* Of a class, by two choices: all its spatial layers together, or all its steps. */
static int gain_of(const struct decision *decision, unsigned class, bool steps)
{
    int gain = 0;
    for (size_t i = decision->class_begins[class]; i < decision->class_begins[class + 1u]; i++) {
        const size_t at = decision->order[i];
        const struct ladder *ladder = &decision->ladders[at];
        gain += steps ? ladder->level - decision->before[at]
                      : ladder_spatial_at(ladder, ladder->level) -
                            ladder_spatial_at(ladder, decision->before[at]);
    }
    return gain;
}

/* Somebody gets a base who had none; or a class gets more, and none that is more important less. */
static bool is_better(const struct decision *decision, size_t given, bool steps)
{
    if (count_given(decision) != given)
        return count_given(decision) > given;
    for (unsigned class = 0; class < ALLOCATOR_CLASSES; class ++) {
        const int gain = gain_of(decision, class, steps);
        if (gain != 0)
            return gain > 0;
    }
    return false;
}

/* Takes from those who have more, or matter less, if that is better; without an up only to give
 * somebody a base. */
static bool share_out(struct decision *decision, uint64_t bases_bps, struct trust trust, bool turn)
{
    const size_t given = count_given(decision);
    refill(decision, bases_bps, trust, NULL);
    if (is_better(decision, given, false) && (turn || count_given(decision) > given))
        return true;
    take_back(decision);
    return false;
}

static bool is_lowered(const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++) {
        const struct ladder *ladder = &decision->ladders[i];
        if (ladder_spatial_at(ladder, ladder->level) <
            ladder_spatial_at(ladder, decision->before[i]))
            return true;
    }
    return false;
}

/* Who matters more has all frames, at the cost of others' frames, or even of their pictures. True:
 * one of these got smaller. */
static bool settle(struct decision *decision, struct budget budget, bool may_lower)
{
    uint8_t most[ALLOCATOR_SOURCES];
    for (size_t i = 0; i < decision->count; i++) {
        const struct ladder *ladder = &decision->ladders[i];
        most[i] = ladder->level;
        while (most[i] > 0 && most[i] < ladder->count &&
               ladder_spatial_at(ladder, most[i] + 1u) == ladder_spatial_at(ladder, most[i]))
            most[i]++;
    }
    const size_t given = count_given(decision);
    refill(decision, budget.bases_bps, trust_all(budget.all_bps), most);
    const bool lowered = is_lowered(decision);
    if (is_better(decision, given, true) && (may_lower || !lowered))
        return lowered;
    take_back(decision);
    return false;
}

/* ---- turns ---------------------------------------------------------------------------------- */

static bool is_turn(struct allocator *allocator, uint64_t now_us, const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->sources[i].rising && now_us - allocator->raised_us < ALLOCATOR_TURN_MAX_US)
            allocator->turn_us = now_us;
    return allocator->turn_us == 0 || now_us - allocator->turn_us >= ALLOCATOR_TURN_US;
}

/* Without a key frame, that is. */
static void limit_to_present(struct ladder *ladder, unsigned before)
{
    const int spatial = before > 0 ? ladder_spatial_at(ladder, before) : 0;
    while (ladder->level > 1 && ladder->level > before &&
           ladder_spatial_at(ladder, ladder->level) > spatial)
        ladder->level--;
}

/* One picture goes up, the most important one; and none while another is on its way. Who comes has
 * to wait for a key frame anyway. */
static void take_turns(struct allocator *allocator, uint64_t now_us, struct decision *decision,
                       bool turn)
{
    for (size_t i = 0; i < decision->count; i++) {
        const size_t at = decision->order[i];
        struct ladder *ladder = &decision->ladders[at];
        const int before = ladder_spatial_at(ladder, decision->before[at]);
        if (decision->sources[at].fresh ||
            ladder_spatial_at(ladder, ladder->level) <= (before < 0 ? 0 : before))
            continue;
        if (!turn) {
            limit_to_present(ladder, decision->before[at]);
            continue;
        }
        turn = false;
        allocator->turn_us = now_us;
    }
}

/* Another spatial layer, for somebody who had something. */
static bool is_raised(const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++) {
        const struct ladder *ladder = &decision->ladders[i];
        if (!decision->sources[i].fresh && ladder_spatial_at(ladder, ladder->level) >
                                               ladder_spatial_at(ladder, decision->before[i]))
            return true;
    }
    return false;
}

/* Other people, tiles or pins. */
static void start_anew(struct decision *decision, uint64_t bases_bps, struct trust trust)
{
    trust.frames_first = false;
    refill(decision, bases_bps, trust, NULL);
}

/* More is sent than the link takes. */
static void come_down(struct allocator *allocator, uint64_t now_us, struct decision *decision,
                      struct budget budget)
{
    const uint64_t cost_bps = cost_of(decision);
    if (ease(decision, budget.all_bps + budget.all_bps / TOLERANCE_DEN)) {
        if (allocator->eased_us == 0)
            allocator->eased_us = now_us;
        return;
    }
    note_overload(allocator, now_us, cost_bps);
    allocator->eased_us = 0;
    lower(decision, budget.bases_bps, budget.all_bps);
}

/* The link takes what is sent, and maybe more. */
static void go_up(struct allocator *allocator, uint64_t now_us, struct decision *decision,
                  uint64_t bases_bps, const struct trust *trust)
{
    const bool turn = is_turn(allocator, now_us, decision);
    if (share_out(decision, bases_bps, *trust, turn))
        return;
    (void)settle(decision, (struct budget){bases_bps, trust->bps[STEP_TEMPORAL]}, false);
    fill(decision, bases_bps, *trust);
}

static bool is_settling(const struct allocator *allocator, uint64_t now_us)
{
    return allocator->eased_us != 0 && now_us - allocator->eased_us >= ALLOCATOR_EASE_US;
}

static void come_to_rest(struct allocator *allocator, uint64_t now_us, struct decision *decision,
                         struct budget budget)
{
    const uint64_t cost_bps = cost_of(decision);
    allocator->eased_us = 0;
    if (settle(decision, budget, true))
        note_overload(allocator, now_us, cost_bps);
}

static void choose(struct allocator *allocator, uint64_t now_us, const struct allocator_link *link,
                   struct decision *decision)
{
    const uint64_t for_bases = above(link->target_bps, link->reserved_bps);
    const uint64_t budget = above(for_bases, link->repairs_bps);
    const uint64_t cost = cost_of(decision);
    const uint32_t wishes = hash_wishes(decision);
    bool fresh;
    const uint64_t bases = fresh_bps(decision, &fresh);
    const bool same_wishes = allocator->started && !fresh && wishes == allocator->wishes;
    const bool overload = cost > budget + budget / TOLERANCE_DEN;
    struct trust trust = trust_of(allocator, now_us, link);
    decision->back_bps =
        above(lowest_just_now(allocator) * 100u / ALLOCATOR_BACK_PERCENT, link->reserved_bps);
    const uint64_t least = budget_of_bases(allocator, now_us, link, decision);
    const bool turn = is_turn(allocator, now_us, decision);
    /* On a link that is another one now, the failure says nothing. */
    if (link->target_bps / 10u * 8u > allocator->failed_bps)
        allocator->hold_until_us = 0;
    if (now_us < allocator->hold_until_us)
        trust = trust_least(trust, link->rival ? cost : max_u64(cost, allocator->held_bps));

    if (overload && same_wishes)
        come_down(allocator, now_us, decision, (struct budget){least, budget});
    else if (same_wishes && is_settling(allocator, now_us))
        come_to_rest(allocator, now_us, decision,
                     (struct budget){for_bases, trust.bps[STEP_TEMPORAL]});
    else if (same_wishes)
        go_up(allocator, now_us, decision, for_bases, &trust);
    else
        start_anew(decision, for_bases, trust_least(trust_most(trust, cost + bases), budget));
    if (allocator->started) {
        take_turns(allocator, now_us, decision, turn);
        if (cost_of(decision) > cost + bases && is_raised(decision))
            note_raise(allocator, now_us, link->target_bps);
    }
    allocator->wishes = wishes;
    allocator->started = true;
}

void allocator_decide(struct allocator *allocator, uint64_t now_us,
                      const struct allocator_link *link, struct allocator_source *sources,
                      size_t count, struct allocator_outcome *out)
{
    PARLEY_ASSERT(count <= ALLOCATOR_SOURCES);
    struct decision decision;
    begin(&decision, sources, count, link);
    choose(allocator, now_us, link, &decision);
    for (size_t i = 0; i < count; i++) {
        const struct ladder *ladder = &decision.ladders[i];
        sources[i].target = (struct stream_target){-1, 0};
        if (ladder->level > 0)
            sources[i].target = (struct stream_target){ladder->steps[ladder->level - 1u].spatial,
                                                       ladder->steps[ladder->level - 1u].temporal};
    }
    describe(&decision, link, out);
}
