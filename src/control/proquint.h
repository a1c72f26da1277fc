/* Room ids as words that can be read aloud: 64 random bits as four proquints (arXiv:0901.4016),
 * "lusab-babad-gutih-tugad". Consonants carry 4 bits, vowels 2, so five letters carry 16. */
#ifndef PARLEY_CONTROL_PROQUINT_H
#define PARLEY_CONTROL_PROQUINT_H

#include <stddef.h>
#include <stdint.h>

#define PROQUINT_TEXT_LEN   23u
#define PROQUINT_TEXT_BYTES 24u /* with the NUL */

/* Writes id, NUL-terminated; returns text. */
const char *proquint_format(uint64_t id, char text[static PROQUINT_TEXT_BYTES]);
/* Reads exactly len bytes; 0, or -1 if they are not four proquints of lower-case letters. */
int proquint_parse(const char *text, size_t len, uint64_t *id) __attribute__((warn_unused_result));

#endif
