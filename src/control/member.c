/* Members of a room, from join to leave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/announce.h"
#include "control/note.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/socket.h"
#include "control/workers.h"

#define MISSED_FRAMES 64u
#define MISSED_BYTES  (256u * 1024u)

static struct member *add(struct room *room, uint64_t id, uint64_t order)
{
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL)
        return NULL;
    member->room = room;
    member->id = id;
    member->worker = ROOM_NO_WORKER;
    member->order = order;
    list_push_back(&room->members, &member->in_room);
    room->count++;
    room->server->member_count++;
    return member;
}

struct member *member_new(struct room *room, uint64_t id)
{
    struct member *member = add(room, id, room->next_order);
    if (member == NULL)
        return NULL;
    room->next_order++;
    return member;
}

static void start_waiting(struct member *member)
{
    member->resume_until_ms =
        server_now_ms() + (uint64_t)member->room->server->config->rooms.resume_s * 1000u;
}

struct member *member_revive(struct room *room, uint64_t id, const struct note_member *note)
{
    if (room->count >= room->settings.capacity)
        return NULL;
    struct member *member = add(room, id, note->order);
    if (member == NULL)
        return NULL;
    room->mode.viewers += note->role == ROLE_VIEWER;
    if (mode_restore_member(&room->mode, id, server_now_ms()) != 0)
        log_write(LOG_WARN, "rooms", "event=revive_over_capacity");
    snprintf(member->name, sizeof member->name, "%s", note->name);
    member->enabled = note->enabled;
    member->decodes = note->decodes;
    member->role = note->role;
    member->named = note->named;
    memcpy(member->session_hash, note->session_hash, sizeof member->session_hash);
    if (note->order >= room->next_order)
        room->next_order = note->order + 1;
    start_waiting(member);
    return member;
}

void member_bind(struct member *member, struct socket *socket)
{
    member->socket = socket;
    socket->member = member;
}

void member_lost(struct member *member)
{
    struct room *room = member->room;
    member->socket = NULL;
    sfu_drop_offer(member);
    start_waiting(member);
    struct mode_news news = mode_presence(&room->mode, member->id, false, server_now_ms());
    announce_changed(member);
    rooms_tell(room, &news);
}

void member_remove(struct member *member, const char *reason)
{
    struct room *room = member->room;
    COUNT_CONTROL(room->server, leaves);
    log_write(LOG_INFO, "rooms", "event=left participant=%016llx reason=%s",
              (unsigned long long)member->id, reason);
    workers_remove_member(member);
    room->mode.viewers -= member->role == ROLE_VIEWER;
    struct mode_news news = mode_left(&room->mode, member->id, server_now_ms());
    list_remove(&member->in_room);
    room->count--;
    room->server->member_count--;
    announce_left(member, reason);
    rooms_tell(room, &news);
    member_free(member);
    rooms_release(room);
}

void member_free(struct member *member)
{
    frame_put(member->seats);
    frame_put(member->publish);
    free(member->view.payload);
    people_part_fini(&member->part);
    outbox_clear(&member->missed);
    free(member);
}

void member_send(struct member *member, struct frame *frame)
{
    if (member->socket != NULL)
        socket_send(member->socket, frame);
    else
        frame_put(frame);
}

void member_send_kept(struct member *member, struct frame *frame)
{
    bool kept = frame != NULL && member->socket == NULL && member->missed.count < MISSED_FRAMES &&
                member->missed.bytes + frame->len <= MISSED_BYTES;
    if (kept && outbox_push(&member->missed, frame) != 0)
        log_write(LOG_WARN, "rooms", "event=out_of_memory");
    member_send(member, frame);
}

void member_changed(struct member *member)
{
    workers_note_member(member);
    announce_changed(member);
}
