/* Sends a probe as evenly as the estimate asked for: repetitions of recent packets first, then
 * padding, through the seats' video streams; media that goes out meanwhile counts (downlink_sent).
 * Media never waits for a probe, and a probe for media only while more waits in line: where that
 * has stood for long, what waits is the probe, and goes at its rate (downlink_take_rate). */
#include "engine/downlink_inner.h"
#include "engine/leg.h"
#include "engine/seat_stream.h"

/* libwebrtc's probes go out in steps of 2 ms (pacing_controller); finer steps cost wake-ups. */
#define STEP_US UINT64_C(2000)

static bool has_all(const struct downlink_probe *probe)
{
    return probe->bytes >= probe->asked.bytes && probe->packets >= probe->asked.packets;
}

static bool goes_on(const struct downlink *downlink, uint64_t now_us)
{
    const struct downlink_probe *probe = &downlink->probe;
    return !has_all(probe) && bwe_probe_goes_on(downlink->bwe, now_us, probe->asked.id) &&
           now_us - probe->began_us <= 2u * (uint64_t)probe->asked.duration_us + STEP_US;
}

/* Through whichever stream can: those that flow have something to repeat. Bytes sent. */
static size_t pad(struct leg *viewer, size_t bytes, uint8_t id, struct shared *shared)
{
    for (unsigned flowing = 2; flowing-- > 0;) {
        for (size_t i = 0; i < viewer->seat_count; i++) {
            struct seat_stream *stream = &viewer->seats[i]->video;
            if ((seat_stream_layer(stream) != 0) != (flowing == 1) ||
                stream->media == NEGOTIATE_NO_MEDIA)
                continue;
            const size_t sent = seat_stream_pad(stream, bytes, id, shared);
            if (sent > 0)
                return sent;
        }
    }
    return 0;
}

static bool waits_for_line(const struct downlink *downlink)
{
    return downlink->probe.of_line && downlink->pacer.queued_bytes > 0;
}

/* What should be out by the end of this step. */
static uint64_t due_bytes(const struct downlink_probe *probe, uint64_t now_us)
{
    return (now_us + STEP_US - probe->began_us) * probe->asked.rate_bps / 8000000u;
}

static void send_step(struct leg *viewer, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    struct downlink_probe *probe = &downlink->probe;
    while (goes_on(downlink, shared->now_us)) {
        const uint64_t due = due_bytes(probe, shared->now_us);
        const uint32_t before = probe->bytes;
        if (probe->bytes >= due || waits_for_line(downlink))
            return;
        if (pad(viewer, (size_t)(due - probe->bytes), probe->asked.id, shared) == 0 ||
            probe->bytes == before) {
            SHARED_COUNT(shared, probes_not_sent);
            break;
        }
    }
    probe->running = false;
}

/* A line that comes and goes is waited for. */
static bool may_begin(const struct downlink *downlink, uint64_t now_us)
{
    const struct pacer *pacer = &downlink->pacer;
    return pacer->queued_bytes == 0 || pacer_stands(pacer, now_us);
}

void downlink_probe_run(struct leg *viewer, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    struct downlink_probe *probe = &downlink->probe;
    if (!downlink->bwe)
        return;
    if (!probe->running) {
        struct bwe_probe asked;
        if (!may_begin(downlink, shared->now_us) ||
            !neighbours_may_probe(&downlink->neighbour, shared->now_us) ||
            !bwe_probe_wanted(downlink->bwe, shared->now_us, &asked))
            return;
        *probe = (struct downlink_probe){.running = true,
                                         .of_line = downlink->pacer.queued_bytes > 0,
                                         .asked = asked,
                                         .began_us = shared->now_us};
        neighbours_probed(&downlink->neighbour, shared->now_us);
        if (probe->of_line)
            pacer_forgive(&downlink->pacer, shared->now_us);
        SHARED_COUNT(shared, probes);
    }
    send_step(viewer, shared);
}

uint64_t downlink_probe_wake_at(const struct downlink *downlink)
{
    const struct downlink_probe *probe = &downlink->probe;
    if (!probe->running)
        return UINT64_MAX;
    /* When due_bytes() is one more than what was sent. */
    const uint64_t next_us =
        ((probe->bytes + UINT64_C(1)) * 8000000u + probe->asked.rate_bps - 1u) /
        probe->asked.rate_bps;
    const uint64_t at_us = probe->began_us + (next_us > STEP_US ? next_us - STEP_US : 0);
    const uint64_t line_us = waits_for_line(downlink) ? pacer_wake_at(&downlink->pacer) : 0;
    return at_us > line_us ? at_us : line_us;
}
