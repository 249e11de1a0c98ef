#include "config/load.h"

#include "base/limits.h"
#include "config/address_text.h"
#include "config/file.h"
#include "config/pool_check.h"
#include "config/schema.h"
#include "config/secret_file.h"
#include "config/source_names.h"
#include "config/source_rows.h"
#include "config/text.h"
#include "config/tls_rows.h"
#include "config/yaml_text.h"
#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

namespace ringside::config {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;

constexpr const char* kExample =
    "write for example \"sessions: {listen: 127.0.0.1:11211, servers: [10.0.0.1:11211:1]}\"";

// Reads one file into a Config. Lives for one load; may throw what yaml-cpp throws.
class Loader {
  public:
    explicit Loader(std::string_view file) : places_(file) {}

    Expected<Config> load(const std::string& yaml);

    // Of the YAML itself.
    Error at(const YAML::Mark& mark, std::string_view reason) const {
        return places_.at(mark, reason);
    }

  private:
    Error at(const Setting& setting, std::string_view reason) const {
        return places_.at(setting, reason);
    }
    Error at_value(const Setting& setting, std::string_view reason) const {
        return places_.at_value(setting, reason);
    }

    Status load_top_level(const YAML::Node& root);
    Status load_process(const Setting& map);
    Status load_pool(const Setting& map);
    Status load_source(PoolConfig& pool, const Setting& map, const Given& given);
    Status load_sources(PoolConfig& pool, const Setting& list);
    Status load_discovery(Source& source, const Setting& map);
    Status load_tls(const SourceRow& row, const Setting& map, const Given& given, Source& source);
    Status load_servers(Source& source, const Setting& list);
    Status check_name(const YAML::Node& name) const;
    Expected<std::string> text_of(const Setting& setting, const Key& key) const;
    Status check_one_of(const SourceRow& row, const Setting& map, const Given& given) const;
    Status claim(const Listen& listen, const Setting& setting);

    template <typename Target>
    Expected<Given> load_map(const Setting& map, std::span<const Row<Target>> rows, Target& target);
    template <typename Target>
    Status load_block(const Setting& map, const Given& given, std::string_view name,
                      std::span<const Row<Target>> rows, Target& target);
    template <typename Target>
    void explain(const Given& given, const std::string& path, std::span<const Row<Target>> rows);
    template <typename Target>
    Error unknown_key(const Setting& map, const YAML::Node& key,
                      std::span<const Row<Target>> rows) const;

