/* Raw file descriptors by libwebsockets' adoption of "raw files". */
#include "control/watch.h"

#include <libwebsockets.h>
#include <unistd.h>

#include "control/server.h"

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    (void)user;
    (void)in;
    (void)len;
    struct watch *watch = lws_get_opaque_user_data(wsi);
    if (watch == NULL) /* closed; the wsi goes with the next timeout check */
        return reason == LWS_CALLBACK_RAW_RX_FILE ? -1 : 0;
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE:
        watch->readable(watch);
        break;
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
        if (watch->writable != NULL)
            watch->writable(watch);
        break;
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        watch->wsi = NULL;
        watch->readable(watch);
        break;
    default:
        break;
    }
    return 0;
}

struct lws_protocols watch_protocol(void)
{
    return (struct lws_protocols){.name = WATCH_PROTOCOL, .callback = on_event};
}

int watch_open(struct watch *watch, int fd)
{
    lws_sock_file_fd_type own = {.filefd = dup(fd)};
    if (own.filefd < 0)
        return -1;
    lws_adopt_desc_t wanted = {
        .vh = watch->server->plain,
        .type = LWS_ADOPT_RAW_FILE_DESC,
        .fd = own,
        .vh_prot_name = WATCH_PROTOCOL,
        .opaque = watch,
    };
    watch->wsi = lws_adopt_descriptor_vhost_via_info(&wanted); /* closes own if it fails */
    return watch->wsi != NULL ? 0 : -1;
}

void watch_want_write(struct watch *watch)
{
    if (watch->wsi != NULL)
        lws_callback_on_writable(watch->wsi);
}

void watch_close(struct watch *watch)
{
    if (watch->wsi == NULL)
        return;
    lws_set_opaque_user_data(watch->wsi, NULL);
    lws_set_timeout(watch->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    watch->wsi = NULL;
}
