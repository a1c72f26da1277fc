/* Secrets that are handed out once and come back: sessions and host keys. They are random and long,
 * so a plain hash keeps them: nobody guesses 192 bits. Passwords are password.h's. */
#ifndef PARLEY_CONTROL_SECRET_H
#define PARLEY_CONTROL_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_TEXT_BYTES 33u /* base64 of 24 bytes and the NUL */
#define SECRET_HASH_BYTES 32u

void secret_make(char text[static SECRET_TEXT_BYTES]);
void secret_hash(const char *text, size_t len, uint8_t out[static SECRET_HASH_BYTES]);
/* In a time that tells nothing of where the two differ. */
bool secret_matches(const char *text, size_t len, const uint8_t hash[static SECRET_HASH_BYTES]);

#endif
