/* The engine as its caller sees it: commands to rooms and participants, datagrams to legs, timers
 * to whom they belong, and events out. What a call leaves to be done is done in settle(). */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/map.h"
#include "base/pool.h"
#include "engine/dtls.h"
#include "engine/forward.h"
#include "engine/holdings.h"
#include "engine/leg.h"
#include "engine/offer.h"
#include "engine/participant.h"
#include "engine/media_room.h"
#include "engine/pipe.h"
#include "engine/publishing.h"
#include "engine/quality.h"
#include "engine/shared.h"
#include "engine/tx.h"

/* What one call may send: a batch of 64 datagrams to 63 viewers each, at a usual size. */
#define TX_ARENA_BYTES   (4u << 20)
#define TX_MAX_DATAGRAMS 8192u

struct engine {
    /* owned */
    struct shared shared;
    struct pool rooms, participants;
    struct map room_of_id, participant_of_id;
    struct offer_desk desk;
    /* state */
    /* Of the event that was taken last. */
    struct engine_seat seats[LIMIT_SEATS];
    struct engine_publish publishes[PUBLISHING_SOURCES];
    struct engine_quality qualities[LIMIT_QUALITIES];
};

/* ---- life ----------------------------------------------------------------------------------- */

static int init_tables(struct engine *engine, uint32_t participants)
{
    struct shared *shared = &engine->shared;
    const uint64_t seed = rng_u64(&shared->rng);
    if (pool_init(&engine->rooms, sizeof(struct media_room), LIMIT_ENGINE_ROOMS) != 0 ||
        pool_init(&engine->participants, sizeof(struct participant), participants) != 0 ||
        map_init(&engine->room_of_id, LIMIT_ENGINE_ROOMS, map_hash(1, seed)) != 0 ||
        map_init(&engine->participant_of_id, participants, map_hash(2, seed)) != 0)
        return -1;
    timer_wheel_init(&shared->participant_timers);
    timer_wheel_init(&shared->room_timers);
    if (demux_init(&shared->demux, participants, map_hash(3, seed)) != 0 ||
        neighbours_init(&shared->neighbours, participants, map_hash(4, seed)) != 0)
        return -1;
    const uint32_t chunks = (participants * LIMIT_POOL_SLOTS_LARGE + PACKET_POOL_CHUNK_SLOTS - 1) /
                            PACKET_POOL_CHUNK_SLOTS;
    if (packet_store_init(&shared->store, chunks) != 0 || offer_desk_init(&engine->desk) != 0)
        return -1;
    shared->tx = tx_new(TX_ARENA_BYTES, TX_MAX_DATAGRAMS);
    return shared->tx ? 0 : -1;
}

static void copy_candidates(struct shared *shared, const struct engine_config *config)
{
    shared->candidate_count =
        config->candidate_count < LIMIT_CANDIDATES ? config->candidate_count : LIMIT_CANDIDATES;
    if (shared->candidate_count > 0)
        memcpy(shared->candidates, config->candidates,
               shared->candidate_count * sizeof config->candidates[0]);
}

struct engine *engine_new(const struct engine_config *config, uint64_t now_us)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    struct shared *shared = &engine->shared;
    list_init(&shared->to_service);
    list_init(&shared->to_reseat);
    list_init(&shared->viewers_to_reseat);
    list_init(&shared->participant_news);
    list_init(&shared->room_news);
    rng_init(&shared->rng, config->seed[0], config->seed[1]);
    shared->now_us = now_us;
    shared->ntp_offset_us = config->ntp_offset_us;
    copy_candidates(shared, config);
    shared->loudest = config->loudest == 0 ? LIMIT_LOUDEST_DEFAULT : config->loudest;
    if (shared->loudest > LIMIT_LOUDEST)
        shared->loudest = LIMIT_LOUDEST;
    shared->known_bps = config->known_bps;
    shared->dtls = dtls_context_new(config->certificate_pem, config->private_key_pem);
    const uint32_t participants =
        config->max_participants != 0 ? config->max_participants : LIMIT_ENGINE_PARTICIPANTS;
    if (!shared->dtls || init_tables(engine, participants) != 0) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

