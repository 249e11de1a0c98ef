// What people see in a browser: the ring page, where programs get the list of routes.
#include "admin/handlers.h"
#include "admin/ring_page.h"

namespace ringside::admin {

http::Response get_page(const Call&) {
    http::Response response;
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Content-Security-Policy", kRingPagePolicy);
    // Names of pools and nodes are nobody else's business.
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Vary", "Accept");
    response.body = kRingPage;
    return response;
}

}  // namespace ringside::admin
