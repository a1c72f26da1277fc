#include "sim/replay_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_US UINT64_C(100000)
#define NEAR_US   UINT64_C(2000000)
/* Of estimates, either way. */
#define NEAR_DEN 4

#define COLUMN_BYTES 74

/* What the replay is given, not what it decides. */
static bool is_given(const struct replay_entry *entry)
{
    static const char *const given[] = {"join", "leave", "seats", "source",
                                        "rate", "view",  "link",  "audio_only"};

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        if (replay_is(entry, given[i]))
            return true;
    return false;
}

/* ---- layers over time ------------------------------------------------------------------------ */

static bool is_about(const struct replay_entry *entry, uint64_t viewer, uint64_t publisher)
{
    return entry->participant == viewer && entry->about == publisher &&
           entry->source == ENGINE_CAMERA;
}

/* Which layer of that camera a viewer had at a moment; -1: none. *next: where to go on reading. */
static int layer_at(const struct replay_log *log, uint64_t viewer, uint64_t publisher,
                    uint64_t at_us, size_t *next, int layer)
{
    for (; *next < log->count && log->entries[*next].at_us <= at_us; (*next)++) {
        const struct replay_entry *entry = &log->entries[*next];

        if (!is_about(entry, viewer, publisher))
            continue;
        if (replay_is(entry, "layer"))
            layer = (int)replay_value(entry, "after_spatial", -1);
        else if (replay_is(entry, "pause"))
            layer = -1;
    }
    return layer;
}

struct samples {
    uint64_t all, same, near;
};

static void sample_pair(const struct replay_people *people, const struct replay_log *const logs[2],
                        unsigned viewer, unsigned publisher, struct samples *samples)
{
    const struct replay_person *a = &people->list[viewer], *b = &people->list[publisher];
    uint64_t from_us = a->join_us > b->join_us ? a->join_us : b->join_us;
    uint64_t to_us = people->length_us;
    size_t next[2] = {0, 0};
    int layer[2] = {-1, -1};

    to_us = a->leaves && a->leave_us < to_us ? a->leave_us : to_us;
    to_us = b->leaves && b->leave_us < to_us ? b->leave_us : to_us;
    for (uint64_t at_us = from_us; at_us < to_us; at_us += SAMPLE_US) {
        for (unsigned i = 0; i < 2; i++)
            layer[i] = layer_at(logs[i], a->id, b->id, at_us, &next[i], layer[i]);
        samples->all++;
        samples->same += layer[0] == layer[1];
        samples->near += abs(layer[0] - layer[1]) <= 1;
    }
}

static void compare_layers(const struct replay_people *people,
                           const struct replay_log *const logs[2],
                           struct replay_agreement *agreement)
{
    struct samples samples = {0};

    for (unsigned viewer = 0; viewer < people->count; viewer++)
        for (unsigned publisher = 0; publisher < people->count; publisher++)
            if (viewer != publisher && people->list[publisher].config.camera &&
                people->list[viewer].config.seats > 0)
                sample_pair(people, logs, viewer, publisher, &samples);
    if (samples.all == 0)
        samples = (struct samples){1, 1, 1};
    agreement->layer_percent = 100.0 * (double)samples.same / (double)samples.all;
    agreement->near_layer_percent = 100.0 * (double)samples.near / (double)samples.all;
}

/* ---- estimates over time --------------------------------------------------------------------- */

static int64_t estimate_at(const struct replay_log *log, uint64_t viewer, uint64_t at_us,
                           size_t *next, int64_t kbps)
{
    for (; *next < log->count && log->entries[*next].at_us <= at_us; (*next)++) {
        const struct replay_entry *entry = &log->entries[*next];

        if (entry->participant == viewer && replay_is(entry, "estimate"))
            kbps = replay_value(entry, "after_kbps", kbps);
    }
    return kbps;
}

static void compare_estimates(const struct replay_people *people,
                              const struct replay_log *const logs[2],
                              struct replay_agreement *agreement)
{
    double off = 0, count = 0;