/* NULL: a limit is reached. */
static struct participant *add_participant(struct engine *engine, struct media_room *room,
                                           uint64_t id, uint32_t origin)
{
    struct participant *participant = id != 0 ? pool_take(&engine->participants) : NULL;
    if (!participant)
        return NULL;
    participant_init(participant, id, room);
    participant->origin = origin;
    if (!media_room_join(room, participant, &engine->shared)) {
        pool_give(&engine->participants, participant);
        return NULL;
    }
    if (map_put_pointer(&engine->participant_of_id, id, participant) != 0) {
        media_room_leave(room, participant, &engine->shared);
        pool_give(&engine->participants, participant);
        return NULL;
    }
    return participant;
}

static void remove_participant(struct engine *engine, struct participant *participant)
{
    map_remove(&engine->participant_of_id, participant->id);
    media_room_leave(participant->room, participant, &engine->shared);
    participant_fini(participant, &engine->shared);
    pool_give(&engine->participants, participant);
}

/* ---- other parts of rooms (pipe.h) ---------------------------------------------------------- */

static struct media_room *people_find_room(void *context, uint64_t id)
{
    struct engine *engine = context;
    return map_get_pointer(&engine->room_of_id, id);
}

static struct participant *people_find(void *context, uint64_t id)
{
    struct engine *engine = context;
    return map_get_pointer(&engine->participant_of_id, id);
}

static struct participant *people_add(void *context, struct media_room *room, uint64_t id,
                                      uint32_t origin)
{
    return add_participant(context, room, id, origin);
}

static void people_remove(void *context, struct participant *participant)
{
    remove_participant(context, participant);
}

static int people_take_offer(void *context, struct participant *participant,
                             const struct pipe_offer *offer)
{
    struct engine *engine = context;
    struct engine_source_mid sources[ENGINE_SOURCES];
    for (size_t i = 0; i < offer->source_count; i++) {
        sources[i].source = offer->sources[i].source;
        memcpy(sources[i].mid, offer->sources[i].mid, sizeof sources[i].mid);
    }
    const struct engine_command command = {.sdp = (const char *)offer->sdp.bytes,
                                           .sdp_len = offer->sdp.len,
                                           .sources = sources,
                                           .source_count = offer->source_count};
    const int error =
        offer_mirror(&engine->desk, participant, pool_id(&engine->participants, participant),
                     &command, offer->leg, &engine->shared);
    if (error == 0)
        participant->leg->piped_version = offer->version;
    return error;
}

static struct pipe_people people_of(struct engine *engine)
{
    return (struct pipe_people){.context = engine,
                                .find_room = people_find_room,
                                .find = people_find,
                                .add = people_add,
                                .remove = people_remove,
                                .take_offer = people_take_offer};
}

static void set_parts(struct engine *engine, struct media_room *room, uint64_t parts)
{
    const struct pipe_people people = people_of(engine);
    pipe_drop_parts(&people, room, room->parts & ~parts);
    room->parts = parts;
    pipe_tell_state(room, &engine->shared);
}

static void receive_frame(struct engine *engine, const struct engine_datagram *datagram)
{
    const struct pipe_people people = people_of(engine);
    pipe_receive(&people, datagram->path.connection, (struct span){datagram->bytes, datagram->len},
                 &engine->shared);
}

static void close_room(struct engine *engine, struct media_room *room)
{
    LIST_EACH(&room->participants, node)
    remove_participant(engine, LIST_ELEMENT(node, struct participant, in_room));
    map_remove(&engine->room_of_id, room->id);
    media_room_fini(room, &engine->shared);
    pool_give(&engine->rooms, room);
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    struct shared *shared = &engine->shared;
    for (uint32_t i = 0; i < engine->rooms.capacity; i++) {
        struct media_room *room = pool_at(&engine->rooms, i);
        if (room)
            close_room(engine, room);
    }
    offer_desk_fini(&engine->desk);
    packet_store_fini(&shared->store);
    demux_fini(&shared->demux);
    neighbours_fini(&shared->neighbours);
    map_fini(&engine->room_of_id);
    map_fini(&engine->participant_of_id);
    pool_fini(&engine->rooms);
    pool_fini(&engine->participants);
    tx_free(shared->tx);
    dtls_context_free(shared->dtls);
    free(engine);
}

/* ---- each call ------------------------------------------------------------------------------ */

static void settle(struct engine *engine);

static bool has_more(const struct shared *shared)
{
    return (shared->forward.count > 0 && !forward_holds(shared)) ||
           !list_empty(&shared->to_reseat) || !list_empty(&shared->viewers_to_reseat) ||
           !list_empty(&shared->to_service);
}

