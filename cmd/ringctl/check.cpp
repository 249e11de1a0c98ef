#include "check.h"

#include "findings.h"
#include "http/uri.h"
#include "names.h"
#include "table.h"
#include "terminal.h"
#include "yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace ringside::ctl {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;
using http::Json;

// What is looked at, apart from pools and metrics.
struct Source {
    std::string_view target;
    Findings (*find)(const Json& answer);
};
constexpr auto kSources = std::to_array<Source>({
    {"/conditions", of_conditions},
    {"/config", of_config},
    {"/workers", of_workers},
    {"/log", of_log},
    {"/snapshot", of_snapshot},
});

void append(Findings& all, Findings more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

Status look_at_pools(Api& api, Findings& findings, std::size_t& count) {
    const auto names = pool_names(api);
    if (!names) {
        return names.error();
    }
    count = names->size();
    for (const std::string& name : *names) {
        const auto pool = api.get("/pools/" + http::percent_encode(name));
        if (!pool && pool.error().code == Errc::not_found) {
            continue;  // gone since it was listed
        }
        if (!pool) {
            return pool.error();
        }
        append(findings, of_pool(*pool));
    }
    return Done{};
}

Status look_at_metrics(Api& api, Findings& findings) {
    const auto metrics = api.send(http::Method::get, "/metrics");
    if (!metrics) {
        return metrics.error();
    }
    append(findings, of_metrics(read_metrics(metrics->body), std::chrono::system_clock::now()));
    return Done{};
}

int exit_code_of_findings(const Findings& findings) {
    int exit_code = kExitOk;
    for (const Finding& finding : findings) {
        switch (finding.severity) {
            case Severity::hint:
                break;
            case Severity::warning:
                exit_code = std::max(exit_code, kExitDegraded);
                break;
            case Severity::broken:
                exit_code = std::max(exit_code, kExitDown);
                break;
        }
    }
    return exit_code;
}

std::string findings_text(const Findings& findings, std::size_t pools, const View& view) {
    std::string text;
    for (const Finding& finding : findings) {
        const std::string_view severity = to_string(finding.severity);
        const std::string since =
            finding.since.empty() ? std::string() : fmt::format(" (since {})", finding.since);
        text += fmt::format("{}{}  {}\n", view.colour ? painted(severity) : std::string(severity),
                            std::string(std::string_view("warning").size() - severity.size(), ' '),
                            printable(finding.where + ": " + finding.what + since));
        text += fmt::format("         mend: {}\n", printable(finding.remedy));
    }
    return findings.empty() ? fmt::format("all is well: {} pools, and the process\n", pools) : text;
}

std::string findings_json(const Findings& findings) {
    Json list = Json::array();
    for (const Finding& finding : findings) {
        list.push_back({{"severity", to_string(finding.severity)},
                        {"where", finding.where},
                        {"what", finding.what},
                        {"since", finding.since.empty() ? Json(nullptr) : Json(finding.since)},
                        {"remedy", finding.remedy}});
    }
    return http::to_text({{"findings", std::move(list)}});
}

}  // namespace

int judge_health(const http::Response& response) {
    constexpr std::pair<std::string_view, int> kGrades[] = {{"healthz: ok\n", kExitOk},
                                                            {"healthz: degraded\n", kExitDegraded},
                                                            {"healthz: down\n", kExitDown}};
    for (const auto& [line, exit_code] : kGrades) {
        if (response.body.ends_with(line)) {
            return exit_code;
        }
    }
    return response.status >= kStatusErrorsBegin ? kExitRefused : kExitOk;
}

Expected<Shown> run_check(Api& api, const Options& options) {
    Findings findings;
    for (const Source& source : kSources) {
        const auto answer = api.get(source.target);
        if (!answer) {
            return answer.error();
        }
        append(findings, source.find(*answer));
    }
    std::size_t pools = 0;
    if (const Status looked = look_at_pools(api, findings, pools); !looked) {
        return looked.error();
    }
    if (const Status looked = look_at_metrics(api, findings); !looked) {
        return looked.error();
    }
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return a.severity > b.severity;  // the worst first
    });
    return Shown{options.view.is_data() ? as_data(options.view, findings_json(findings))
                                        : findings_text(findings, pools, options.view),
                 exit_code_of_findings(findings)};
}

}  // namespace ringside::ctl