    const Places places_;
    Config config_;
    bool has_process_map_ = false;
    std::vector<std::pair<routing::Address, std::string>> claimed_;  // by which path
};

Expected<Config> Loader::load(const std::string& yaml) {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    YamlInspector first;
    YamlInspector second;
    const bool has_first = parser.HandleNextDocument(first);
    const bool has_second = has_first && parser.HandleNextDocument(second);
    if (first.is_map() && has_second) {
        return at(second.mark(), "a second YAML document starts here; write only one");
    }
    if (!has_first || (first.is_null() && !has_second)) {
        return places_.in_file(fmt::format("the file is empty; {}", kExample));
    }
    if (!first.is_map()) {
        return at(first.mark(), fmt::format("this is not a map of pools; {}", kExample));
    }
    const YAML::Node root = YAML::Load(yaml);
    if (const auto problem = prepare_document(root)) {
        return at(problem->mark, problem->reason);
    }
    if (const Status loaded = load_top_level(root); !loaded) {
        return loaded.error();
    }
    if (!has_process_map_) {
        explain({}, std::string(kProcessMapName), process_rows());
        explain({}, fmt::format("{}.drain", kProcessMapName), drain_rows());
    }
    if (config_.pools.empty()) {
        return places_.in_file(fmt::format("there is no pool; {}", kExample));
    }
    std::sort(config_.pools.begin(), config_.pools.end(),
              [](const auto& a, const auto& b) { return routing::ring_name_less(a.name, b.name); });
    return std::move(config_);
}

Status Loader::load_top_level(const YAML::Node& root) {
    for (const auto& entry : root) {
        if (is_template(entry.first, entry.second)) {
            continue;
        }
        if (const Status name = check_name(entry.first); !name) {
            return name;
        }
        const Setting map{entry.first, entry.second, entry.first.Scalar()};
        const Status loaded = map.path == kProcessMapName ? load_process(map) : load_pool(map);
        if (!loaded) {
            return loaded;
        }
    }
    return Done{};
}

Status Loader::load_process(const Setting& map) {
    if (std::exchange(has_process_map_, true)) {
        return at(map, "is given twice");
    }
    const auto given = load_map(map, process_rows(), config_.process);
    if (!given) {
        return given.error();
    }
    if (given->contains("nameservers") && given->contains("resolvers")) {
        return at(given->at("resolvers"),
                  "\"nameservers\" is given too, which is the same; write "
                  "one of the two");
    }
    Status status = load_block(map, *given, "drain", drain_rows(), config_.process.drain);
    if (const auto token = given->find("admin_token_file"); token != given->end()) {
        config_.process.admin_token_place = places_.place_of(token->second.value.Mark());
    }
    if (const auto admin = given->find("admin"); status && admin != given->end()) {
        status = claim(config_.process.admin, admin->second);
    }
    if (const auto stats = given->find("stats");
        status && config_.process.stats && stats != given->end()) {
        status = claim(*config_.process.stats, stats->second);
    }
    if (status && config_.process.probes) {
        status = claim(*config_.process.probes, given->at("probes"));
    }
    return status;
}

Status Loader::load_pool(const Setting& map) {
    PoolConfig pool;
    pool.name = map.path;
    if (config_.pools.size() == kPoolsMax) {
        return at(map, fmt::format("there are more than {} pools", kPoolsMax));
    }
    const auto same_name = [&pool](const PoolConfig& other) { return other.name == pool.name; };
    if (std::any_of(config_.pools.begin(), config_.pools.end(), same_name)) {
        return at(map, "a pool of this name is given twice");
    }
    const auto given = load_map(map, pool_rows(), pool);
    if (!given) {
        return given.error();
    }
    Status status = load_source(pool, map, *given);
    if (status) {
        status = check_pool(pool, *given, places_);
    }
    const Setting& listen = given->at("listen");
    pool.listen_place = places_.place_of(listen.value.Mark());
    for (const Listen& each : listens_of(pool)) {
        status = status ? claim(each, listen) : status;
    }
    if (status) {
        config_.pools.push_back(std::move(pool));
    }
    return status;
}

Status Loader::load_source(PoolConfig& pool, const Setting& map, const Given& given) {
    const auto servers = given.find("servers");
    const auto discovery = given.find("discovery");
    if (servers != given.end() && discovery != given.end()) {
        return at(discovery->second, "\"servers\" is given too; a pool has exactly one of the two");
    }
    if (servers != given.end()) {
        return load_servers(pool.source, servers->second);
    }
    if (discovery != given.end()) {
        return discovery->second.value.IsSequence()
                   ? load_sources(pool, discovery->second)
                   : load_discovery(pool.source, discovery->second);
    }
    return at(map, "neither \"servers\" nor \"discovery\" says where the nodes are");
}

// In order of preference, none of them twice.
Status Loader::load_sources(PoolConfig& pool, const Setting& list) {
    const std::size_t count = list.value.size();
    if (count == 0 || count > base::kPoolSourcesMax) {
        return at(list,
                  fmt::format("{} sources are out of range 1..{}", count, base::kPoolSourcesMax));
    }
    std::vector<Source> sources(count);
    std::vector<std::string> described;
    for (std::size_t i = 0; i < count; ++i) {
        const YAML::Node entry = list.value[i];
        const Setting map{entry, entry, fmt::format("{}[{}]", list.path, i)};
        if (const Status loaded = load_discovery(sources[i], map); !loaded) {
            return loaded;
        }
        if (listed_members(sources[i]) != nullptr && i + 1 < count) {
            return at(map,
                      "a list of nodes always has an answer: the sources behind it would "
                      "never decide; write it last");
        }
        described.push_back(describe(sources[i]));
        if (std::find(described.begin(), described.end() - 1, described.back()) !=
            described.end() - 1) {
            return at(map, fmt::format("{} is given twice", described.back()));
        }
    }
    pool.source = std::move(sources.front());
    pool.fallbacks.assign(std::make_move_iterator(sources.begin() + 1),
                          std::make_move_iterator(sources.end()));
    return Done{};
}

Status Loader::load_discovery(Source& source, const Setting& map) {
    const auto given = load_map(map, discovery_rows(), source);
    if (!given) {
        return given.error();
    }
    const SourceRow* chosen = nullptr;
    for (const SourceRow& row : source_rows()) {
        if (given->contains(row.key.name) && chosen != nullptr) {
            return at(given->at(row.key.name),
                      fmt::format("\"{}\" is given too; write one source, or a list of them in "
                                  "order of preference: [{{{}: ...}}, {{{}: ...}}]",
                                  chosen->key.name, chosen->key.name, row.key.name));
        }
        chosen = given->contains(row.key.name) ? &row : chosen;
    }
    if (chosen == nullptr) {
        return at(map, fmt::format("names no source; write {}", source_examples()));
    }
    const Setting& setting = given->at(chosen->key.name);
    if (chosen->key.type == Type::servers) {
        return load_servers(source, setting);
    }
    source = chosen->make();
    const auto loaded = load_map(setting, chosen->settings, source);
    if (!loaded) {
        return loaded.error();
    }
    if (const Status tls = load_tls(*chosen, setting, *loaded, source); !tls) {
        return tls;
    }
    const Status one = check_one_of(*chosen, setting, *loaded);
    if (!one || chosen->check == nullptr) {
        return one;
    }
    const Status checked = chosen->check(source);
    return checked ? checked : at(setting, checked.error().message);
}

// `ca_file` beside the block is the one in it, in short.
Status Loader::load_tls(const SourceRow& row, const Setting& map, const Given& given,
                        Source& source) {
    const bool has_block = given.contains("tls");
    if (row.tls.empty() || (given.contains("ca_file") && !has_block)) {
        return Done{};
    }
    if (given.contains("ca_file")) {
        return at(given.at("ca_file"), "\"tls\" is given too; write \"tls: {ca_file: FILE}\"");
    }
    TlsConfig& tls = *tls_of(source);
    const Status loaded = load_block(map, given, "tls", row.tls, tls);
    const Status checked = loaded ? check_tls(tls) : loaded;
    return checked || !loaded ? checked : at(given.at("tls"), checked.error().message);
}

Status Loader::check_one_of(const SourceRow& row, const Setting& map, const Given& given) const {
    const Setting* first = nullptr;
    for (const std::string_view name : row.one_of) {
        const auto found = given.find(name);
        if (found != given.end() && first != nullptr) {
            return at(found->second, fmt::format("\"{}\" is given too; write one of the two",
                                                 first->key.Scalar()));
        }
        first = found != given.end() ? &found->second : first;
    }
    if (first == nullptr && !row.one_of.empty()) {
        return at(map, fmt::format("\"{}\" is missing", fmt::join(row.one_of, "\" or \"")));
    }
    return Done{};
}

Status Loader::load_servers(Source& source, const Setting& list) {
    const std::size_t count = list.value.IsSequence() ? list.value.size() : 0;
    if (count == 0) {
        return at(list, "is not a list of nodes; write \"- HOST:PORT:WEIGHT [NAME]\"");
    }
    if (count > base::kPoolNodesMax) {
        return at(list, fmt::format("{} nodes are out of range 1..{}", count, base::kPoolNodesMax));
    }
    routing::Membership membership;
    std::map<std::string, std::size_t> index_of_name;
    for (std::size_t i = 0; i < count; ++i) {
        const YAML::Node entry = list.value[i];
        const std::string path = fmt::format("{}[{}]", list.path, i);
        if (!entry.IsScalar()) {
            return at(entry.Mark(), fmt::format("{}: is not \"HOST:PORT:WEIGHT [NAME]\"", path));
        }
        auto member = parse_server(entry.Scalar());
        if (!member) {
            return at(entry.Mark(), fmt::format("{}: {}", path, member.error().message));
        }
        const auto [other, is_new] = index_of_name.emplace(member->name, i);
        if (!is_new) {
            return at(entry.Mark(), fmt::format("{}: servers[{}] has the same ring name {}; names "
                                                "are unique in a pool",
                                                path, other->second, in_quotes(member->name)));
        }
        membership.members.push_back(std::move(*member));
        config_.explanation.push_back({path, entry.Scalar(), places_.line_place_of(entry.Mark())});
    }
    routing::normalize(membership);
    source = StaticSource{std::move(membership)};
    return Done{};
}

Status Loader::check_name(const YAML::Node& name) const {
    if (!name.IsScalar() || name.Scalar().empty()) {
        return at(name.Mark(), "the name of a pool is not text");
    }
    if (name.Scalar().size() > kNameBytesMax) {
        return at(name.Mark(), fmt::format("the name of a pool is longer than {} bytes: {}",
                                           kNameBytesMax, in_quotes(name.Scalar())));
    }
    if (has_control_character(name.Scalar())) {
        return at(name.Mark(), fmt::format("the name of a pool holds a control character: {}",
                                           in_quotes(name.Scalar())));
    }
    return Done{};
}

// Of several values, where a list may stand, the text that has commas between them.
Expected<std::string> Loader::text_of(const Setting& setting, const Key& key) const {
    const YAML::Node& value = setting.value;
    if (may_be_list(key.type) && value.IsSequence()) {
        std::string text;
        for (const YAML::Node& entry : value) {
            if (!entry.IsScalar() || entry.Scalar().find(',') != std::string::npos) {
                return at(entry.Mark(), fmt::format("{}: is not one value; write {}", setting.path,
                                                    rule_of(key)));
            }
            text += (text.empty() ? "" : ", ") + entry.Scalar();
        }
        if (!text.empty()) {
            return text;
        }
    }
    if (value.IsNull() || (value.IsScalar() && value.Scalar().empty())) {
        return at(setting, fmt::format("has no value; write {}", rule_of(key)));
    }
    if (!value.IsScalar()) {
        return at_value(setting, fmt::format("is not one value; write {}", rule_of(key)));
    }
    return value.Scalar();
}

// An address is listened on once: the second to want it is refused.
Status Loader::claim(const Listen& listen, const Setting& setting) {
    for (const auto& [address, other] : claimed_) {
        if (address == listen.address) {
            return at_value(setting, fmt::format("{} already listens on {}", other, listen.text));
        }
    }
    claimed_.emplace_back(listen.address, setting.path);
    return Done{};
}

// Sets every scalar key of `map` through its row; servers and maps are left to the caller.
template <typename Target>
Expected<Given> Loader::load_map(const Setting& map, std::span<const Row<Target>> rows,
                                 Target& target) {
    if (!map.value.IsMap()) {
        return at(map, "is not a map of keys");
    }
    Given given;
    for (const auto& entry : map.value) {
        const auto row = std::find_if(rows.begin(), rows.end(), [&entry](const Row<Target>& each) {
            return entry.first.IsScalar() && each.key.name == entry.first.Scalar();
        });
        if (row == rows.end()) {
            return unknown_key(map, entry.first, rows);
        }
        const auto [place, is_new] = given.emplace(
            row->key.name,
            Setting{entry.first, entry.second, fmt::format("{}.{}", map.path, row->key.name)});
        Setting& setting = place->second;
        if (!is_new) {
            return at(entry.first.Mark(), fmt::format("{}: is given twice", setting.path));
        }
        if (row->set == nullptr) {
            continue;
        }
        const auto text = text_of(setting, row->key);
        if (!text) {
            return text.error();
        }
        setting.text = *text;
        if (const Status set = row->set(target, row->key, *text); !set) {
            return at_value(setting, set.error().message);
        }
    }
    for (const Row<Target>& row : rows) {
        if (row.key.required && !given.contains(row.key.name)) {
            return at(map,
                      fmt::format("\"{}\" is missing; write {}", row.key.name, rule_of(row.key)));
        }
    }
    explain(given, map.path, rows);
    return given;
}

// A map inside `map`, by its key; without it the defaults are explained.
template <typename Target>
Status Loader::load_block(const Setting& map, const Given& given, std::string_view name,
                          std::span<const Row<Target>> rows, Target& target) {
    const auto block = given.find(name);
    if (block == given.end()) {
        explain({}, fmt::format("{}.{}", map.path, name), rows);
        return Done{};
    }
    const auto loaded = load_map(block->second, rows, target);
    return loaded ? Status(Done{}) : loaded.error();
}

template <typename Target>
void Loader::explain(const Given& given, const std::string& path,
                     std::span<const Row<Target>> rows) {
    for (const Row<Target>& row : rows) {
        if (row.set == nullptr) {
            continue;  // its parts are explained where they are loaded
        }
        EffectiveSetting& setting = config_.explanation.emplace_back();
        setting.path = fmt::format("{}.{}", path, row.key.name);
        setting.needs_restart = row.key.change == Change::restart;
        const auto found = given.find(row.key.name);
        if (found == given.end()) {
            setting.value = row.key.default_text.empty() ? "none" : row.key.default_text;
            setting.source = "default";
            continue;
        }
        setting.value = row.key.secret ? "***" : found->second.text;
        setting.source = places_.line_place_of(found->second.key.Mark());
    }
}

template <typename Target>
Error Loader::unknown_key(const Setting& map, const YAML::Node& key,
                          std::span<const Row<Target>> rows) const {
    if (!key.IsScalar()) {
        return at(key.Mark(), fmt::format("{}: holds a key that is not text", map.path));
    }
    std::vector<std::string_view> names;
    for (const Row<Target>& row : rows) {
        names.push_back(row.key.name);
    }
    return at(key.Mark(), fmt::format("{}: {} is not a key{}", map.path, in_quotes(key.Scalar()),
                                      did_you_mean(key.Scalar(), names)));
}

}  // namespace

Expected<Config> check_text(std::string_view yaml, std::string_view name) {
    if (yaml.size() > kFileBytesMax) {
        return Error{Errc::invalid_config,
                     fmt::format("{}: is larger than {} bytes", name, kFileBytesMax)};
    }
    if (!is_utf8(yaml)) {
        return Error{Errc::invalid_config, fmt::format("{}: is not UTF-8", name)};
    }
    Loader loader(name);
    try {
        return loader.load(std::string(yaml));
    } catch (const YAML::Exception& failure) {
        return loader.at(failure.mark, failure.msg);  // the YAML itself: there is no path
    }
}

Expected<Config> load_text(std::string_view yaml, std::string_view name) {
    auto config = check_text(yaml, name);
    return config ? with_passwords(std::move(*config)) : config;
}

Expected<Config> load_file(const std::string& path) {
    const auto text = read_file(path);
    return text ? load_text(*text, path) : text.error();
}

}  // namespace ringside::config