/* What the caller did not ask for is lost, as it would be on the network. */
static void drop_unread(struct engine *engine)
{
    struct shared *shared = &engine->shared;
    while (has_more(shared)) {
        tx_reset(shared->tx);
        settle(engine);
        shared->counters[ENGINE_COUNTER_tx_arena_full] += tx_unread(shared->tx);
    }
}

static void begin_call(struct engine *engine, uint64_t now_us)
{
    drop_unread(engine);
    /* Time that runs backwards would make deadlines run away. */
    if (now_us > engine->shared.now_us)
        engine->shared.now_us = now_us;
    tx_reset(engine->shared.tx);
}

/* Each step takes its element out first; reseating marks participants, and servicing one publisher
 * may mark another one, but nothing marks for ever. Stops early when the arena should be drained:
 * engine_go_on() continues. */
static void settle(struct engine *engine)
{
    struct shared *shared = &engine->shared;
    if (!forward_holds(shared) && !forward_run(shared))
        return;
    while (!tx_is_worth_draining(shared->tx)) {
        struct list_node *node = list_pop_front(&shared->to_reseat);
        if (node) {
            media_room_reseat(LIST_ELEMENT(node, struct media_room, in_reseat), shared);
            continue;
        }
        node = list_pop_front(&shared->viewers_to_reseat);
        if (node) {
            media_room_reseat_viewer(LIST_ELEMENT(node, struct participant, in_reseat), shared);
            continue;
        }
        node = list_pop_front(&shared->to_service);
        if (!node)
            return;
        participant_service(LIST_ELEMENT(node, struct participant, in_service), shared);
    }
}

void engine_receive(struct engine *engine, uint64_t now_us, struct engine_datagram *datagrams,
                    size_t count)
{
    struct shared *shared = &engine->shared;
    begin_call(engine, now_us);
    for (size_t i = 0; i < count; i++) {
        if (datagrams[i].path.proto == NET_PIPE) {
            receive_frame(engine, &datagrams[i]);
            continue;
        }
        SHARED_COUNT(shared, datagrams_in);
        shared->counters[ENGINE_COUNTER_bytes_in] += datagrams[i].len;
        if (datagrams[i].len > LIMIT_DATAGRAM_BYTES) {
            SHARED_COUNT(shared, dropped_oversize);
            continue;
        }
        const uint64_t owner =
            demux_find(&shared->demux, &datagrams[i].path, datagrams[i].bytes, datagrams[i].len);
        struct participant *participant = owner ? pool_find(&engine->participants, owner) : NULL;
        if (participant && participant->leg)
            leg_receive(participant->leg, &datagrams[i], shared);
        else
            SHARED_COUNT(shared, dropped_unknown);
    }
    settle(engine);
}

bool engine_go_on(struct engine *engine)
{
    if (!has_more(&engine->shared))
        return false;
    tx_reset(engine->shared.tx);
    settle(engine);
    return true;
}

void engine_connection_closed(struct engine *engine, uint64_t now_us, uint32_t connection)
{
    begin_call(engine, now_us);
    for (uint32_t i = 0; i < engine->participants.capacity; i++) {
        struct participant *participant = pool_at(&engine->participants, i);
        if (participant && participant->leg && !leg_is_piped(participant->leg)) {
            transport_connection_closed(participant->leg->transport, connection);
            participant_mark(participant, &engine->shared);
        }
    }
    settle(engine);
}

void engine_tick(struct engine *engine, uint64_t now_us)
{
    struct shared *shared = &engine->shared;
    begin_call(engine, now_us);
    struct timer *timer;
    while ((timer = timer_wheel_pop_due(&shared->room_timers, shared->now_us)) != NULL)
        media_room_tick(TIMER_OWNER(timer, struct media_room, timer), shared);
    while ((timer = timer_wheel_pop_due(&shared->participant_timers, shared->now_us)) != NULL)
        participant_mark(TIMER_OWNER(timer, struct participant, timer), shared);
    settle(engine);
}

uint64_t engine_wake_at(const struct engine *engine)
{
    const uint64_t rooms_us = timer_wheel_next_us(&engine->shared.room_timers);
    const uint64_t participants_us = timer_wheel_next_us(&engine->shared.participant_timers);
    const uint64_t timers_us = rooms_us < participants_us ? rooms_us : participants_us;
    const uint64_t held_us = forward_wake_at(&engine->shared);
    return held_us < timers_us ? held_us : timers_us;
}

/* ---- commands ------------------------------------------------------------------------------- */

