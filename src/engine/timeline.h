/* Why a call looks as it does: each decision of the engine about a room, with its reason, in a
 * bounded log. When it is full the oldest entry goes; numbers never repeat, so a reader sees what
 * it missed. Nothing here changes what the engine does, and nothing is written per packet. */
#ifndef PARLEY_ENGINE_TIMELINE_H
#define PARLEY_ENGINE_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/limits.h"

struct media_room;

/* What was decided, and what a and b mean then. Codes are stable: they go out by their words. */
#define TIMELINE_WHATS(X)                                                                          \
    X(ESTIMATE, "estimate")     /* a viewer's downlink in kbit/s: before, after */                 \
    X(PROBE, "probe")           /* kbit/s tried; measured, 0: not known yet */                     \
    X(LAYER, "layer")           /* TIMELINE_LAYERS(spatial, temporal): before, after */            \
    X(PAUSE, "pause")           /* a viewer's stream stops: kbit/s needed, there */                \
    X(RESUME, "resume")         /* and goes on */                                                  \
    X(KEYFRAME, "keyframe")     /* asked for: layer, how many viewers asked */                     \
    X(REPLAY, "replay")         /* a group of pictures from memory: layer, packets */              \
    X(QUEUE_DROP, "queue_drop") /* the pacer's queue was too long: packets, ms */                  \
    X(RED, "red")               /* earlier frames in each audio packet: before, after */           \
    X(SPEAKER, "speaker")       /* about is the dominant speaker now */                            \
    X(MICROPHONE, "microphone") /* forwarded now (1) or no longer (0); loudness, dBov */           \
    X(PUBLISH, "publish")       /* layers (bit 0: lowest) a publisher is to send: before, after */ \
    X(QUALITY, "quality")       /* a participant's score: before, after */                         \
    X(LEG, "leg")               /* enum engine_leg_state: before, after */                         \
    X(AUDIO_ONLY, "audio_only") /* 1: from now on, 0: no longer */                                 \
    /* Not decided here, but needed to play a call again (chronicle.h). */                         \
    X(JOIN, "join")     /* participants now; microphones forwarded at most */                      \
    X(LEAVE, "leave")   /* participants left */                                                    \
    X(SEATS, "seats")   /* of a viewer; 1: it takes redundant sound */                             \
    X(SOURCE, "source") /* encodings, 0: gone; TIMELINE_CODING */                                  \
    X(RATE, "rate")     /* of a source's layer, with all below it in SVC: layer, kbit/s */         \
    X(VIEW, "view")     /* how a viewer looks at about: TIMELINE_SIZE, TIMELINE_LOOK */            \
    X(LINK, "link")     /* of a participant: round trip in ms, TIMELINE_LOSSES */

#define TIMELINE_WHYS(X)                                                                           \
    X(NONE, "none")                                                                                \
    X(START, "start") /* the first of its kind */                                                  \
    X(DELAY, "delay") /* packets queue up on the way */                                            \
    X(LOSS, "loss")                                                                                \
    X(GROWTH, "growth")           /* nothing speaks against more */                                \
    X(PROBED, "probed")           /* a probe showed it */                                          \
    X(NO_FEEDBACK, "no_feedback") /* the viewer is not heard of */                                 \
    X(IDLE, "idle")               /* application-limited: too little is sent to tell */            \
    X(STAGNATION, "stagnation")   /* no change for long, and more is wanted */                     \
    X(BUDGET, "budget")           /* what the link takes */                                        \
    X(VIEW, "view")               /* the viewer's window: size, visibility, pin */                 \
    X(SPEAKING, "speaking")                                                                        \
    X(SILENT, "silent")                                                                            \
    X(LOUDER, "louder") /* others are louder */                                                    \
    X(FEW, "few")       /* few enough: nothing has to be chosen */                                 \
    X(JOINED, "joined")                                                                            \
    X(LEFT, "left")                                                                                \
    X(MUTED, "muted")                                                                              \
    X(LAYER_GONE, "layer_gone") /* the publisher stopped sending it */                             \
    X(LAYER_CAME, "layer_came")                                                                    \
    X(SWITCH, "switch")         /* a viewer changes layers or sources */                           \
    X(REQUESTED, "requested")   /* the viewer's browser asked (PLI, FIR) */                        \
    X(UNREPAIRED, "unrepaired") /* a loss that could not be repaired */                            \
    X(WATCHED, "watched")       /* somebody shows it */                                            \
    X(SOON, "soon")             /* somebody may need it soon */                                    \
    X(UNWATCHED, "unwatched")                                                                      \
    X(QUEUE, "queue")     /* the pacer's queue */                                                  \
    X(SENDER, "sender")   /* the other side's uplink */                                            \
    X(STATE, "state")     /* the transport's own doing */                                          \
    X(SEATED, "seated")   /* somebody else sits in the viewer's seat now */                        \
    X(RESUMED, "resumed") /* a stream that was paused goes on */                                   \
    X(UNMUTED, "unmuted")                                                                          \
    X(CHANGED, "changed")     /* the publisher's stream is another one: SSRC, codec, m-line */     \
    X(STRUCTURE, "structure") /* what describes the layers did not come */                         \
    X(CALM, "calm")           /* what spoke for it is over */

