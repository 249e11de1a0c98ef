// Handlers of the routes about the process as a whole: counters, snapshot.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"
#include "admin/metrics_reading.h"
#include "admin/metrics_text.h"
#include "admin/stats.h"
#include "base/log.h"
#include "base/log_level.h"
#include "http/accept.h"

#include <memory>
#include <string>
#include <vector>

namespace ringside::admin {

http::Response get_index(const Call& call) {
    constexpr http::MediaType kPage{"text", "html", {}};
    constexpr http::MediaType kList{"application", "json", {}};
    const std::string accept = call.request.accept.value_or(std::string());
    if (http::preference_of(accept, kPage) > http::preference_of(accept, kList)) {
        return get_page(call);
    }
    std::vector<IndexRow> rows;
    for (const Route& route : routes()) {
        rows.push_back({to_string(route.method), route.path, route.help});
    }
    http::Response response = json_answer(index_json(call.context.version, rows));
    response.headers.emplace_back("Vary", "Accept");
    return response;
}

http::Response get_openapi(const Call& call) {
    return tagged_answer(call.request, openapi_json(call.context.version));
}

http::Response get_stats(const Call& call) {
    return json_answer(stats_text(read_stats(call.context, call.moment.wall)));
}

http::Response get_metrics(const Call& call) {
    const metrics::Format format = format_for(call.request.accept.value_or(std::string()));
    http::Response response;
    response.content_type = content_type_of(format);
    response.headers.emplace_back("Vary", "Accept");
    set_body(response, metrics_pieces(std::make_shared<const MetricsReading>(
                                          read_metrics(call.context, call.moment)),
                                      format));
    return response;
}

http::Response get_events(const Call& call) {
    return call.context.events.listen();
}

http::Response get_log(const Call&) {
    return json_answer(log_json(base::to_string(base::log().level()), base::log().dropped_lines()));
}

http::Response post_log(const Call& call) {
    const auto text = call.request.parameter("level");
    const auto level = text ? base::parse_log_level(*text) : std::nullopt;
    if (!level) {
        return error_answer({base::Errc::invalid_argument, "level: debug, info, warn or error"});
    }
    call.context.set_log_level(*level);
    return get_log(call);
}

http::Response post_takeover(const Call& call) {
    const auto offer = call.context.offer_takeover();
    return offer ? json_answer(takeover_json(*offer)) : error_answer(offer.error());
}

http::Response get_snapshot(const Call& call) {
    return json_answer(snapshot_json({call.context.controller.snapshot(), call.context.workers(),
                                      call.context.listeners(), base::log().dropped_lines(),
                                      call.context.state()}));
}

}  // namespace ringside::admin