    for (unsigned viewer = 0; viewer < people->count; viewer++) {
        size_t next[2] = {0, 0};
        int64_t kbps[2] = {0, 0};

        for (uint64_t at_us = 0; at_us < people->length_us; at_us += SAMPLE_US) {
            for (unsigned i = 0; i < 2; i++)
                kbps[i] = estimate_at(logs[i], people->list[viewer].id, at_us, &next[i], kbps[i]);
            if (kbps[0] == 0 || kbps[1] == 0)
                continue;
            off += (double)llabs(kbps[1] - kbps[0]) / (double)kbps[0];
            count++;
        }
    }
    agreement->estimate_off_percent = count > 0 ? 100.0 * off / count : 0;
}

/* ---- decision by decision -------------------------------------------------------------------- */

static bool is_rough(const struct replay_entry *entry)
{
    return replay_is(entry, "estimate") || replay_is(entry, "probe");
}

/* The figure that was decided on is the last one; of layers the third. */
static int64_t outcome_of(const struct replay_entry *entry)
{
    if (replay_is(entry, "layer"))
        return replay_value(entry, "after_spatial", -1);
    if (replay_is(entry, "keyframe"))
        return replay_value(entry, "layer", 0);
    if (entry->value_count == 0 || replay_is(entry, "pause") || replay_is(entry, "resume") ||
        replay_is(entry, "queue_drop") || replay_is(entry, "replay"))
        return 0;
    return entry->values[entry->value_count - 1].value;
}

static bool same_decision(const struct replay_entry *a, const struct replay_entry *b)
{
    int64_t left = outcome_of(a), right = outcome_of(b);

    if (strcmp(a->what, b->what) != 0 || a->participant != b->participant || a->about != b->about ||
        a->source != b->source)
        return false;
    return is_rough(a) ? llabs(left - right) * NEAR_DEN <= left : left == right;
}

/* The nearest one in time that is not taken; log->count: none. */
static size_t find_partner(const struct replay_entry *entry, const struct replay_log *log,
                           const bool *taken)
{
    size_t best = log->count;
    uint64_t least_us = NEAR_US + 1;

    for (size_t i = 0; i < log->count && log->entries[i].at_us <= entry->at_us + NEAR_US; i++) {
        const struct replay_entry *other = &log->entries[i];
        uint64_t off_us =
            other->at_us > entry->at_us ? other->at_us - entry->at_us : entry->at_us - other->at_us;

        if (!taken[i] && off_us < least_us && same_decision(entry, other)) {
            best = i;
            least_us = off_us;
        }
    }
    return best;
}

static struct replay_kind *kind_of(struct replay_agreement *agreement, const char *what)
{
    unsigned i = 0;

    while (i < agreement->kind_count && strcmp(agreement->kinds[i].what, what) != 0)
        i++;
    if (i == REPLAY_KINDS)
        return &agreement->kinds[i - 1];
    if (i == agreement->kind_count) {
        snprintf(agreement->kinds[i].what, sizeof(agreement->kinds[i].what), "%s", what);
        agreement->kind_count++;
    }
    return &agreement->kinds[i];
}

/* ---- on paper -------------------------------------------------------------------------------- */

static int write_people(const struct replay_people *people, const struct replay_entry *entry,
                        char *out, size_t size)
{
    unsigned who = replay_people_number(people, entry->participant) + 1;
    unsigned about = replay_people_number(people, entry->about) + 1;

    if (entry->participant == 0)
        return snprintf(out, size, "room  ");
    if (entry->about == 0 || entry->about == entry->participant)
        return snprintf(out, size, "p%-5u", who);
    return snprintf(out, size, "p%u<p%-2u", who, about);
}