enum timeline_what {
#define TIMELINE_WHAT_CODE(code, word) TIMELINE_##code,
    TIMELINE_WHATS(TIMELINE_WHAT_CODE)
#undef TIMELINE_WHAT_CODE
        TIMELINE_WHAT_COUNT
};

enum timeline_why {
#define TIMELINE_WHY_CODE(code, word) TIMELINE_WHY_##code,
    TIMELINE_WHYS(TIMELINE_WHY_CODE)
#undef TIMELINE_WHY_CODE
        TIMELINE_WHY_COUNT
};

/* "layer", "budget"; "unknown" for a code that is none. */
const char *timeline_what_word(unsigned what);
const char *timeline_why_word(unsigned why);

/* For a and b of TIMELINE_LAYER; spatial -1: paused. */
#define TIMELINE_LAYERS(spatial, temporal)                                                         \
    ((uint32_t)((spatial) + 1) << 8 | (uint32_t)(uint8_t)(temporal))

/* codec: 0 not known yet, 1 Opus, 2 VP8, 3 VP9, 4 H.264, 5 AV1. */
#define TIMELINE_CODING(codec, unmuted) ((uint32_t)(codec) << 1 | ((unmuted) ? 1u : 0u))
/* In device pixels; 0: not known. */
#define TIMELINE_SIZE(width, height)   ((uint32_t)(width) << 16 | (uint32_t)(height))
#define TIMELINE_LOOK(visible, pinned) (((visible) ? 1u : 0u) | ((pinned) ? 2u : 0u))
/* Per thousand. */
#define TIMELINE_LOSSES(down, up) ((uint32_t)(down) << 16 | (uint32_t)(up))

#define TIMELINE_NO_SOURCE 0xffu

/* One decision, as whoever takes it writes it. */
struct timeline_note {
    uint64_t participant; /* for whom: the viewer, or the publisher who is asked for something */
    uint64_t about;       /* whose source; 0: none */
    uint8_t what;         /* enum timeline_what */
    uint8_t why;          /* enum timeline_why */
    uint8_t source;       /* enum engine_source of about, or TIMELINE_NO_SOURCE */
    uint32_t a, b;        /* see TIMELINE_WHATS */
};

/* And as it is read: engine_timeline(). */
struct timeline_entry {
    uint64_t number; /* 1, 2, … in this room */
    uint64_t at_us;  /* the engine's clock */
    struct timeline_note note;
};

struct timeline {
    /* owned */
    struct timeline_entry
        *entries; /* LIMIT_TIMELINE_ENTRIES; NULL: out of memory, nothing is kept */
    /* state */
    uint64_t count; /* ever written */
};

/* Without memory the room lives, and its log stays empty. */
void timeline_init(struct timeline *timeline);
/* Accepts a zeroed struct. */
void timeline_fini(struct timeline *timeline);
void timeline_add(struct timeline *timeline, uint64_t now_us, const struct timeline_note *note);
/* The oldest kept entries with a number above `after`, at most max. How many. */
size_t timeline_read(const struct timeline *timeline, uint64_t after, struct timeline_entry *out,
                     size_t max);

/* What everybody else calls, once for each decision (an estimate: when it moved by a tenth):
 *
 *   timeline_note(leg->participant->room, shared->now_us, &(struct timeline_note){
 *       .participant = viewer, .about = publisher, .source = ENGINE_CAMERA, .what = TIMELINE_LAYER,
 *       .why = TIMELINE_WHY_BUDGET, .a = TIMELINE_LAYERS(2, 2), .b = TIMELINE_LAYERS(0, 2)});
 *
 * room NULL: nobody keeps a log. */
void timeline_note(struct media_room *room, uint64_t now_us, const struct timeline_note *note);

#endif
