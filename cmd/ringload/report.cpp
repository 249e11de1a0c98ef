#include "report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace ringside::load {
namespace {

double seconds(const Tally& tally) {
    return std::max(1e-6, static_cast<double>(tally.elapsed.count()) / 1e6);
}

double requests_per_second(const Tally& tally) {
    return static_cast<double>(tally.requests) / seconds(tally);
}

double cpu_us_per_request(const Tally& tally) {
    const auto requests = static_cast<double>(std::max<std::uint64_t>(tally.requests, 1));
    return static_cast<double>(tally.cpu.count()) / requests;
}

}  // namespace

std::string report_text(const Tally& tally) {
    std::string text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "requests    {} in {:.2f} s: {:.0f}/s\n", tally.requests, seconds(tally),
                   requests_per_second(tally));
    fmt::format_to(out, "answers     gets {} (hits {}, misses {}), sets {}\n", tally.gets,
                   tally.hits, tally.misses, tally.sets);
    fmt::format_to(out, "failures    errors {}, wrong {}, lost {}, reconnects {}\n", tally.errors,
                   tally.wrong, tally.lost, tally.reconnects);
    fmt::format_to(out, "latency us  p50 {}, p99 {}, p99.9 {}, max {}\n",
                   tally.latency.quantile(0.5), tally.latency.quantile(0.99),
                   tally.latency.quantile(0.999), tally.latency.max());
    fmt::format_to(out, "own CPU     {:.2f} us per request, {:.0f} % of one core\n",
                   cpu_us_per_request(tally),
                   static_cast<double>(tally.cpu.count()) / 1e4 / seconds(tally));
    for (const auto& [error, count] : tally.error_texts) {
        fmt::format_to(out, "error       {} x {}\n", count, error);
    }
    if (!tally.first_wrong.empty()) {
        fmt::format_to(out, "wrong       {}\n", tally.first_wrong);
    }
    if (!tally.first_loss.empty()) {
        fmt::format_to(out, "lost        {}\n", tally.first_loss);
    }
    return text;
}

std::string report_json(const Tally& tally) {
    const nlohmann::json report{{"requests", tally.requests},
                                {"seconds", seconds(tally)},
                                {"requests_per_second", requests_per_second(tally)},
                                {"gets", tally.gets},
                                {"sets", tally.sets},
                                {"hits", tally.hits},
                                {"misses", tally.misses},
                                {"errors", tally.errors},
                                {"wrong", tally.wrong},
                                {"lost", tally.lost},
                                {"reconnects", tally.reconnects},
                                {"error_texts", tally.error_texts},
                                {"first_wrong", tally.first_wrong},
                                {"first_loss", tally.first_loss},
                                {"p50_us", tally.latency.quantile(0.5)},
                                {"p99_us", tally.latency.quantile(0.99)},
                                {"p999_us", tally.latency.quantile(0.999)},
                                {"max_us", tally.latency.max()},
                                {"own_cpu_us_per_request", cpu_us_per_request(tally)}};
    // An error text may hold any bytes.
    return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace ringside::load
