/* Room passwords as they are kept: scrypt (RFC 7914) with a salt of their own. Pure but for
 * OpenSSL's allocations.
 *
 * A check takes tens of milliseconds and 8 MiB, on purpose, and control has one thread: whoever
 * calls this limits how often (entry.c). */
#ifndef PARLEY_CONTROL_PASSWORD_H
#define PARLEY_CONTROL_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_MIN_CHARS 8u
#define PASSWORD_MAX_CHARS 128u

#define PASSWORD_SALT_BYTES 16u
/* The way it was made (0: there is no password), the salt, 32 bytes of scrypt. */
#define PASSWORD_KEPT_BYTES (1u + PASSWORD_SALT_BYTES + 32u)

/* 0, or -1: out of memory. */
int password_keep(const char *text, size_t len, const uint8_t salt[static PASSWORD_SALT_BYTES],
                  uint8_t out[static PASSWORD_KEPT_BYTES]) __attribute__((warn_unused_result));
/* false: another one, or kept in a way that this version does not know, or out of memory. */
bool password_matches(const char *text, size_t len, const uint8_t kept[static PASSWORD_KEPT_BYTES]);

#endif
