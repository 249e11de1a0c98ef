#include "compare.h"

#include "compare_report.h"
#include "config/file.h"
#include "identity_note.h"
#include "pool_list.h"
#include "routing/sample_keys.h"
#include "yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

constexpr std::uint32_t kKeysDefault = 10'000;

// Millions of keys; the file is held in memory.
constexpr std::size_t kKeyFileBytesMax = std::size_t{64} << 20;

Error invalid(std::string message) {
    return {Errc::invalid_argument, std::move(message)};
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) {
            lines.push_back(text.substr(at, end - at));
        }
        at = end + 1;
    }
    return lines;
}

// The keys to place: those of the file, or samples that suit the tags of two pools.
class Keys {
  public:
    static Expected<Keys> read(const Comparing& comparing) {
        Keys keys;
        keys.count_ = comparing.key_count.value_or(kKeysDefault);
        if (comparing.key_file.empty()) {
            return keys;
        }
        auto text = config::read_file(comparing.key_file, kKeyFileBytesMax);
        if (!text) {
            return text.error();
        }
        if (text->size() > kKeyFileBytesMax) {
            return invalid(
                fmt::format("{}: is larger than {} bytes", comparing.key_file, kKeyFileBytesMax));
        }
        if (lines_of(*text).empty()) {
            return invalid(
                fmt::format("{}: holds no keys; write one per line", comparing.key_file));
        }
        keys.text_ = std::move(*text);
        return keys;
    }

    routing::Comparison compare(const routing::Pool& from, const routing::Pool& to) const {
        if (!text_.empty()) {
            return routing::compare_pools(from, to, lines_of(text_));
        }
        const std::array tags{from.policy.hash_tag, to.policy.hash_tag};
        const std::vector<std::string> samples = routing::sample_keys(count_, tags);
        return routing::compare_pools(
            from, to, std::vector<std::string_view>(samples.begin(), samples.end()));
    }

  private:
    std::string text_;  // of the key file; empty: samples
    std::size_t count_ = 0;
};

// Of the pools on both sides, and of those on one.
PoolReport report_on(const std::string& name, const PoolList& from, const PoolList& to,
                     const Keys& keys) {
    PoolReport report{.name = name};
    const ListedPool* const sides[] = {from.find(name), to.find(name)};
    for (std::size_t i = 0; i < std::size(sides); ++i) {
        if (sides[i] == nullptr) {
            report.reason = fmt::format("it is only in {}", i == 0 ? to.source : from.source);
            return report;
        }
        if (sides[i]->pool == nullptr) {
            report.reason = fmt::format("{}: {}", (i == 0 ? from : to).source, sides[i]->reason);
            return report;
        }
        report.notes.insert(report.notes.end(), sides[i]->notes.begin(), sides[i]->notes.end());
    }
    report.comparison = keys.compare(*sides[0]->pool, *sides[1]->pool);
    if (auto note = identity_note(*sides[0]->pool, *sides[1]->pool)) {
        report.notes.push_back(std::move(*note));
    }
    return report;
}

// Those of `from` in their order, then what only `to` has; or the one that was asked for.
std::vector<std::string> names_of(const PoolList& from, const PoolList& to,
                                  const std::string& wanted) {
    std::vector<std::string> names;
    for (const PoolList* list : {&from, &to}) {
        for (const ListedPool& pool : list->pools) {
            const bool is_new = std::find(names.begin(), names.end(), pool.name) == names.end();
            if (is_new && (wanted.empty() || pool.name == wanted)) {
                names.push_back(pool.name);
            }
        }
    }
    return names;
}

// What is not compared may hide anything, so it weighs more than a key that moves.
int exit_code_of(const CompareReport& report) {
    int exit_code = kExitOk;
    for (const PoolReport& pool : report.pools) {
        if (!pool.comparison) {
            return kExitFailed;
        }
        if (pool.comparison->moved > 0) {
            exit_code = kExitMoved;
        }
    }
    return exit_code;
}

Expected<PoolList> other_side(Api& api, const Options& options) {
    if (!options.comparing.file.empty()) {
        return pools_of_file(options.comparing.file);
    }
    return pools_of_proxy(api, options.comparing.pool);
}

}  // namespace

Expected<Shown> run_compare(Api& api, const Options& options) {
    const Comparing& comparing = options.comparing;
    if (comparing.with.empty()) {
        return invalid("compare needs --with FILE");
    }
    if (comparing.key_count && !comparing.key_file.empty()) {
        return invalid("--keys and --key-file exclude each other");
    }
    const auto keys = Keys::read(comparing);
    if (!keys) {
        return keys.error();
    }
    const auto from = pools_of_file(comparing.with);
    if (!from) {
        return from.error();
    }
    const auto to = other_side(api, options);
    if (!to) {
        return to.error();
    }
    CompareReport report{.from = from->source, .to = to->source};
    for (const std::string& name : names_of(*from, *to, comparing.pool)) {
        report.pools.push_back(report_on(name, *from, *to, *keys));
    }
    if (report.pools.empty()) {
        return Error{Errc::not_found,
                     fmt::format("there is no pool{} in {} and {}",
                                 comparing.pool.empty() ? "" : " '" + comparing.pool + "'",
                                 report.from, report.to)};
    }
    return Shown{
        options.view.is_data() ? as_data(options.view, compare_json(report)) : compare_text(report),
        exit_code_of(report)};
}

}  // namespace ringside::ctl
