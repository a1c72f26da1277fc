/* Errors of the REST side: application/problem+json (RFC 9457). */
#ifndef PARLEY_CONTROL_PROBLEM_H
#define PARLEY_CONTROL_PROBLEM_H

#include <stdint.h>

struct http_request;

enum problem {
    PROBLEM_BAD_REQUEST,
    PROBLEM_BAD_ROOM_ID,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_ORIGIN_REFUSED,
    PROBLEM_WRONG_ROOM,
    PROBLEM_ROOM_LOCKED,
    PROBLEM_PASSWORD_REQUIRED,
    PROBLEM_WRONG_PASSWORD,
    PROBLEM_WRONG_HOST_KEY,
    PROBLEM_WRONG_PASS,
    PROBLEM_NOT_FOUND,
    PROBLEM_ROOM_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_ROOM_FULL,
    PROBLEM_LENGTH_REQUIRED,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_UPGRADE_REFUSED,
    PROBLEM_TOO_MANY_REQUESTS,
    PROBLEM_INTERNAL,
    PROBLEM_STORE_UNAVAILABLE,
    PROBLEM_TOO_MANY_ROOMS,
    PROBLEM_MEDIA_UNAVAILABLE,
    PROBLEM_OVERLOADED,
    PROBLEM_DRAINING,
    PROBLEMS
};

/* detail: what is wrong with this request, in English; NULL: the title says it all. retry_after_s:
 * 0 for none. Returns what the callback must return. */
int problem_respond(struct http_request *request, enum problem problem, const char *detail,
                    uint32_t retry_after_s) __attribute__((warn_unused_result));

#endif
