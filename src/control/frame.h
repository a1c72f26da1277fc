/* One text message to send, encoded once and shared by everyone it goes to; and the queue in which
 * it waits for a socket. */
#ifndef PARLEY_CONTROL_FRAME_H
#define PARLEY_CONTROL_FRAME_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADROOM 32u /* libwebsockets writes its header in front (LWS_PRE) */

struct frame {
    uint32_t refs;
    size_t len;
    unsigned char bytes[]; /* FRAME_HEADROOM + len */
};

/* Takes over json (also on failure). One reference is the caller's. NULL: json is NULL or out of
 * memory. */
struct frame *frame_new(json_t *json);
/* The same of JSON that is text already; takes it over. */
struct frame *frame_of(char *text);
/* Both accept NULL. */
struct frame *frame_get(struct frame *frame);
void frame_put(struct frame *frame);

struct outbox_item;
struct outbox {
    struct outbox_item *first;
    struct outbox_item *last;
    size_t count;
    size_t bytes;
};
/* Adds a reference of its own. -1: out of memory. */
int outbox_push(struct outbox *outbox, struct frame *frame) __attribute__((warn_unused_result));
/* The caller gets the reference; NULL: empty. */
struct frame *outbox_pop(struct outbox *outbox);
void outbox_clear(struct outbox *outbox);

#endif
