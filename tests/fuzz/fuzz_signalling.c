/* Messages from clients. What decodes must keep what message.h promises. */
#include "control/message.h"

#include "control/relay.h"
#include "control/rights.h"
#include "fuzz.h"

static void touch(struct text text)
{
    fuzz_touch((struct span){(const uint8_t *)text.bytes, text.len});
    if (text.bytes != NULL)
        FUZZ_CHECK(strlen(text.bytes) == text.len);
}

static void check_offer(const struct message *message)
{
    touch(message->offer.sdp);
    FUZZ_CHECK(message->offer.sdp.len <= MESSAGE_SDP_BYTES);
    FUZZ_CHECK(message->offer.source_count <= MESSAGE_SOURCES);
    for (size_t i = 0; i < message->offer.source_count; i++) {
        touch(message->offer.sources[i].mid);
        FUZZ_CHECK(message->offer.sources[i].mid.len <= MESSAGE_MID_BYTES);
        FUZZ_CHECK(message->offer.sources[i].source < MESSAGE_SOURCES);
    }
}

static void check_candidate(const struct message_candidate *candidate)
{
    touch(candidate->candidate);
    touch(candidate->sdp_mid);
    touch(candidate->username_fragment);
    FUZZ_CHECK(candidate->sdp_mline_index >= -1 && candidate->sdp_mline_index <= 63);
    (void)relay_candidate_is_special(candidate->candidate.bytes, candidate->candidate.len);
}

static void check_view(const struct message *message)
{
    FUZZ_CHECK(message->view.count <= MESSAGE_VIEWS);
    for (size_t i = 0; i < message->view.count; i++) {
        const struct message_view *view = &message->view.wanted[i];
        FUZZ_CHECK(view->participant != 0 && view->group <= 1);
        FUZZ_CHECK(view->width <= MESSAGE_PIXELS && view->height <= MESSAGE_PIXELS);
    }
}

static void check_name(struct text name)
{
    touch(name);
    FUZZ_CHECK(message_is_line(name.bytes, name.len, MESSAGE_NAME_CHARS));
}

static void check(const struct message *message)
{
    switch (message->type) {
    case MESSAGE_JOIN:
        touch(message->join.token);
        check_name(message->join.name);
        break;
    case MESSAGE_RESUME:
        touch(message->resume.token);
        touch(message->resume.session);
        break;
    case MESSAGE_OFFER:
        check_offer(message);
        break;
    case MESSAGE_DESCRIPTION:
        touch(message->description.sdp);
        FUZZ_CHECK(message->description.to != 0);
        break;
    case MESSAGE_CANDIDATE:
        check_candidate(&message->candidate.candidate);
        break;
    case MESSAGE_MODE_FAILED:
        touch(message->mode_failed.reason);
        break;
    case MESSAGE_SOURCES_ENABLED:
        FUZZ_CHECK(message->sources.enabled <= 15);
        break;
    case MESSAGE_RENAME:
        check_name(message->rename.name);
        break;
    case MESSAGE_VIEW:
        check_view(message);
        break;
    case MESSAGE_CHAT:
        touch(message->chat.text);
        break;
    case MESSAGE_MUTE:
        FUZZ_CHECK(message->mute.participant != 0 && message->mute.source < MESSAGE_SOURCES);
        break;
    case MESSAGE_REMOVE:
        FUZZ_CHECK(message->remove.participant != 0);
        break;
    case MESSAGE_ADMIT:
        FUZZ_CHECK(message->admit.participant != 0);
        break;
    case MESSAGE_LEAVE:
    case MESSAGE_MODE_READY:
    case MESSAGE_PARTICIPANTS:
    case MESSAGE_PING:
    case MESSAGE_LOCK:
    case MESSAGE_END:
        break;
    case MESSAGE_TYPES:
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct message message;
    struct message_problem problem = {0};
    if (message_decode((const char *)bytes, len, &message, &problem) != 0) {
        FUZZ_CHECK(problem.code != CODE_NONE && problem.reason[0] != '\0');
        return 0;
    }
    check(&message);
    /* Whatever it says: a host may, and who may not talk may no more than who may. */
    FUZZ_CHECK(rights_allow(ROLE_HOST, &message));
    FUZZ_CHECK(rights_allow(ROLE_PARTICIPANT, &message) || !rights_allow(ROLE_VIEWER, &message));
    message_free(&message);
    return 0;
}
