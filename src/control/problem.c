/* Problem documents. */
#include "control/problem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "control/http.h"
#include "control/server.h"

static const struct {
    unsigned status;
    const char *code;
    const char *title;
} problems[PROBLEMS] = {
    [PROBLEM_BAD_REQUEST] = {400, "bad_request", "The request is not valid"},
    [PROBLEM_BAD_ROOM_ID] = {400, "bad_room_id", "That is not a room id"},
    [PROBLEM_UNAUTHORIZED] = {401, "unauthorized", "A token of this room is needed"},
    [PROBLEM_ORIGIN_REFUSED] = {403, "origin_refused", "Pages of that origin may not call this"},
    [PROBLEM_WRONG_ROOM] = {403, "wrong_room", "The token is for another room"},
    [PROBLEM_ROOM_LOCKED] = {403, "room_locked", "A host has locked the room"},
    [PROBLEM_PASSWORD_REQUIRED] = {403, "password_required", "The room has a password"},
    [PROBLEM_WRONG_PASSWORD] = {403, "wrong_password", "That is not the room's password"},
    [PROBLEM_WRONG_HOST_KEY] = {403, "wrong_host_key", "That is not the room's host key"},
    [PROBLEM_WRONG_PASS] = {403, "wrong_pass",
                            "That pass is not good for this room, or not any more"},
    [PROBLEM_NOT_FOUND] = {404, "not_found", "There is nothing here"},
    [PROBLEM_ROOM_NOT_FOUND] = {404, "room_not_found", "There is no such room"},
    [PROBLEM_METHOD_NOT_ALLOWED] = {405, "method_not_allowed", "That method is not offered here"},
    [PROBLEM_ROOM_FULL] = {409, "room_full", "The room is full"},
    [PROBLEM_LENGTH_REQUIRED] = {411, "length_required", "A body needs a Content-Length"},
    [PROBLEM_BODY_TOO_LARGE] = {413, "body_too_large", "The body is too large"},
    [PROBLEM_UPGRADE_REFUSED] = {400, "upgrade_refused", "The WebSocket was not opened"},
    [PROBLEM_TOO_MANY_REQUESTS] = {429, "too_many_requests", "Too many requests"},
    [PROBLEM_INTERNAL] = {500, "internal", "The server failed"},
    [PROBLEM_STORE_UNAVAILABLE] = {503, "store_unavailable", "Rooms cannot be stored now"},
    [PROBLEM_TOO_MANY_ROOMS] = {503, "too_many_rooms", "The server holds all the rooms it may"},
    [PROBLEM_OVERLOADED] = {503, "overloaded", "The server has as many calls as it can carry"},
    [PROBLEM_DRAINING] = {503, "draining", "The server takes no new rooms"},
    [PROBLEM_MEDIA_UNAVAILABLE] = {503, "media_unavailable", "The media worker does not answer"},
};

int problem_respond(struct http_request *request, enum problem problem, const char *detail,
                    uint32_t retry_after_s)
{
    COUNT_CONTROL(request->server, requests_refused);
    json_t *json = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", "about:blank", "title",
                             problems[problem].title, "status", (int)problems[problem].status,
                             "detail", detail != NULL ? detail : problems[problem].title, "code",
                             problems[problem].code);
    char *body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (body == NULL)
        return -1;
    struct http_response response = {
        .status = problems[problem].status,
        .content_type = "application/problem+json",
        .body = body,
        .len = strlen(body),
        .retry_after_s = retry_after_s,
        .ask_for_token = problem == PROBLEM_UNAUTHORIZED,
    };
    int result = http_respond(request, &response);
    free(body);
    return result;
}
