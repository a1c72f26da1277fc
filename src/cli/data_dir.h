/* data_dir: made at first start, with the server's secret in it, and who may use it. */
#ifndef PARLEY_CLI_DATA_DIR_H
#define PARLEY_CLI_DATA_DIR_H

#include "cli/setup.h"

/* Makes the directories, and config.general.data_dir absolute; finds the identities. */
int data_dir_open(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));
/* data_dir/secret: 32 random bytes as hex, mode 0600; made when missing. */
int data_dir_secret(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));
/* Writes a file with mode 0600, owned by file_identity, all or nothing. */
int data_dir_write(const struct setup *setup, const char *path, const char *bytes, size_t len,
                   struct setup_error *error) __attribute__((warn_unused_result));
/* Whether the identity can read and enter a directory. */
bool data_dir_reachable(const struct setup_identity *identity, const char *path, int mode);

#endif