static int open_room(struct engine *engine, uint64_t id)
{
    if (map_get_pointer(&engine->room_of_id, id))
        return 0;
    struct media_room *room = id != 0 ? pool_take(&engine->rooms) : NULL;
    if (!room)
        return ENGINE_ERROR_FULL;
    media_room_init(room, id);
    if (map_put_pointer(&engine->room_of_id, id, room) != 0) {
        media_room_fini(room, &engine->shared);
        pool_give(&engine->rooms, room);
        return ENGINE_ERROR_FULL;
    }
    return 0;
}

/* Who was told of by another worker has moved here. */
static int command_add(struct engine *engine, struct media_room *room, uint64_t id)
{
    struct participant *present = map_get_pointer(&engine->participant_of_id, id);
    if (present && present->origin == 0)
        return ENGINE_ERROR_EXISTS;
    if (present)
        remove_participant(engine, present);
    return add_participant(engine, room, id, 0) ? 0 : ENGINE_ERROR_FULL;
}

static int command_participant(struct engine *engine, struct participant *participant,
                               const struct engine_command *command)
{
    struct shared *shared = &engine->shared;
    switch (command->type) {
    case ENGINE_PARTICIPANT_REMOVE:
        remove_participant(engine, participant);
        return 0;
    case ENGINE_OFFER:
        return offer_answer(&engine->desk, participant, pool_id(&engine->participants, participant),
                            command, shared);
    case ENGINE_LEG_CLOSE:
        participant_set_leg(participant, NULL, shared);
        return 0;
    case ENGINE_SOURCES_ENABLED:
        participant_set_enabled(participant, command->enabled, shared);
        return 0;
    case ENGINE_VIEW:
        participant_set_audio_only(participant, command->audio_only, shared);
        participant_set_views(participant, command->views, command->view_count, shared);
        return 0;
    case ENGINE_ROOM_OPEN:
    case ENGINE_ROOM_CLOSE:
    case ENGINE_PARTICIPANT_ADD:
    case ENGINE_ROOM_PARTS:
        break;
    }
    return ENGINE_ERROR_UNKNOWN_PARTICIPANT;
}

static int run_command(struct engine *engine, const struct engine_command *command)
{
    if (command->type == ENGINE_ROOM_OPEN)
        return open_room(engine, command->room);
    struct media_room *room = map_get_pointer(&engine->room_of_id, command->room);
    if (!room)
        return ENGINE_ERROR_UNKNOWN_ROOM;
    if (command->type == ENGINE_ROOM_CLOSE) {
        close_room(engine, room);
        return 0;
    }
    if (command->type == ENGINE_PARTICIPANT_ADD)
        return command_add(engine, room, command->participant);
    if (command->type == ENGINE_ROOM_PARTS) {
        set_parts(engine, room, command->parts);
        return 0;
    }
    struct participant *participant =
        map_get_pointer(&engine->participant_of_id, command->participant);
    if (!participant || participant->room != room || participant->origin != 0)
        return ENGINE_ERROR_UNKNOWN_PARTICIPANT;
    return command_participant(engine, participant, command);
}

int engine_command(struct engine *engine, uint64_t now_us, const struct engine_command *command)
{
    begin_call(engine, now_us);
    engine->desk.ready = false;
    const int error = run_command(engine, command);
    settle(engine);
    return error;
}

const char *engine_error_name(int error)
{
    switch (error) {
    case 0:
        return "ok";
    case ENGINE_ERROR_UNKNOWN_ROOM:
        return "unknown_room";
    case ENGINE_ERROR_UNKNOWN_PARTICIPANT:
        return "unknown_participant";
    case ENGINE_ERROR_EXISTS:
        return "exists";
    case ENGINE_ERROR_FULL:
        return "full";
    case ENGINE_ERROR_BAD_SDP:
        return "bad_sdp";
    case ENGINE_ERROR_NO_ICE:
        return "no_ice";
    case ENGINE_ERROR_NO_FINGERPRINT:
        return "no_fingerprint";
    case ENGINE_ERROR_NO_BUNDLE:
        return "no_bundle";
    case ENGINE_ERROR_BAD_SOURCES:
        return "bad_sources";
    case ENGINE_ERROR_CHANGED_MLINES:
        return "changed_mlines";
    case ENGINE_ERROR_NO_MEMORY:
        return "no_memory";
    default:
        return "unknown";
    }
}

/* ---- out ------------------------------------------------------------------------------------ */

