/* Levels and the dominant speaker. */
#include "engine/speaker.h"

#include <string.h>

/* dBov below full scale. Speech at a usual distance is at 20 to 45, a quiet room at 60 to 80. */
#define LOUD_Q8 (45u << 8)

/* People pause between words; who was loud so lately still speaks. */
#define PAUSE_US 1000000u

/* Per packet (20 ms): up within about 60 ms, down within about 600 ms. */
#define RISE_SHIFT 1
#define FALL_SHIFT 5

/* DTX sends a comfort-noise packet each 400 ms: after a longer gap it is silence. */
#define HEARD_FOR_US 450000u

/* A challenger takes over from someone who speaks when it is ahead by this much, in so many rounds
 * one after another: a cough is no speech. */
#define LEAD_Q8       (6u << 8)
#define ROUNDS_TO_WIN 2u

/* A level that moved less is not news. */
#define REPORT_STEP_DBOV 6

void speaker_init(struct speaker *speaker)
{
    *speaker = (struct speaker){.level_q8 = SPEAKER_SILENT_DBOV << 8};
}

void speaker_hear(struct speaker *speaker, uint64_t now_us, uint8_t level_dbov)
{
    const uint32_t level_q8 = (uint32_t)(level_dbov & 127u) << 8;
    if (level_q8 < speaker->level_q8)
        speaker->level_q8 -= (speaker->level_q8 - level_q8) >> RISE_SHIFT;
    else
        speaker->level_q8 += (level_q8 - speaker->level_q8) >> FALL_SHIFT;
    speaker->heard_us = now_us;
    if (speaker->level_q8 < LOUD_Q8)
        speaker->loud_us = now_us;
}

static void judge(struct speaker *speaker, uint64_t now_us)
{
    if (now_us - speaker->heard_us > HEARD_FOR_US)
        speaker->level_q8 = SPEAKER_SILENT_DBOV << 8;
    const uint64_t quiet_us = now_us - speaker->loud_us;
    speaker->loud = speaker->loud_us != 0 && quiet_us <= SPEAKER_INTERVAL_US;
    speaker->speaking = speaker->loud_us != 0 && quiet_us <= PAUSE_US;
}

static const struct speaker_entrant *find(const struct speaker_entrant *entrants, size_t count,
                                          uint64_t participant)
{
    for (size_t i = 0; i < count; i++)
        if (entrants[i].participant == participant)
            return &entrants[i];
    return NULL;
}

static const struct speaker_entrant *loudest(const struct speaker_entrant *entrants, size_t count)
{
    const struct speaker_entrant *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!entrants[i].speaker->loud)
            continue;
        if (!best || entrants[i].speaker->level_q8 < best->speaker->level_q8)
            best = &entrants[i];
    }
    return best;
}

/* How many rounds a challenger needs; 0: it is not ahead. */
static uint8_t rounds_needed(const struct speaker_entrant *challenger,
                             const struct speaker_entrant *holder)
{
    if (!holder || !holder->speaker->speaking)
        return 1;
    const bool ahead = challenger->speaker->level_q8 + LEAD_Q8 < holder->speaker->level_q8;
    return ahead ? ROUNDS_TO_WIN : 0;
}

static void contest_once(struct speaker_contest *contest, const struct speaker_entrant *entrants,
                         size_t count)
{
    const struct speaker_entrant *best = loudest(entrants, count);
    const struct speaker_entrant *holder = find(entrants, count, contest->dominant);
    if (!holder)
        contest->dominant = 0;
    const uint8_t needed = best && best != holder ? rounds_needed(best, holder) : 0;
    if (needed == 0) {
        contest->challenger = 0;
        return;
    }
    const bool again = contest->challenger == best->participant;
    contest->rounds = again ? (uint8_t)(contest->rounds + 1u) : 1u;
    contest->challenger = best->participant;
    if (contest->rounds >= needed) {
        contest->dominant = best->participant;
        contest->challenger = 0;
    }
}

static size_t list_speaking(const struct speaker_entrant *entrants, size_t count,
                            struct engine_speaker list[static LIMIT_ROOM_PARTICIPANTS])
{
    size_t listed = 0;
    for (size_t i = 0; i < count && listed < LIMIT_ROOM_PARTICIPANTS; i++) {
        if (!entrants[i].speaker->speaking)
            continue;
        const struct engine_speaker entry = {
            .participant = entrants[i].participant,
            .level_dbov = (uint8_t)(entrants[i].speaker->level_q8 >> 8),
        };
        size_t at = listed++;
        for (; at > 0 && list[at - 1].level_dbov > entry.level_dbov; at--)
            list[at] = list[at - 1];
        list[at] = entry;
    }
    return listed;
}

static bool is_news(const struct speaker_contest *contest, const struct engine_speaker *list,
                    size_t count)
{
    if (contest->dominant != contest->reported_dominant || count != contest->reported_count)
        return true;
    for (size_t i = 0; i < count; i++) {
        const int step = (int)list[i].level_dbov - (int)contest->reported[i].level_dbov;
        if (list[i].participant != contest->reported[i].participant || step >= REPORT_STEP_DBOV ||
            step <= -REPORT_STEP_DBOV)
            return true;
    }
    return false;
}

bool speaker_round(struct speaker_contest *contest, uint64_t now_us,
                   const struct speaker_entrant *entrants, size_t count)
{
    contest->round_us = now_us;
    contest->listening = false;
    for (size_t i = 0; i < count; i++) {
        judge(entrants[i].speaker, now_us);
        contest->listening |= entrants[i].speaker->speaking;
    }
    contest_once(contest, entrants, count);

    struct engine_speaker list[LIMIT_ROOM_PARTICIPANTS];
    const size_t listed = list_speaking(entrants, count, list);
    if (!is_news(contest, list, listed))
        return false;
    memcpy(contest->reported, list, listed * sizeof list[0]);
    contest->reported_count = (uint8_t)listed;
    contest->reported_dominant = contest->dominant;
    return true;
}
