/* Messages about peer connections: the P2P relay, SFU offers, and the change between the two. */
#include "base/log.h"
#include "control/encode.h"
#include "control/relay.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/signalling.h"
#include "control/socket.h"

/* Whether the message belongs to the leg of now; refused if not. */
static bool is_current(struct socket *socket, const struct message *message, uint32_t epoch,
                       bool sfu)
{
    const struct mode *mode = &socket->member->room->mode;
    if (epoch != mode->epoch) {
        socket_refuse(socket, message->id, CODE_STALE_EPOCH, "that leg is gone");
        return false;
    }
    if (sfu != mode->sfu) {
        socket_refuse(socket, message->id, CODE_WRONG_MODE,
                      mode->sfu ? "the room is in mode sfu" : "the room is in mode p2p");
        return false;
    }
    return true;
}

/* The other of the pair; NULL: refused. */
static struct member *find_peer(struct socket *socket, const struct message *message, uint64_t to)
{
    struct member *peer = rooms_member(socket->member->room, to);
    if (peer != NULL && peer != socket->member)
        return peer;
    socket_refuse(socket, message->id, CODE_NO_SUCH_PARTICIPANT, "nobody else has this id here");
    return NULL;
}

void legs_offer(struct socket *socket, const struct message *message)
{
    if (is_current(socket, message, message->offer.epoch, true))
        sfu_offer(socket->member, message);
}

void legs_description(struct socket *socket, const struct message *message)
{
    struct member *member = socket->member;
    struct member *peer = find_peer(socket, message, message->description.to);
    if (peer == NULL || !is_current(socket, message, message->description.epoch, false))
        return;
    bool answer = message->description.answer;
    enum message_code code = relay_description(&member->room->relay, member->id, peer->id, answer,
                                               message->description.epoch);
    if (code != CODE_NONE) {
        socket_refuse(socket, message->id, code, "no offer is outstanding");
        return;
    }
    COUNT_CONTROL(socket->server, relayed);
    member_send_kept(peer, encode_description(member->id, message->description.epoch, answer,
                                              message->description.sdp));
    socket_send(socket, encode_ok(message->id));
}

static void check_sfu_candidate(struct socket *socket, const struct message *message)
{
    struct text line = message->candidate.candidate.candidate;
    if (!is_current(socket, message, message->candidate.epoch, true))
        return;
    if (relay_candidate_is_special(line.bytes, line.len))
        socket_refuse(socket, message->id, CODE_CANDIDATE_REFUSED,
                      "the candidate has no public unicast address");
    else
        socket_send(socket, encode_ok(message->id));
}

void legs_candidate(struct socket *socket, const struct message *message)
{
    if (message->candidate.to == 0) {
        check_sfu_candidate(socket, message);
        return;
    }
    struct member *peer = find_peer(socket, message, message->candidate.to);
    if (peer == NULL || !is_current(socket, message, message->candidate.epoch, false))
        return;
    COUNT_CONTROL(socket->server, relayed);
    member_send_kept(peer, encode_candidate(socket->member->id, message->candidate.epoch,
                                            &message->candidate.candidate));
    socket_send(socket, encode_ok(message->id));
}

static bool is_current_epoch(struct socket *socket, const struct message *message, uint32_t epoch)
{
    if (epoch == socket->member->room->mode.epoch)
        return true;
    socket_refuse(socket, message->id, CODE_STALE_EPOCH, "the mode has changed since");
    return false;
}

void legs_ready(struct socket *socket, const struct message *message)
{
    struct room *room = socket->member->room;
    if (!is_current_epoch(socket, message, message->mode_ready.epoch))
        return;
    socket_send(socket, encode_ok(message->id));
    struct mode_news news = mode_ready(&room->mode, socket->member->id, server_now_ms());
    rooms_tell(room, &news);
}

void legs_failed(struct socket *socket, const struct message *message)
{
    struct room *room = socket->member->room;
    if (!is_current_epoch(socket, message, message->mode_failed.epoch))
        return;
    log_write(LOG_DEBUG, "mode", "event=mode_failed reason=\"%s\"",
              message->mode_failed.reason.bytes);
    socket_send(socket, encode_ok(message->id));
    struct mode_news news = mode_failed(&room->mode, server_now_ms());
    rooms_tell(room, &news);
}