bool engine_next_tx(struct engine *engine, struct engine_tx *out)
{
    if (!tx_next(engine->shared.tx, out))
        return false;
    if (out->path.proto == NET_PIPE)
        return true; /* to another worker: nothing of the network's */
    SHARED_COUNT(&engine->shared, datagrams_out);
    engine->shared.counters[ENGINE_COUNTER_bytes_out] += out->len;
    return true;
}

static bool next_answer(struct offer_desk *desk, struct engine_event *out)
{
    if (!desk->ready)
        return false;
    desk->ready = false;
    *out = (struct engine_event){
        .type = desk->error == 0 ? ENGINE_ANSWER : ENGINE_REFUSED,
        .room = desk->room,
        .participant = desk->participant,
        .request = desk->request,
        .error = desk->error,
        .text = desk->text,
        .text_len = desk->text_len,
    };
    return true;
}

/* The next thing to tell of one participant; it stays in the list until there is no more. */
static bool next_of_participant(struct engine *engine, struct participant *participant,
                                struct engine_event *out)
{
    *out = (struct engine_event){.room = participant->room->id, .participant = participant->id};
    if (participant->has_leg_news) {
        participant->has_leg_news = false;
        out->type = ENGINE_LEG_STATE;
        out->leg_state = participant->leg_state;
        return true;
    }
    if (participant->has_publish_news) {
        participant->has_publish_news = false;
        out->type = ENGINE_PUBLISH;
        out->publish_count = publishing_list(participant, engine->publishes);
        out->publishes = engine->publishes;
        return true;
    }
    if (!participant->has_seat_news || !participant_take_seat_news(participant))
        return false;
    out->type = ENGINE_SEATS;
    memcpy(engine->seats, participant->told, participant->told_count * sizeof engine->seats[0]);
    out->seats = engine->seats;
    out->seat_count = participant->told_count;
    return true;
}

static void describe_speakers(const struct media_room *room, struct engine_event *out)
{
    *out = (struct engine_event){
        .type = ENGINE_SPEAKERS,
        .room = room->id,
        .speakers = room->contest.reported,
        .speaker_count = room->contest.reported_count,
        .dominant = room->contest.reported_dominant,
    };
}

static void describe_qualities(struct engine *engine, struct media_room *room,
                               struct engine_event *out)
{
    *out = (struct engine_event){
        .type = ENGINE_QUALITY,
        .room = room->id,
        .qualities = engine->qualities,
    };
    out->quality_count =
        quality_list(room, engine->qualities, &out->quality_shared, &room->has_quality_news);
}

bool engine_next_event(struct engine *engine, struct engine_event *out)
{
    struct shared *shared = &engine->shared;
    if (next_answer(&engine->desk, out))
        return true;
    struct list_node *node;
    while ((node = list_first(&shared->participant_news)) != NULL) {
        if (next_of_participant(engine, LIST_ELEMENT(node, struct participant, in_news), out))
            return true;
        list_remove(node);
    }
    node = list_first(&shared->room_news);
    if (!node)
        return false;
    struct media_room *room = LIST_ELEMENT(node, struct media_room, in_news);
    if (room->has_speaker_news) {
        room->has_speaker_news = false;
        describe_speakers(room, out);
    } else {
        describe_qualities(engine, room, out);
    }
    if (!room->has_speaker_news && !room->has_quality_news)
        list_remove(node);
    return true;
}

size_t engine_timeline(const struct engine *engine, uint64_t room, uint64_t after,
                       struct timeline_entry *out, size_t max)
{
    const struct media_room *found = map_get_pointer(&engine->room_of_id, room);
    return found ? timeline_read(&found->timeline, after, out, max) : 0;
}

static uint32_t packets_taken(const struct packet_pool *pool)
{
    return pool->chunk_count * PACKET_POOL_CHUNK_SLOTS - pool->free_count;
}

struct engine_holdings engine_holdings(const struct engine *engine)
{
    const struct shared *shared = &engine->shared;
    const struct packet_pool *small = &shared->store.small, *large = &shared->store.large;
    return (struct engine_holdings){
        .rooms = pool_used(&engine->rooms),
        .participants = pool_used(&engine->participants),
        .publishers = shared->publisher_count,
        .paths = shared->demux.paths.count,
        .ufrags = shared->demux.ufrags.count,
        .houses = shared->neighbours.houses.count,
        .packets = packets_taken(small) + packets_taken(large),
        .packet_chunks = small->chunk_count + large->chunk_count,
    };
}

const uint64_t *engine_counters(const struct engine *engine, size_t *count)
{
    *count = ENGINE_COUNTERS;
    return engine->shared.counters;
}
