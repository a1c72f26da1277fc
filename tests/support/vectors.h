/* Recorded inputs: the files of tests/vectors (environment variable VECTORS_DIR). */
#ifndef PARLEY_TESTS_SUPPORT_VECTORS_H
#define PARLEY_TESTS_SUPPORT_VECTORS_H

#include <stddef.h>

/* Name of the n-th file in tests/vectors/sdp that ends in .sdp, in order, or NULL. */
const char *vectors_sdp_name(size_t n);
/* Its content, NUL-terminated, until the next call; NULL: not there. */
const char *vectors_sdp(const char *name, size_t *len);

#endif