static int write_value(const struct replay_entry *entry, unsigned i, char *out, size_t size)
{
    const struct replay_value *value = &entry->values[i];
    char after[REPLAY_WORD_BYTES];

    if (strncmp(value->name, "after_", 6) == 0 || strstr(value->name, "temporal") != NULL)
        return 0;
    if (strncmp(value->name, "before_", 7) != 0)
        return snprintf(out, size, " %s %" PRId64, value->name, value->value);
    snprintf(after, sizeof(after), "after_%.24s", value->name + 7);
    return snprintf(out, size, " %s %" PRId64 ">%" PRId64, value->name + 7, value->value,
                    replay_value(entry, after, 0));
}

static void write_entry(const struct replay_people *people, const struct replay_entry *entry,
                        char *out, size_t size)
{
    int at;

    out[0] = '\0';
    if (entry == NULL)
        return;
    at = snprintf(out, size, "%8.3f ", (double)entry->at_us / 1e6);
    at += write_people(people, entry, out + at, size - (size_t)at);
    at += snprintf(out + at, size - (size_t)at, " %s", entry->what);
    if (replay_is(entry, "source") || replay_is(entry, "rate"))
        at += snprintf(out + at, size - (size_t)at, " %s", replay_source(entry->source));
    for (unsigned i = 0; i < entry->value_count && at < (int)size - 1; i++)
        at += write_value(entry, i, out + at, size - (size_t)at);
    if (at < (int)size - 1)
        snprintf(out + at, size - (size_t)at, " (%s)", entry->why);
}

static void print_row(const struct replay_people *people, const struct replay_entry *left,
                      const struct replay_entry *right, FILE *out)
{
    char texts[2][COLUMN_BYTES];
    const char *mark = left == NULL ? ">" : right == NULL ? "<" : "=";

    if (out == NULL)
        return;
    if (left != NULL && is_given(left))
        mark = ".";
    write_entry(people, left, texts[0], sizeof(texts[0]));
    write_entry(people, right, texts[1], sizeof(texts[1]));
    fprintf(out, "%-73s %s %s\n", texts[0], mark, texts[1]);
}

/* The replay's entries of up to that moment that no recorded one stands beside. */
static size_t print_rest(const struct replay_people *people, const struct replay_log *replayed,
                         const bool *taken, size_t from, uint64_t to_us, FILE *out)
{
    size_t i = from;

    for (; i < replayed->count && replayed->entries[i].at_us <= to_us; i++)
        if (!taken[i] && !is_given(&replayed->entries[i]))
            print_row(people, NULL, &replayed->entries[i], out);
    return i;
}

static void count_replayed(const struct replay_log *replayed, struct replay_agreement *agreement)
{
    for (size_t i = 0; i < replayed->count; i++)
        if (!is_given(&replayed->entries[i]))
            kind_of(agreement, replayed->entries[i].what)->replayed++;
}

static void find_partners(const struct replay_log *recorded, const struct replay_log *replayed,
                          size_t *partners, bool *taken, struct replay_agreement *agreement)
{
    for (size_t i = 0; i < recorded->count; i++) {
        const struct replay_entry *entry = &recorded->entries[i];
        struct replay_kind *kind;

        partners[i] = replayed->count;
        if (is_given(entry))
            continue;
        kind = kind_of(agreement, entry->what);
        kind->recorded++;
        partners[i] = find_partner(entry, replayed, taken);
        if (partners[i] == replayed->count)
            continue;
        taken[partners[i]] = true;
        kind->both++;
    }
}

static void print_all(const struct replay_people *people, const struct replay_log *recorded,
                      const struct replay_log *replayed, const size_t *partners, const bool *taken,
                      FILE *out)
{
    size_t rest = 0;

    fprintf(out, "%-73s   %s\n", "recorded", "replayed");
    for (size_t i = 0; i < recorded->count; i++) {
        const struct replay_entry *entry = &recorded->entries[i];

        rest = print_rest(people, replayed, taken, rest, entry->at_us, out);
        print_row(people, entry,
                  partners[i] < replayed->count ? &replayed->entries[partners[i]] : NULL, out);
    }
    (void)print_rest(people, replayed, taken, rest, UINT64_MAX, out);
}

