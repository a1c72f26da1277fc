/* The REST interface (docs/openapi.yaml). Each returns what the HTTP callback must return. */
#ifndef PARLEY_CONTROL_REST_H
#define PARLEY_CONTROL_REST_H

struct http_request;

int rest_create_room(struct http_request *request) __attribute__((warn_unused_result));
/* room_id: what stands behind "/join-room/". */
int rest_join_room(struct http_request *request, const char *room_id)
    __attribute__((warn_unused_result));
int rest_healthz(struct http_request *request) __attribute__((warn_unused_result));

#endif
