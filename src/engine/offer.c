/* Parse, negotiate, start or restart the transport, answer, take over; in this order, so that what
 * fails early changes nothing. */
#include "engine/offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dtls.h"
#include "engine/media_room.h"
#include "engine/pipe.h"
#include "wire/sdp.h"

int offer_desk_init(struct offer_desk *desk)
{
    *desk = (struct offer_desk){0};
    desk->sdp = malloc(sizeof *desk->sdp);
    desk->negotiated = malloc(sizeof *desk->negotiated);
    desk->text = malloc(LIMIT_SDP_BYTES + 1u);
    if (desk->sdp && desk->negotiated && desk->text)
        return 0;
    offer_desk_fini(desk);
    return -1;
}

void offer_desk_fini(struct offer_desk *desk)
{
    free(desk->sdp);
    free(desk->negotiated);
    free(desk->text);
    *desk = (struct offer_desk){0};
}

static int refuse(struct offer_desk *desk, int error, const char *reason)
{
    const int len = snprintf(desk->text, LIMIT_SDP_BYTES, "%s", reason);
    desk->text_len = len > 0 ? (size_t)len : 0;
    desk->error = error;
    return error;
}

static int parse(struct offer_desk *desk, const struct engine_command *command)
{
    struct negotiate_reason reason;
    if (command->source_count > ENGINE_SOURCES)
        return refuse(desk, ENGINE_ERROR_BAD_SOURCES, "more sources than there are kinds");
    const int error = negotiate_parse(command->sdp, command->sdp_len, desk->sdp, &reason);
    return error == 0 ? 0 : refuse(desk, error, reason.text);
}

static int negotiate(struct offer_desk *desk, const struct leg *leg, bool first,
                     const struct engine_command *command)
{
    const struct negotiate_request request = {
        .sources = command->sources,
        .source_count = command->source_count,
        .seat_ssrcs = leg->seat_ssrcs,
        .previous = first ? NULL : leg->negotiated,
    };
    struct negotiate_reason reason;
    const int error = negotiate_offer(desk->sdp, &request, desk->negotiated, &reason);
    return error == 0 ? 0 : refuse(desk, error, reason.text);
}

/* The peer's certificate changed with its ICE credentials: a new transport under the same leg. */
static int replace_transport(struct leg *leg, const struct transport_remote *remote,
                             struct shared *shared)
{
    struct transport *fresh = transport_new(shared->dtls, &shared->rng, shared->counters);
    if (!fresh || transport_start(fresh, shared->now_us, remote) != 0) {
        transport_free(fresh);
        return -1;
    }
    transport_close(leg->transport, shared->tx);
    transport_free(leg->transport);
    leg->transport = fresh;
    return 0;
}

static int start_transport(struct offer_desk *desk, struct leg *leg, bool first,
                           struct shared *shared)
{
    const struct transport_remote *remote = &desk->negotiated->remote;
    int result = 0;
    if (first)
        result = transport_start(leg->transport, shared->now_us, remote);
    else if (desk->negotiated->ice_restart &&
             transport_restart(leg->transport, shared->now_us, &shared->rng, remote) != 0)
        result = replace_transport(leg, remote, shared);
    return result == 0 ? 0 : refuse(desk, ENGINE_ERROR_NO_MEMORY, "out of memory");
}

static int write_answer(struct offer_desk *desk, const struct leg *leg, const struct shared *shared)
{
    const struct negotiate_identity identity = {
        .ufrag = transport_ufrag(leg->transport),
        .pwd = transport_pwd(leg->transport),
        .fingerprint_sha256 = dtls_context_fingerprint_sha256(shared->dtls),
        .candidates = shared->candidates,
        .candidate_count = shared->candidate_count,
        .session_id = leg->session_id,
    };
    const int len =
        negotiate_answer(desk->sdp, desk->negotiated, &identity, desk->text, LIMIT_SDP_BYTES + 1u);
    if (len < 0)
        return refuse(desk, len, "the answer would be too long");
    desk->text_len = (size_t)len;
    desk->error = 0;
    return 0;
}

static int take_over(struct offer_desk *desk, struct leg *leg, const struct engine_command *command,
                     struct shared *shared)
{
    if (leg_apply(leg, desk->negotiated, shared) != 0)
        return refuse(desk, ENGINE_ERROR_NO_MEMORY, "out of memory");
    if (!leg_is_piped(leg))
        pipe_keep_offer(leg, command);
    return 0;
}

/* Of a piped leg: what comes in, and nothing else. */
static int agree_mirrored(struct offer_desk *desk, struct leg *leg, bool first,
                          const struct engine_command *command, struct shared *shared)
{
    const int error = negotiate(desk, leg, first, command);
    if (error != 0)
        return error;
    desk->negotiated->seat_count = 0;
    return take_over(desk, leg, command, shared);
}

/* Everything but taking the leg into service. */
static int agree(struct offer_desk *desk, struct leg *leg, bool first,
                 const struct engine_command *command, struct shared *shared)
{
    if (leg_is_piped(leg))
        return agree_mirrored(desk, leg, first, command, shared);
    int error = negotiate(desk, leg, first, command);
    if (error == 0)
        error = start_transport(desk, leg, first, shared);
    if (error == 0)
        error = write_answer(desk, leg, shared);
    return error == 0 ? take_over(desk, leg, command, shared) : error;
}

static int answer_new(struct offer_desk *desk, struct participant *participant, uint64_t owner,
                      const struct engine_command *command, struct shared *shared)
{
    struct leg *leg = leg_new(participant, owner, shared);
    if (!leg)
        return refuse(desk, ENGINE_ERROR_NO_MEMORY, "out of memory");
    const int error = agree(desk, leg, true, command, shared);
    if (error != 0) {
        leg_free(leg, shared);
        return error;
    }
    participant_set_leg(participant, leg, shared);
    leg_register(leg, shared);
    return 0;
}

static int answer_again(struct offer_desk *desk, struct participant *participant,
                        const struct engine_command *command, struct shared *shared)
{
    struct leg *leg = participant->leg;
    const int error = agree(desk, leg, false, command, shared);
    if (error == ENGINE_ERROR_NO_MEMORY) {
        /* Half taken over: it cannot go on. */
        participant_set_leg(participant, NULL, shared);
        return error;
    }
    if (error == 0) {
        chronicle_seats(leg, shared);
        leg_enable(leg, participant->enabled, shared);
    }
    leg_register(leg, shared);
    participant_mark(participant, shared);
    media_room_leg_changed(participant, shared);
    return error;
}

int offer_answer(struct offer_desk *desk, struct participant *participant, uint64_t owner,
                 const struct engine_command *command, struct shared *shared)
{
    desk->ready = true;
    desk->room = command->room;
    desk->participant = command->participant;
    desk->request = command->request;
    const int error = parse(desk, command);
    if (error != 0)
        return error;
    if (participant->leg && !command->new_leg)
        return answer_again(desk, participant, command, shared);
    return answer_new(desk, participant, owner, command, shared);
}

int offer_mirror(struct offer_desk *desk, struct participant *participant, uint64_t owner,
                 const struct engine_command *command, uint64_t leg, struct shared *shared)
{
    int error = parse(desk, command);
    if (error != 0)
        return error;
    const bool again = participant->leg && participant->leg->session_id == leg;
    error = again ? answer_again(desk, participant, command, shared)
                  : answer_new(desk, participant, owner, command, shared);
    if (error == 0)
        participant->leg->session_id = leg;
    return error;
}
