#include "cli/data_dir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

#define HEX_BYTES (2u * CONTROL_SECRET_BYTES)

/* ---- identity -------------------------------------------------------------------------------- */

static bool find_user(const char *name, struct setup_identity *identity)
{
    const struct passwd *user = getpwnam(name);
    if (!user)
        return false;
    identity->drop = true;
    identity->uid = user->pw_uid;
    identity->gid = user->pw_gid;
    snprintf(identity->name, sizeof identity->name, "%s", name);
    return true;
}

static int find_identity(struct setup *setup, struct setup_error *error)
{
    const char *wanted = setup->config.general.user;
    if (geteuid() != 0)
        return 0;
    if (wanted[0]) {
        if (strcmp(wanted, "root") == 0 || find_user(wanted, &setup->identity))
            return 0;
        return setup_fail(error,
                          "user: there is no user \"%s\"; create it (useradd --system %s) "
                          "or leave user empty",
                          wanted, wanted);
    }
    if (!find_user("parley", &setup->identity) && !find_user("nobody", &setup->identity))
        log_write(LOG_WARN, "setup", "event=stays_root problem=\"no user parley or nobody\"");
    return 0;
}

/* In a child of its own, since who we are cannot be changed back and forth. */
bool data_dir_reachable(const struct setup_identity *identity, const char *path, int mode)
{
    if (!identity->drop)
        return access(path, mode) == 0;
    pid_t child = fork();
    if (child == 0) {
        if (setgroups(0, NULL) < 0 || setgid(identity->gid) < 0 || setuid(identity->uid) < 0)
            _exit(1);
        _exit(access(path, mode) == 0 ? 0 : 1);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* ---- directories ----------------------------------------------------------------------------- */

static int make_directory(const char *path, mode_t mode, struct setup_error *error)
{
    struct stat status;
    if (mkdir(path, mode) == 0)
        return 0;
    if (errno != EEXIST)
        return setup_fail(error,
                          "data_dir: cannot create %s: %s; create it, or set data_dir "
                          "(PARLEY_DATA_DIR) to a directory that can be written",
                          path, strerror(errno));
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return setup_fail(error, "data_dir: %s is not a directory; set data_dir to one", path);
    return 0;
}

static int give(const struct setup_identity *identity, const char *path, struct setup_error *error)
{
    if (identity->drop && chown(path, identity->uid, identity->gid) < 0)
        return setup_fail(
            error,
            "data_dir: cannot give %s to user %s: %s; make it writable, or set data_dir "
            "(PARLEY_DATA_DIR) to another directory",
            path, identity->name, strerror(errno));
    return 0;
}

/* Root's children should not be root; but a data_dir below /root is closed to anyone else. */
static int choose_file_identity(struct setup *setup, struct setup_error *error)
{
    const char *path = setup->config.general.data_dir;
    setup->file_identity = setup->identity;
    if (!setup->identity.drop)
        return 0;
    if (give(&setup->identity, path, error) < 0)
        return -1;
    if (data_dir_reachable(&setup->identity, path, R_OK | W_OK | X_OK))
        return 0;
    if (setup->config.general.user[0])
        return setup_fail(error,
                          "data_dir: user %s cannot enter %s; move data_dir, or open the "
                          "directories above it (chmod o+x)",
                          setup->identity.name, path);
    log_write(LOG_WARN, "setup",
              "event=stays_root process=control problem=\"user %s cannot enter %s; set data_dir "
              "to a place outside of private directories\"",
              setup->identity.name, path);
    setup->file_identity.drop = false;
    return chown(path, 0, 0) == 0 ? 0 : setup_fail(error, "data_dir: cannot take %s back", path);
}

int data_dir_open(struct setup *setup, struct setup_error *error)
{
    static const char *const inside[] = {"tls", "run"};
    char path[PATH_MAX];
    char *data_dir = setup->config.general.data_dir;
    if (find_identity(setup, error) < 0 || make_directory(data_dir, 0750, error) < 0)
        return -1;
    if (!realpath(data_dir, path) || strlen(path) >= CONFIG_TEXT_BYTES)
        return setup_fail(error, "data_dir: the path of %s is longer than 255 bytes", data_dir);
    memcpy(data_dir, path, strlen(path) + 1);
    if (choose_file_identity(setup, error) < 0)
        return -1;
    if (!data_dir_reachable(&setup->file_identity, data_dir, R_OK | W_OK | X_OK))
        return setup_fail(error,
                          "data_dir: %s cannot be written; change its owner or rights, or "
                          "set data_dir (PARLEY_DATA_DIR) to another",
                          data_dir);
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        if (setup_path(path, data_dir, inside[i], error) < 0 ||
            make_directory(path, 0700, error) < 0)
            return -1;
    return give(&setup->file_identity, path, error); /* run */
}

/* ---- files ----------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        len -= (size_t)written;
    }
    return fsync(fd);
}

static int write_file(const char *path, const char *bytes, size_t len,
                      const struct setup_identity *owner, struct setup_error *error)
{
    char fresh[PATH_MAX];
    int added = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (added < 0 || (size_t)added >= sizeof fresh)
        return setup_fail(error, "%s: the path is too long", path);
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return setup_fail(error, "cannot write %s: %s", fresh, strerror(errno));
    bool fine = write_all(fd, bytes, len) == 0 &&
                (!owner || !owner->drop || fchown(fd, owner->uid, owner->gid) == 0);
    close(fd);
    if (!fine || rename(fresh, path) < 0) {
        int reason = errno;
        unlink(fresh);
        return setup_fail(error, "cannot write %s: %s", path, strerror(reason));
    }
    return 0;
}

int data_dir_write(const struct setup *setup, const char *path, const char *bytes, size_t len,
                   struct setup_error *error)
{
    return write_file(path, bytes, len, &setup->file_identity, error);
}

/* ---- secret ---------------------------------------------------------------------------------- */

static void to_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}

static int from_hex(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
            return -1;
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return 0;
}

static int make_secret(struct setup *setup, const char *path, struct setup_error *error)
{
    char text[HEX_BYTES + 1];
    if (getrandom(setup->secret, sizeof setup->secret, 0) != (ssize_t)sizeof setup->secret)
        return setup_fail(error, "no random numbers from the kernel: %s", strerror(errno));
    to_hex(setup->secret, sizeof setup->secret, text);
    text[HEX_BYTES] = '\n';
    return write_file(path, text, sizeof text, NULL, error);
}

int data_dir_secret(struct setup *setup, struct setup_error *error)
{
    char path[PATH_MAX], text[HEX_BYTES + 2];
    if (setup_path(path, setup->config.general.data_dir, "secret", error) < 0)
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return make_secret(setup, path, error);
    if (fd < 0)
        return setup_fail(error,
                          "cannot read %s: %s; it belongs to the user who started the "
                          "server first",
                          path, strerror(errno));
    ssize_t len = read(fd, text, sizeof text);
    close(fd);
    if (len < (ssize_t)HEX_BYTES || from_hex(text, setup->secret, sizeof setup->secret) < 0)
        return setup_fail(error,
                          "%s is damaged; restore it, or delete it to get a new one "
                          "(sessions that are open then have to join again)",
                          path);
    return 0;
}
