/* Levels, their history, and the dominant speaker. */
#include "engine/speaker.h"

#include <string.h>

/* Speech has to be this loud, in steps of 10 dB above digital silence: louder than -47 dBov. Speech
 * at a usual distance is at -20 to -45, a quiet room at -60 to -80. */
#define BANDS         13u
#define BAND_DB       10u
#define SPEECH_BANDS  8u
#define FLOOR_RISE_Q8 5u         /* per packet of 20 ms: about 1 dB/s */
#define FLOOR_MAX_Q8  (52u << 8) /* a fan is quieter, and nobody who speaks is a fan */

/* People pause between words; who was loud so lately still speaks. */
#define PAUSE_US 1000000u

/* Per packet (20 ms): up within about 60 ms, down within about 600 ms. */
#define RISE_SHIFT 1
#define FALL_SHIFT 5

/* DTX sends a comfort-noise packet each 400 ms: after a longer gap it is silence. */
#define HEARD_FOR_US 450000u

/* Packets are up to 60 ms long and come unevenly: a gap of so many slots is no silence. */
#define SLOTS_BRIDGED 5u
#define SLOTS_AGE_MAX 3u

/* The windows of the paper's scores, in slots. */
#define MEDIUM_SLOTS 5u
#define MEDIUM_FULL  4u /* one late packet does not make it less */
#define LONG_MEDIUMS 10u

/* A click is not loud yet. */
#define MEDIUM_LOUD 3u

/* ln S(v) * 256 for the paper's score S(v) = ln C(n, v) - n ln 2 - ln lambda + lambda v, at least
 * 1e-10: the likelihood of v active of n under speech, against an exponential one without. */
static const int16_t IMMEDIATE_Q8[BANDS + 1] = {/* n 13, lambda 0.78 */
                                                -5895, -5895, -5895, -5895, -19, 213, 311,
                                                364,   393,   403,   396,   366, 295, 82};
static const int16_t MEDIUM_Q8[MEDIUM_SLOTS + 1] = {/* n 5, lambda 24 */
                                                    -5895, 753, 967, 1079, 1155, 1211};
static const int16_t LONG_Q8[LONG_MEDIUMS + 1] = {/* n 10, lambda 47 */
                                                  -5895, 935,  1143, 1256, 1333, 1392,
                                                  1439,  1479, 1513, 1543, 1569};

/* The logarithm of the ratio of two scores has to be above these: C1, C2, C3 of the paper. */
#define IMMEDIATE_AHEAD_Q8 (3 << 8)
#define MEDIUM_AHEAD_Q8    (2 << 8)
#define LONG_AHEAD_Q8      0

/* A cough is over after 200 ms. Who talks as long as this is a speaker, and who was silent as long
 * has stopped: one after the other, without a pause, still changes within 300 ms. */
#define TALK_SLOTS    13u
#define TALK_LOUD_MIN 12u

/* Who raises the voice over another one who goes on: by so much, for nearly a second. */
#define LEAD_Q8      (12u << 8)
#define LEAD_MEDIUMS 8u
/* Nobody who still speaks is interrupted sooner. */
#define REIGN_US 1000000u

/* A level that moved less is not news. */
#define REPORT_STEP_DBOV 6

void speaker_init(struct speaker *speaker)
{
    *speaker = (struct speaker){
        .level_q8 = SPEAKER_SILENT_DBOV << 8,
        .floor_q8 = SPEAKER_SILENT_DBOV << 8,
    };
}

/* ---- levels --------------------------------------------------------------------------------- */

static void follow_floor(struct speaker *speaker, uint32_t level_q8)
{
    if (level_q8 >= speaker->floor_q8)
        speaker->floor_q8 = level_q8;
    else if (speaker->floor_q8 > FLOOR_MAX_Q8 + FLOOR_RISE_Q8)
        speaker->floor_q8 -= FLOOR_RISE_Q8;
}

/* How many steps of 10 dB; 0 if the room itself is as loud. */
static uint8_t count_bands(const struct speaker *speaker, uint8_t level_dbov)
{
    if (((uint32_t)level_dbov + BAND_DB) << 8 > speaker->floor_q8)
        return 0;
    const uint32_t bands = (SPEAKER_SILENT_DBOV - level_dbov) / BAND_DB;
    return (uint8_t)(bands > BANDS ? BANDS : bands);
}

static void note_slot(struct speaker *speaker, uint64_t now_us, uint8_t bands)
{
    const uint64_t slot = now_us / SPEAKER_SLOT_US;
    const uint64_t passed = slot - speaker->slot;
    const bool loud = bands >= SPEECH_BANDS;
    if (passed == 0 && speaker->bands > bands)
        return;
    speaker->bands = bands;
    speaker->slot = slot;
    speaker->slots = passed < 64 ? speaker->slots << passed : 0;
    if (!loud)
        return;
    const bool bridged = passed <= SLOTS_BRIDGED && passed > 0;
    speaker->slots |= bridged ? (UINT64_C(1) << passed) - 1u : 1u;
}

