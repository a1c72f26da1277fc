/* Security headers. */
#include "control/headers.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "control/http.h"
#include "control/server.h"

/* The built page loads nothing from elsewhere and has no inline script. blob: is for worklets and
 * recorded media; 'unsafe-inline' for style attributes only, which React's style={} needs.
 * connect-src 'self' covers ws: and wss: of the same host (CSP level 3), Safari before 15.4 does
 * not know that, hence the explicit schemes. */
static const char content_security_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob: mediastream:; font-src 'self'; "
    "connect-src 'self' ws: wss:; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

static const char permissions_policy[] =
    "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), "
    "autoplay=(self), fullscreen=(self), screen-wake-lock=(self), geolocation=(), payment=(), "
    "usb=()";

int headers_add(const struct http_request *request, const char *name, const char *value,
                unsigned char **at, unsigned char *end)
{
    return lws_add_http_header_by_name(request->wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), at,
                                       end) != 0
               ? -1
               : 0;
}

int headers_add_date(const struct http_request *request, unsigned char **at, unsigned char *end)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    time_t now = (time_t)server_unix_s();
    struct tm utc = {0};
    gmtime_r(&now, &utc);
    /* Not strftime(): its names are the locale's. */
    snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", days[utc.tm_wday], utc.tm_mday,
             months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    return headers_add(request, "date:", text, at, end);
}

int headers_add_security(const struct http_request *request, unsigned char **at, unsigned char *end)
{
    static const struct {
        const char *name;
        const char *value;
    } fixed[] = {
        {"content-security-policy:", content_security_policy},
        {"permissions-policy:", permissions_policy},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "no-referrer"},
        {"cross-origin-opener-policy:", "same-origin"},
        {"cross-origin-resource-policy:", "same-origin"},
        {"x-frame-options:", "DENY"},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (headers_add(request, fixed[i].name, fixed[i].value, at, end) != 0)
            return -1;
    /* Only where the certificate is meant to last: with a self-signed one, HSTS would take away the
     * browser's "proceed anyway". */
    bool lasting = strncasecmp(request->server->config->http.public_url, "https:", 6) == 0;
    if (lasting && headers_add(request, "strict-transport-security:", "max-age=31536000", at, end))
        return -1;
    return 0;
}
