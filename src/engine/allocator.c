/* Ladders of steps, filled in order. */
#include "engine/allocator.h"

#include <string.h>

#include "base/assert.h"

/* A picture may be stretched by a quarter to each side before the next layer is worth its bits. */
#define STRETCH_NUM 25u
#define STRETCH_DEN 16u

/* Rates of encoders move; an estimate that is missed by a twentieth is not missed. */
#define TOLERANCE_DEN 20u
/* And a base layer is not taken away for a tenth: no picture at all is worse than a short queue. */
#define BASE_TOLERANCE_DEN 10u

/* Until a layer was measured: bits per pixel and second of simulcast as browsers send it. */
#define NOMINAL_BITS_PER_PIXEL 2u

/* Sources of a class in order of their tiles: a bucket for each power of two of pixels. */
#define SIZES 32u

struct step {
    uint32_t bps;
    int8_t spatial, temporal;
};

/* What one source can be given, cheapest first; level 0 is nothing, level k is step k - 1. */
struct ladder {
    uint8_t count;
    uint8_t level;
    struct step steps[ALLOCATOR_STEPS];
};

struct decision {
    struct allocator_source *sources;
    size_t count;
    struct ladder ladders[ALLOCATOR_SOURCES];
    uint8_t order[ALLOCATOR_SOURCES];             /* most important first */
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

/* ---- ladders -------------------------------------------------------------------------------- */

static uint32_t pixels_of(const struct track_layers *layers, unsigned spatial)
{
    static const uint32_t usual[LIMIT_LAYERS] = {320u * 180u, 640u * 360u, 1280u * 720u};
    uint32_t pixels = 0;
    for (unsigned t = 0; t < TRACK_TEMPORAL_LAYERS && pixels == 0; t++)
        pixels = (uint32_t)layers->at[spatial][t].width * layers->at[spatial][t].height;
    if (pixels != 0)
        return pixels;
    return usual[spatial];
}

uint8_t allocator_useful_spatial(const struct track_layers *layers, uint32_t pixels)
{
    uint8_t spatial = 0;
    while (spatial + 1u < layers->spatial_count &&
           (uint64_t)pixels_of(layers, spatial) * STRETCH_NUM / STRETCH_DEN < pixels)
        spatial++;
    return spatial;
}

static uint32_t rate_of(const struct track_layers *layers, unsigned spatial, unsigned temporal)
{
    const uint32_t bps = layers->at[spatial][temporal].bps;
    if (bps != 0)
        return bps;
    /* Half of the bits are in the lowest temporal layer, and the rest is shared. */
    const uint32_t whole = pixels_of(layers, spatial) * NOMINAL_BITS_PER_PIXEL;
    return whole / 2u + whole / 2u * (temporal + 1u) / layers->temporal_count;
}

/* Above the lowest spatial layer a quarter of the frames is no gain; for a screen it is. */
static unsigned lowest_temporal(const struct allocator_source *source, unsigned spatial)
{
    const bool film = source->class != ALLOCATOR_SCREEN && spatial > 0;
    return film && source->layers->temporal_count > 2 ? 1 : 0;
}

static bool spatial_alive(const struct track_layers *layers, unsigned spatial)
{
    for (unsigned t = 0; t < layers->temporal_count; t++)
        if (layers->at[spatial][t].alive)
            return true;
    return false;
}

static void add_spatial(struct ladder *ladder, const struct allocator_source *source,
                        unsigned spatial)
{
    const struct track_layers *layers = source->layers;
    if (!spatial_alive(layers, spatial))
        return;
    for (unsigned t = lowest_temporal(source, spatial); t < layers->temporal_count; t++) {
        const struct step step = {rate_of(layers, spatial, t), (int8_t)spatial, (int8_t)t};
        const bool dearer = ladder->count == 0 || step.bps > ladder->steps[ladder->count - 1u].bps;
        /* Better for no more: instead of what is below. The first one stays the first. */
        while (!dearer && ladder->count > 0 && step.bps <= ladder->steps[ladder->count - 1u].bps)
            ladder->count--;
        ladder->steps[ladder->count++] = step;
    }
}

static uint8_t level_of(const struct ladder *ladder, struct stream_target target)
{
    uint8_t level = 0;
    if (target.spatial < 0)
        return 0;
    while (level < ladder->count) {
        const struct step *step = &ladder->steps[level];
        if (step->spatial > target.spatial ||
            (step->spatial == target.spatial && step->temporal > target.temporal))
            break;
        level++;
    }
    /* What it had is gone: the lowest that is left stands for it. */
    return level == 0 && ladder->count > 0 ? 1 : level;
}

static void build_ladder(struct ladder *ladder, const struct allocator_source *source)
{
    ladder->count = 0;
    ladder->level = 0;
    if (source->layers->spatial_count == 0)
        return;
    const unsigned top = allocator_useful_spatial(source->layers, source->pixels);
    for (unsigned s = 0; s <= top; s++)
        add_spatial(ladder, source, s);
    /* All that is alive is larger than the tile. */
    for (unsigned s = top + 1u; s < source->layers->spatial_count && ladder->count == 0; s++)
        add_spatial(ladder, source, s);
}

static uint64_t cost_at(const struct ladder *ladder, unsigned level)
{
    return level == 0 ? 0 : ladder->steps[level - 1u].bps;
}

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
        cost += cost_at(&decision->ladders[i], decision->ladders[i].level);
    return cost;
}

