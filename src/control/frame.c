/* Shared outgoing messages. */
#include "control/frame.h"

#include <stdlib.h>
#include <string.h>

struct outbox_item {
    struct outbox_item *next;
    struct frame *frame;
};

struct frame *frame_of(char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    struct frame *frame = len > 0 ? malloc(sizeof *frame + FRAME_HEADROOM + len) : NULL;
    if (frame != NULL) {
        frame->refs = 1;
        frame->len = len;
        memcpy(frame->bytes + FRAME_HEADROOM, text, len);
    }
    free(text);
    return frame;
}

struct frame *frame_new(json_t *json)
{
    if (json == NULL)
        return NULL;
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return frame_of(text);
}

struct frame *frame_get(struct frame *frame)
{
    if (frame != NULL)
        frame->refs++;
    return frame;
}

void frame_put(struct frame *frame)
{
    if (frame != NULL && --frame->refs == 0)
        free(frame);
}

int outbox_push(struct outbox *outbox, struct frame *frame)
{
    struct outbox_item *item = malloc(sizeof *item);
    if (item == NULL)
        return -1;
    *item = (struct outbox_item){.frame = frame_get(frame)};
    if (outbox->last != NULL)
        outbox->last->next = item;
    else
        outbox->first = item;
    outbox->last = item;
    outbox->count++;
    outbox->bytes += frame->len;
    return 0;
}

struct frame *outbox_pop(struct outbox *outbox)
{
    struct outbox_item *item = outbox->first;
    if (item == NULL)
        return NULL;
    struct frame *frame = item->frame;
    outbox->first = item->next;
    if (outbox->first == NULL)
        outbox->last = NULL;
    outbox->count--;
    outbox->bytes -= frame->len;
    free(item);
    return frame;
}

void outbox_clear(struct outbox *outbox)
{
    struct frame *frame;
    while ((frame = outbox_pop(outbox)) != NULL)
        frame_put(frame);
}
