#include "sim/replay_link.h"

#include <stdlib.h>
#include <string.h>

/* Where nothing is told. */
#define USUAL_RTT_US 50000u

/* After an overuse the estimate is 0.85 of what came through (bwe_aimd.c, at its usual step). */
#define CUT_PERCENT 85u
/* A probe that came through to this part of what it tried found no end. */
#define FULL_PERCENT 80u
/* So far apart two figures are of two different rates. */
#define APART_PERCENT 133u
#define ABOVE_PERCENT 125u
/* An estimate may fall too far: what stands after it alone may have been so much more. */
#define ROUGH_PERCENT 160u

/* While a queue drains, the estimate falls step by step: only the last one counts. */
#define EPISODE_US 1000000u
/* A fall of which so much is taken back so soon was a clump of ours, not the link. */
#define TAKEN_BACK_US      3000000u
#define TAKEN_BACK_PERCENT 80u
/* What is seen now began before. */
#define SEEN_LATE_US 300000u
/* Loss so soon after the link was full is that of its queue. */
#define CONGESTED_US 3000000u

struct evidence {
    uint64_t at_us, since_us;
    uint64_t bps;
    uint64_t before_bps; /* a fall of the estimate: from where */
    bool exact;          /* the link took just that; else: at least */
    bool strong;         /* of a probe */
    bool void_;          /* says nothing after all */
};

struct evidences {
    struct evidence *list; /* owned */
    size_t count;
};

static bool read_estimate(const struct replay_entry *entry, struct evidence *out)
{
    uint64_t before = (uint64_t)replay_value(entry, "before_kbps", 0);
    uint64_t after = (uint64_t)replay_value(entry, "after_kbps", 0);

    if (after > before) {
        out->bps = after * 1000u;
        return true;
    }
    out->exact = true;
    out->before_bps = before * 1000u;
    out->bps = after * 1000u * 100u / CUT_PERCENT;
    return strcmp(entry->why, "delay") == 0;
}

static bool read_probe(const struct replay_entry *entry, struct evidence *out)
{
    uint64_t tried = (uint64_t)replay_value(entry, "tried_kbps", 0);
    uint64_t measured = (uint64_t)replay_value(entry, "measured_kbps", 0);

    out->bps = measured * 1000u;
    out->exact = out->strong = measured * 100u < tried * FULL_PERCENT;
    return measured != 0;
}

static struct evidences collect(const struct replay_log *log, uint64_t participant)
{
    struct evidences evidences = {.list = calloc(log->count + 1, sizeof(struct evidence))};

    if (evidences.list == NULL)
        abort();
    for (size_t i = 0; i < log->count; i++) {
        const struct replay_entry *entry = &log->entries[i];
        struct evidence *out = &evidences.list[evidences.count];

        *out = (struct evidence){.at_us = entry->at_us, .since_us = entry->at_us};
        if (entry->participant != participant)
            continue;
        if ((replay_is(entry, "estimate") && read_estimate(entry, out)) ||
            (replay_is(entry, "probe") && read_probe(entry, out)))
            evidences.count++;
    }
    return evidences;
}

static void merge_episodes(struct evidences *evidences)
{
    for (size_t i = 0; i + 1 < evidences->count; i++) {
        struct evidence *now = &evidences->list[i], *next = now + 1;

        if (now->exact && !now->strong && next->exact && !next->strong && next->bps < now->bps &&
            next->at_us - now->at_us < EPISODE_US) {
            next->since_us = now->since_us;
            next->before_bps = now->before_bps;
            now->void_ = true;
        }
    }
}

static bool is_taken_back(const struct evidences *evidences, size_t i)
{
    const struct evidence *fall = &evidences->list[i];

    for (size_t j = i + 1; j < evidences->count; j++) {
        const struct evidence *later = &evidences->list[j];

        if (later->at_us - fall->at_us > TAKEN_BACK_US)
            return false;
        if (later->bps * 100u > fall->bps * ABOVE_PERCENT &&
            later->bps * 100u > fall->before_bps * TAKEN_BACK_PERCENT &&
            (later->strong || !later->exact))
            return true;
    }
    return false;
}

static void void_what_is_taken_back(struct evidences *evidences)
{
    for (size_t i = 0; i < evidences->count; i++) {
        struct evidence *evidence = &evidences->list[i];

        if (evidence->exact && !evidence->strong && is_taken_back(evidences, i))
            evidence->void_ = true;
    }
}

/* ---- stretches of one rate ------------------------------------------------------------------- */

