/* What is said on the local socket through which whoever runs a server speaks to it: data_dir/run/
 * parley.sock, SOCK_SEQPACKET, open to the user that started the server (and root). The supervisor
 * holds it, so that it outlives control; control reads it.
 *
 *   asked     "drain", "undrain"
 *   answered  "draining=1 rooms=2 participants=5", at once and whenever a number changes
 *
 * Other releases may ask: words are added, never changed. */
#ifndef PARLEY_IPC_OPERATOR_H
#define PARLEY_IPC_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPERATOR_TEXT_BYTES 96u

struct operator_state {
    bool draining;
    uint32_t rooms, participants;
};

/* A listening, non-blocking socket in the folder, which replaces what was there; or a connected one
 * (both close-on-exec). -1 with errno. */
int operator_listen(const char *folder) __attribute__((warn_unused_result));
int operator_connect(const char *folder) __attribute__((warn_unused_result));

void operator_format(const struct operator_state *state, char out[static OPERATOR_TEXT_BYTES]);
/* False: it is no answer. text ends with a NUL. */
bool operator_parse(const char *text, struct operator_state *out)
    __attribute__((warn_unused_result));

#endif