void speaker_hear(struct speaker *speaker, uint64_t now_us, uint8_t level_dbov)
{
    level_dbov &= 127u;
    const uint32_t level_q8 = (uint32_t)level_dbov << 8;
    if (level_q8 < speaker->level_q8)
        speaker->level_q8 -= (speaker->level_q8 - level_q8) >> RISE_SHIFT;
    else
        speaker->level_q8 += (level_q8 - speaker->level_q8) >> FALL_SHIFT;
    follow_floor(speaker, level_q8);
    speaker->heard_us = now_us;
    note_slot(speaker, now_us, count_bands(speaker, level_dbov));
    if (speaker_loud_slots(speaker, now_us, MEDIUM_SLOTS) >= MEDIUM_LOUD)
        speaker->loud_us = now_us;
}

/* The slots as of now, silence filled in since the last packet. */
static uint64_t slots_now(const struct speaker *speaker, uint64_t now_us)
{
    const uint64_t age = now_us / SPEAKER_SLOT_US - speaker->slot;
    if (age <= SLOTS_AGE_MAX)
        return speaker->slots;
    return age < 64 ? speaker->slots << age : 0;
}

static unsigned count_bits(uint64_t bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

unsigned speaker_loud_slots(const struct speaker *speaker, uint64_t now_us, unsigned count)
{
    return count_bits(slots_now(speaker, now_us) & ((UINT64_C(1) << count) - 1u));
}

static unsigned full_mediums(const struct speaker *speaker, uint64_t now_us)
{
    uint64_t slots = slots_now(speaker, now_us);
    unsigned full = 0;
    for (unsigned i = 0; i < LONG_MEDIUMS; i++, slots >>= MEDIUM_SLOTS)
        full += count_bits(slots & ((1u << MEDIUM_SLOTS) - 1u)) >= MEDIUM_FULL;
    return full;
}

/* ---- who takes over ------------------------------------------------------------------------- */

struct scores {
    int immediate_q8, medium_q8, long_q8;
};

static struct scores score(const struct speaker *speaker, uint64_t now_us)
{
    const bool current = now_us / SPEAKER_SLOT_US - speaker->slot <= SLOTS_AGE_MAX;
    return (struct scores){
        .immediate_q8 = IMMEDIATE_Q8[current ? speaker->bands : 0],
        .medium_q8 = MEDIUM_Q8[speaker_loud_slots(speaker, now_us, MEDIUM_SLOTS)],
        .long_q8 = LONG_Q8[full_mediums(speaker, now_us)],
    };
}

static bool is_ahead(const struct speaker *challenger, const struct speaker *holder,
                     uint64_t now_us)
{
    const struct scores ours = score(challenger, now_us);
    const struct scores theirs = score(holder, now_us);
    return ours.immediate_q8 - theirs.immediate_q8 > IMMEDIATE_AHEAD_Q8 &&
           ours.medium_q8 - theirs.medium_q8 > MEDIUM_AHEAD_Q8 &&
           ours.long_q8 - theirs.long_q8 > LONG_AHEAD_Q8;
}

static bool talks_down(const struct speaker *challenger, const struct speaker *holder,
                       uint64_t now_us)
{
    return challenger->level_q8 + LEAD_Q8 < holder->level_q8 &&
           full_mediums(challenger, now_us) >= LEAD_MEDIUMS;
}

static bool takes_over(const struct speaker_contest *contest, uint64_t now_us,
                       const struct speaker *challenger, const struct speaker *holder)
{
    if (speaker_loud_slots(challenger, now_us, TALK_SLOTS) < TALK_LOUD_MIN)
        return false;
    if (!holder || speaker_loud_slots(holder, now_us, TALK_SLOTS) == 0)
        return true;
    return now_us - contest->since_us >= REIGN_US &&
           (is_ahead(challenger, holder, now_us) || talks_down(challenger, holder, now_us));
}

bool speaker_challenge(struct speaker_contest *contest, uint64_t now_us,
                       const struct speaker_entrant *challenger, const struct speaker *holder)
{
    if (challenger->participant == contest->dominant ||
        !takes_over(contest, now_us, challenger->speaker, holder))
        return false;
    contest->dominant = challenger->participant;
    contest->since_us = now_us;
    return true;
}

/* ---- reports -------------------------------------------------------------------------------- */

static void judge(struct speaker *speaker, uint64_t now_us)
{
    if (now_us - speaker->heard_us > HEARD_FOR_US)
        speaker->level_q8 = SPEAKER_SILENT_DBOV << 8;
    speaker->speaking = speaker->loud_us != 0 && now_us - speaker->loud_us <= PAUSE_US;
}

static bool is_there(const struct speaker_entrant *entrants, size_t count, uint64_t participant)
{
    for (size_t i = 0; i < count; i++)
        if (entrants[i].participant == participant)
            return true;
    return false;
}

static size_t list_speaking(const struct speaker_entrant *entrants, size_t count,
                            struct engine_speaker list[static LIMIT_ROOM_PUBLISHERS])
{
    size_t listed = 0;
    for (size_t i = 0; i < count && listed < LIMIT_ROOM_PUBLISHERS; i++) {
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
    if (!is_there(entrants, count, contest->dominant))
        contest->dominant = 0;

    struct engine_speaker list[LIMIT_ROOM_PUBLISHERS];
    const size_t listed = list_speaking(entrants, count, list);
    if (!is_news(contest, list, listed))
        return false;
    memcpy(contest->reported, list, listed * sizeof list[0]);
    contest->reported_count = (uint8_t)listed;
    contest->reported_dominant = contest->dominant;
    return true;
}