struct stretch {
    uint64_t since_us;
    uint64_t sum_bps, count; /* of probes */
    uint64_t most_bps;       /* of anything else */
    bool bounded;            /* an exact figure is in it */
};

static uint64_t rate_of(const struct stretch *stretch)
{
    return stretch->count > 0 ? stretch->sum_bps / stretch->count : stretch->most_bps;
}

static void take(struct stretch *stretch, const struct evidence *evidence)
{
    stretch->bounded = stretch->bounded || evidence->exact;
    if (evidence->strong) {
        stretch->sum_bps += evidence->bps;
        stretch->count++;
    } else if (evidence->exact && evidence->bps > stretch->most_bps) {
        stretch->most_bps = evidence->bps;
    } else if (stretch->count == 0 && evidence->bps > stretch->most_bps) {
        stretch->most_bps = evidence->bps;
    }
}

/* The link is not what it was. */
static bool begins_anew(const struct stretch *stretch, const struct evidence *evidence)
{
    uint64_t rate_bps = rate_of(stretch);
    bool higher = evidence->bps * 100u > rate_bps * APART_PERCENT;
    bool lower = rate_bps * 100u > evidence->bps * APART_PERCENT;
    uint64_t above_percent = stretch->count > 0 ? ABOVE_PERCENT : ROUGH_PERCENT;

    if (!evidence->exact)
        return stretch->bounded && evidence->bps * 100u > rate_bps * above_percent;
    /* What took at least so much may take more. */
    return lower || (higher && stretch->bounded);
}

static void put_step(struct replay_link *link, const struct stretch *stretch)
{
    if (link->step_count == REPLAY_LINK_STEPS)
        return;
    link->steps[link->step_count] = (struct rate_step){
        .at_us = link->step_count == 0 ? 0 : stretch->since_us,
        .rate_bps = stretch->bounded ? rate_of(stretch) : 0,
    };
    link->step_count++;
}

static void find_rates(struct replay_link *link, const struct evidences *evidences)
{
    struct stretch stretch = {0};
    bool any = false;

    for (size_t i = 0; i < evidences->count; i++) {
        const struct evidence *evidence = &evidences->list[i];

        if (evidence->void_)
            continue;
        if (any && begins_anew(&stretch, evidence)) {
            put_step(link, &stretch);
            stretch = (struct stretch){0};
            any = false;
        }
        if (!any)
            stretch.since_us =
                evidence->since_us > SEEN_LATE_US ? evidence->since_us - SEEN_LATE_US : 0;
        any = true;
        take(&stretch, evidence);
    }
    if (any)
        put_step(link, &stretch);
}

/* ---- round trips and losses ------------------------------------------------------------------ */

static bool was_full(const struct evidences *evidences, uint64_t at_us)
{
    for (size_t i = 0; i < evidences->count; i++) {
        const struct evidence *evidence = &evidences->list[i];

        if (evidence->exact && evidence->at_us <= at_us && at_us - evidence->at_us < CONGESTED_US)
            return true;
    }
    return false;
}

static void take_link(struct replay_link *link, const struct evidences *evidences,
                      const struct replay_entry *entry)
{
    uint64_t rtt_us = (uint64_t)replay_value(entry, "rtt_ms", 0) * 1000u;
    uint32_t before = link->loss_count > 0 ? link->losses[link->loss_count - 1].down : 0;
    uint32_t down = (uint32_t)replay_value(entry, "down_loss_permille", 0);

    if (rtt_us != 0 && (link->rtt_us == 0 || rtt_us < link->rtt_us))
        link->rtt_us = rtt_us;
    if (link->loss_count == REPLAY_LINK_STEPS)
        return;
    if (down > before && was_full(evidences, entry->at_us))
        down = before;
    link->losses[link->loss_count++] =
        (struct replay_loss){.at_us = entry->at_us,
                             .down = down,
                             .up = (uint32_t)replay_value(entry, "up_loss_permille", 0)};
}

void replay_link_find(struct replay_link *link, const struct replay_log *log, uint64_t participant)
{
    struct evidences evidences = collect(log, participant);

    memset(link, 0, sizeof(*link));
    merge_episodes(&evidences);
    void_what_is_taken_back(&evidences);
    find_rates(link, &evidences);
    for (size_t i = 0; i < log->count; i++)
        if (log->entries[i].participant == participant && replay_is(&log->entries[i], "link"))
            take_link(link, &evidences, &log->entries[i]);
    if (link->rtt_us == 0)
        link->rtt_us = USUAL_RTT_US;
    free(evidences.list);
}