static bool raise_one(struct ladder *ladder, uint64_t *left_bps)
{
    if (ladder->level == ladder->count)
        return false;
    const uint64_t more = cost_at(ladder, ladder->level + 1u) - cost_at(ladder, ladder->level);
    if (more > *left_bps)
        return false;
    *left_bps -= more;
    ladder->level++;
    return true;
}

/* Whoever has nothing gets the base layer. */
static void fill_bases(struct decision *decision, uint64_t *left_bps)
{
    for (size_t i = 0; i < decision->count; i++) {
        const struct allocator_source *source = &decision->sources[decision->order[i]];
        struct ladder *ladder = &decision->ladders[decision->order[i]];
        if (ladder->level != 0 || ladder->count == 0 || raise_one(ladder, left_bps))
            continue;
        if (source->class == ALLOCATOR_SCREEN &&
            cost_at(ladder, 1) <= *left_bps + ALLOCATOR_OVERSEND_BPS) {
            ladder->level = 1;
            *left_bps = 0;
        }
    }
}

/* Round by round, one step each; as many rounds as a ladder has steps at most. */
static void fill_class(struct decision *decision, unsigned class, uint64_t *left_bps)
{
    bool raised = true;
    for (unsigned round = 0; raised && round < ALLOCATOR_STEPS; round++) {
        raised = false;
        for (size_t i = decision->class_begins[class]; i < decision->class_begins[class + 1u];
             i++) {
            struct ladder *ladder = &decision->ladders[decision->order[i]];
            if (ladder->level != 0)
                raised |= raise_one(ladder, left_bps);
        }
    }
}

/* Raises what is given already: bases as far as one budget goes, the rest as far as the other. */
static void fill(struct decision *decision, uint64_t bases_bps, uint64_t budget_bps)
{
    uint64_t left_bps = above(bases_bps, cost_of(decision));
    fill_bases(decision, &left_bps);
    left_bps = above(budget_bps, cost_of(decision));
    for (unsigned class = 0; class < ALLOCATOR_CLASSES; class ++)
        fill_class(decision, class, &left_bps);
}

