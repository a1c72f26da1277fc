/* The description of the REST interface. */
#include "control/openapi.h"

#include "control/http.h"
#include "control/openapi_text.h" /* generated: static const char openapi_text[] */

int openapi_serve(struct http_request *request)
{
    struct http_response response = {
        .status = 200,
        .content_type = "application/yaml",
        .body = openapi_text,
        .len = sizeof openapi_text - 1,
        .cache_control = "no-cache",
    };
    return http_respond(request, &response);
}