void replay_report(const struct replay_people *people, const struct replay_log *recorded,
                   const struct replay_log *replayed, FILE *out, struct replay_agreement *agreement)
{
    const struct replay_log *const logs[2] = {recorded, replayed};
    size_t *partners = calloc(recorded->count + 1, sizeof(*partners));
    bool *taken = calloc(replayed->count + 1, sizeof(*taken));

    if (partners == NULL || taken == NULL)
        abort();
    *agreement = (struct replay_agreement){0};
    count_replayed(replayed, agreement);
    find_partners(recorded, replayed, partners, taken, agreement);
    if (out != NULL)
        print_all(people, recorded, replayed, partners, taken, out);
    compare_layers(people, logs, agreement);
    compare_estimates(people, logs, agreement);
    free(partners);
    free(taken);
}

/* ---- summary --------------------------------------------------------------------------------- */

static void print_link(const struct replay_link *link, FILE *out)
{
    fprintf(out, "round trip %" PRIu64 " ms, takes", link->rtt_us / 1000);
    for (size_t i = 0; i < link->step_count; i++) {
        const struct rate_step *step = &link->steps[i];

        if (i > 0)
            fprintf(out, ", from %.1f s", (double)step->at_us / 1e6);
        if (step->rate_bps == 0)
            fprintf(out, " whatever came");
        else
            fprintf(out, " %" PRIu64 " kbit/s", step->rate_bps / 1000);
    }
    fprintf(out, "%s\n", link->step_count == 0 ? " whatever came" : "");
}

static void print_person(const struct replay_people *people, unsigned number, FILE *out)
{
    static const char *const codecs[] = {"VP8", "H.264", "VP9"};
    const struct replay_person *person = &people->list[number];
    const struct client_config *config = &person->config;

    fprintf(out, "p%-2u %016" PRIx64 ": %u seats, microphone %s, camera ", number + 1, person->id,
            config->seats, config->microphone ? "yes" : "no");
    if (config->camera)
        fprintf(out, "%s in %u layers; ", codecs[config->codec], config->layers);
    else
        fprintf(out, "no; ");
    print_link(&person->link, out);
}

static void print_what_is_missing(const struct replay_people *people,
                                  const struct replay_log *recorded, FILE *out)
{
    bool screen = false, av1 = false;

    for (size_t i = 0; i < recorded->count; i++) {
        const struct replay_entry *entry = &recorded->entries[i];

        screen = screen || entry->source == ENGINE_SCREEN;
        av1 = av1 || (replay_is(entry, "source") && replay_value(entry, "codec", 0) == 5);
    }
    if (recorded->entries[0].number > 1)
        fprintf(out,
                "note: the recording begins with entry %" PRIu64 "; what was before is guessed\n",
                recorded->entries[0].number);
    if (screen)
        fprintf(out, "note: shared screens are left out\n");
    if (av1)
        fprintf(out, "note: AV1 is replayed as VP9 with spatial layers\n");
    if (people->left_out > 0)
        fprintf(out, "note: more than %u participants; the others are left out\n", REPLAY_PEOPLE);
}

void replay_summarise(const struct replay_people *people, const struct replay_log *recorded,
                      const struct replay_agreement *agreement, FILE *out)
{
    fprintf(out, "\nrebuilt from %zu entries over %.1f s:\n", recorded->count,
            (double)people->length_us / 1e6);
    for (unsigned i = 0; i < people->count; i++)
        print_person(people, i, out);
    print_what_is_missing(people, recorded, out);
    fprintf(out, "\n%-12s %9s %9s %9s\n", "decisions", "recorded", "replayed", "both");
    for (unsigned i = 0; i < agreement->kind_count; i++)
        fprintf(out, "%-12s %9u %9u %9u\n", agreement->kinds[i].what, agreement->kinds[i].recorded,
                agreement->kinds[i].replayed, agreement->kinds[i].both);
    fprintf(out,
            "layers agree %.1f %% of the time (within one layer: %.1f %%), estimates are off by "
            "%.1f %%\n",
            agreement->layer_percent, agreement->near_layer_percent,
            agreement->estimate_off_percent);
}