/* From nothing; keeps[] caps each level if it is not NULL. */
static void refill(struct decision *decision, uint64_t bases_bps, uint64_t budget_bps,
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
    fill(decision, bases_bps, budget_bps);
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

/* What all sources may cost after an up. */
static uint64_t trusted_bps(struct allocator *allocator, uint64_t now_us,
                            const struct allocator_link *link)
{
    const uint64_t lowest = lowest_lately(allocator, now_us, link->target_bps);
    const bool probed =
        allocator->probed_us != 0 && now_us - allocator->probed_us < ALLOCATOR_PROBED_US;
    const uint64_t whole =
        probed || !allocator->started ? link->target_bps : lowest * 100u / ALLOCATOR_MARGIN_PERCENT;
    return above(whole, link->reserved_bps + link->repairs_bps);
}

static void note_overload(struct allocator *allocator, uint64_t now_us)
{
    if (allocator->raised_us == 0 || now_us - allocator->raised_us > ALLOCATOR_FAILED_US)
        return;
    const uint64_t hold_us =
        min_u64(ALLOCATOR_HOLD_US << allocator->failures, ALLOCATOR_HOLD_MAX_US);
    if (allocator->failures < 2)
        allocator->failures++;
    allocator->hold_until_us = now_us + hold_us;
    allocator->failed_bps = allocator->raised_bps;
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

/* What the smallest thing that is missing needs, above the cost: a base if one is, else any step,
 * and then with margin. 0: nothing. */
static uint64_t next_step(const struct decision *decision, uint64_t cost_bps)
{
    uint64_t base = UINT64_MAX, other = UINT64_MAX;
    for (size_t i = 0; i < decision->count; i++) {
        const struct ladder *ladder = &decision->ladders[i];
        if (ladder->level == ladder->count)
            continue;
        const uint64_t more = cost_at(ladder, ladder->level + 1u) - cost_at(ladder, ladder->level);
        if (ladder->level == 0)
            base = min_u64(base, more);
        else
            other = min_u64(other, more);
    }
    if (base != UINT64_MAX)
        return cost_bps + base;
    return other != UINT64_MAX ? (cost_bps + other) * ALLOCATOR_MARGIN_PERCENT / 100u : 0;
}

static void describe(const struct decision *decision, const struct allocator_link *link,
                     struct allocator_outcome *out)
{
    const uint64_t reserved = link->reserved_bps + link->repairs_bps;
    *out = (struct allocator_outcome){.cost_bps = reserved + cost_of(decision),
                                      .wanted_bps = reserved};
    for (size_t i = 0; i < decision->count; i++)
        out->wanted_bps += cost_at(&decision->ladders[i], decision->ladders[i].count);
    out->next_step_bps = next_step(decision, out->cost_bps);
}

static void begin(struct decision *decision, struct allocator_source *sources, size_t count)
{
    decision->sources = sources;
    decision->count = count;
    for (size_t i = 0; i < count; i++) {
        build_ladder(&decision->ladders[i], &sources[i]);
        if (!sources[i].fresh)
            decision->ladders[i].level = level_of(&decision->ladders[i], sources[i].current);
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
        bps += cost_at(&decision->ladders[i], 1);
        *any = true;
    }
    return bps;
}

static void lower(struct decision *decision, uint64_t bases_bps, uint64_t budget_bps)
{
    uint8_t keeps[ALLOCATOR_SOURCES];
    for (size_t i = 0; i < decision->count; i++)
        keeps[i] = decision->ladders[i].level;
    refill(decision, bases_bps + bases_bps / BASE_TOLERANCE_DEN, budget_bps, keeps);
}

static size_t count_given(const struct decision *decision)
{
    size_t given = 0;
    for (size_t i = 0; i < decision->count; i++)
        given += decision->ladders[i].level > 0;
    return given;
}

/* Takes from those who have more, if then somebody gets a base who has none. */
static bool share_out(struct decision *decision, uint64_t bases_bps, uint64_t trusted_bps)
{
    uint8_t levels[ALLOCATOR_SOURCES];
    const size_t given = count_given(decision);
    if (given == decision->count)
        return false;
    for (size_t i = 0; i < decision->count; i++)
        levels[i] = decision->ladders[i].level;
    refill(decision, bases_bps, trusted_bps, NULL);
    if (count_given(decision) > given)
        return true;
    for (size_t i = 0; i < decision->count; i++)
        decision->ladders[i].level = levels[i];
    return false;
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
    uint64_t trusted = trusted_bps(allocator, now_us, link);
    /* On a link that is another one now, the failure says nothing. */
    if (link->target_bps / 10u * 8u > allocator->failed_bps)
        allocator->hold_until_us = 0;
    if (now_us < allocator->hold_until_us)
        trusted = min_u64(trusted, cost);

    if (overload)
        note_overload(allocator, now_us);
    if (overload && same_wishes)
        lower(decision, for_bases, budget);
    else if (same_wishes && !share_out(decision, for_bases, trusted))
        fill(decision, for_bases, trusted);
    else if (!same_wishes)
        refill(decision, for_bases, min_u64(budget, max_u64(trusted, cost + bases)), NULL);
    if (allocator->started && cost_of(decision) > cost + bases)
        note_raise(allocator, now_us, link->target_bps);
    allocator->wishes = wishes;
    allocator->started = true;
}

void allocator_decide(struct allocator *allocator, uint64_t now_us,
                      const struct allocator_link *link, struct allocator_source *sources,
                      size_t count, struct allocator_outcome *out)
{
    PARLEY_ASSERT(count <= ALLOCATOR_SOURCES);
    struct decision decision;
    begin(&decision, sources, count);
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
