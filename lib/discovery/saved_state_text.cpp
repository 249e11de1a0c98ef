#include "discovery/saved_state_text.h"

#include "base/limits.h"
#include "base/md5.h"
#include "base/parse.h"
#include "config/address_text.h"
#include "config/schema.h"
#include "config/text.h"
#include "discovery/node_address.h"
#include "http/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using http::Json;
using routing::Member;

constexpr std::string_view kMagic = "ringside-state ";

// All that is listed, and all that has left and is remembered for its ejection.
constexpr std::size_t kEjectionsMax = base::kPoolNodesMax + base::kAbsentNodesMax;

std::string checksum(std::string_view bytes) {
    std::string text;
    for (const std::uint8_t byte : base::md5(bytes)) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

// --- to text ---

std::int64_t to_ms(WallTime time) {
    return std::chrono::duration_cast<base::milliseconds>(time.time_since_epoch()).count();
}

// What is as it mostly is stays away.
Json member_object(const Member& member) {
    Json object = {
        {"name", member.name}, {"host", member.address.host}, {"port", member.address.port}};
    if (member.weight != 1) {
        object["weight"] = member.weight;
    }
    if (!member.host.empty()) {
        object["host_name"] = member.host;
    }
    if (!member.other_ips.empty()) {
        object["other_ips"] = member.other_ips;
    }
    if (!member.zone.empty()) {
        object["zone"] = member.zone;
    }
    if (member.state == routing::MemberState::terminating) {
        object["terminating"] = true;
    }
    return object;
}

Json list_object(const SavedList& list) {
    Json members = Json::array();
    for (const Member& member : list.membership.members) {
        members.push_back(member_object(member));
    }
    return {{"source", list.source},
            {"identity", list.identity},
            {"identity_template", list.identity_template},
            {"said_at_ms", to_ms(list.said_at)},
            {"source_version", list.membership.source_version},
            {"members", std::move(members)},
            {"ips", list.ips}};
}

Json pool_object(const SavedPool& pool) {
    Json ejections = Json::array();
    for (const SavedEjection& ejection : pool.ejections) {
        Json& object = ejections.emplace_back(
            Json{{"node", ejection.node},
                 {"until_ms", ejection.until ? Json(to_ms(*ejection.until)) : Json(nullptr)}});
        if (!ejection.remark.empty()) {
            object["remark"] = ejection.remark;
        }
        if (ejection.is_drained) {
            object["drained"] = true;
        }
    }
    Json object = {{"name", pool.name}, {"protocol", pool.protocol}};
    if (pool.list) {
        object["list"] = list_object(*pool.list);
    }
    object["ejections"] = std::move(ejections);
    return object;
}

// --- from text ---

// Null: it is missing or null.
const Json* find(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Takes values out of the document; the first thing that is wrong stays in problem(), and what is
// taken afterwards is of no use.
class Reader {
  public:
    const std::string& problem() const noexcept { return problem_; }

    SavedState state(const Json& root) {
        SavedState state;
        for (const Json& each : list(root, "pools", config::kPoolsMax)) {
            state.pools.push_back(pool(each));
        }
        return state;
    }

  private:
    SavedPool pool(const Json& object) {
        SavedPool pool{
            .name = name(object, "name"), .protocol = text(object, "protocol"), .list = {}};
        if (const Json* const list = object.is_object() ? find(object, "list") : nullptr) {
            pool.list = saved_list(*list);
        }
        for (const Json& each : list(object, "ejections", kEjectionsMax)) {
            pool.ejections.push_back({.node = name(each, "node"),
                                      .until = time(each, "until_ms"),
                                      .remark = text(each, "remark"),
                                      .is_drained = flag(each, "drained")});
        }
        return pool;
    }

    SavedList saved_list(const Json& object) {
        SavedList saved{.source = text(object, "source"),
                        .identity = text(object, "identity"),
                        .identity_template = text(object, "identity_template"),
                        .said_at = time(object, "said_at_ms").value_or(WallTime{}),
                        .membership = {}};
        saved.membership.source_version = number(object, "source_version", 0, UINT64_MAX, 0);
        for (const Json& each : list(object, "members", base::kPoolNodesMax)) {
            saved.membership.members.push_back(member(each));
        }
        if (!normalize(saved.membership).empty()) {
            refuse("a node is listed twice");
        }
        if (saved.membership.members.empty()) {
            refuse("a list has no nodes");
        }
        add_ips(object, saved);
        return saved;
    }

    Member member(const Json& object) {
        Member member{.name = name(object, "name"), .address = {.host = text(object, "host")}};
        if (!member.address.is_unix()) {
            member.address.port =
                static_cast<std::uint16_t>(number(object, "port", 1, UINT16_MAX, 0));
            check_host(member.address.host);
        } else if (config::has_control_character(member.address.host)) {
            refuse("a path holds a control character");
        }
        member.weight =
            static_cast<std::uint32_t>(number(object, "weight", 1, config::kWeightMax, 1));
        member.host = text(object, "host_name");
        if (!member.host.empty()) {
            check_host(member.host);
        }
        for (const Json& each : list(object, "other_ips", base::kNameAddressesMax)) {
            member.other_ips.push_back(ip(each));
        }
        member.zone = text(object, "zone");
        if (flag(object, "terminating")) {
            member.state = routing::MemberState::terminating;
        }
        return member;
    }

    void add_ips(const Json& object, SavedList& saved) {
        const Json* const hosts = object.is_object() ? find(object, "ips") : nullptr;
        if (hosts == nullptr) {
            return;
        }
        if (!hosts->is_object() || hosts->size() > base::kPoolNodesMax) {
            refuse("\"ips\" is no map, or too large");
            return;
        }
        for (const auto& [host, ips] : hosts->items()) {
            check_host(host);
            if (!ips.is_array() || ips.size() > base::kNameAddressesMax) {
                refuse("the addresses of a name are no list, or too many");
                return;
            }
            for (const Json& each : ips) {
                saved.ips[host].push_back(ip(each));
            }
        }
    }

    // --- values ---

    const Json& list(const Json& object, const char* key, std::size_t size_max) {
        const Json* const found = object.is_object() ? find(object, key) : nullptr;
        if (!object.is_object()) {
            refuse(fmt::format("what should have \"{}\" is no map", key));
        } else if (found != nullptr && (!found->is_array() || found->size() > size_max)) {
            refuse(fmt::format("\"{}\" is no list, or too long", key));
        }
        return problem_.empty() && found != nullptr ? *found : empty_;
    }

    static bool flag(const Json& object, const char* key) {
        const Json* const found = object.is_object() ? find(object, key) : nullptr;
        return found != nullptr && *found == true;
    }

    std::string text(const Json& object, const char* key) {
        const Json* const found = object.is_object() ? find(object, key) : nullptr;
        if (found != nullptr && !found->is_string()) {
            refuse(fmt::format("\"{}\" is not text", key));
        }
        std::string text = found != nullptr && found->is_string() ? found->get<std::string>() : "";
        if (config::has_control_character(text)) {
            refuse(fmt::format("\"{}\" holds a control character", key));
        }
        return text;
    }

    std::string name(const Json& object, const char* key) {
        std::string name = text(object, key);
        if (name.empty()) {
            refuse(fmt::format("\"{}\" is missing or empty", key));
        }
        return name;
    }

    std::string ip(const Json& value) {
        std::string ip = value.is_string() ? value.get<std::string>() : "";
        if (!is_ip_text(ip) || is_forbidden_ip(ip)) {
            refuse("an address is none that a node can have");
        }
        return ip;
    }

    void check_host(const std::string& host) {
        if (!is_host_text(host) || is_forbidden_ip(host)) {
            refuse("a host is none that a node can have");
        }
    }

    std::uint64_t number(const Json& object, const char* key, std::uint64_t min, std::uint64_t max,
                         std::uint64_t missing) {
        const Json* const found = object.is_object() ? find(object, key) : nullptr;
        if (found == nullptr && missing >= min) {
            return missing;
        }
        // Whatever is written without a sign is read as unsigned.
        if (found == nullptr || !found->is_number_unsigned() || found->get<std::uint64_t>() < min ||
            found->get<std::uint64_t>() > max) {
            refuse(fmt::format("\"{}\" is no number of {} to {}", key, min, max));
            return min;
        }
        return found->get<std::uint64_t>();
    }

    std::optional<WallTime> time(const Json& object, const char* key) {
        if (!object.is_object() || find(object, key) == nullptr) {
            return std::nullopt;
        }
        // To the end of what the clock can show, in nanoseconds.
        constexpr auto kMax = std::chrono::floor<base::milliseconds>(WallTime::duration::max());
        const auto ms = number(object, key, 0, static_cast<std::uint64_t>(kMax.count()), 0);
        return WallTime(base::milliseconds(static_cast<std::int64_t>(ms)));
    }

    void refuse(std::string problem) {
        if (problem_.empty()) {
            problem_ = std::move(problem);
        }
    }

    std::string problem_;
    const Json empty_ = Json::array();
};

Error unusable(std::string why) {
    return {Errc::malformed, std::move(why)};
}

}  // namespace

std::string saved_state_text(const SavedState& state, std::string_view release) {
    Json pools = Json::array();
    for (const SavedPool& pool : state.pools) {
        pools.push_back(pool_object(pool));
    }
    const std::string body = http::to_text(
        {{"written_by", "ringside " + std::string(release)}, {"pools", std::move(pools)}});
    return fmt::format("{}{} {}\n{}", kMagic, kSavedStateVersion, checksum(body), body);
}

base::Expected<SavedState> parse_saved_state(std::string_view text) {
    if (text.empty()) {
        return unusable("it is empty");
    }
    const std::size_t end = text.find('\n');
    std::string_view head = text.substr(0, end);
    if (end == std::string_view::npos || !head.starts_with(kMagic)) {
        return unusable("it does not begin as a saved state does");
    }
    head.remove_prefix(kMagic.size());
    const std::size_t blank = head.find(' ');
    const auto version = base::parse_unsigned(head.substr(0, blank), 0, UINT64_MAX);
    if (!version || blank == std::string_view::npos) {
        return unusable("it does not begin as a saved state does");
    }
    if (*version != kSavedStateVersion) {
        return unusable(fmt::format("it is of version {}, and this release reads version {}",
                                    *version, kSavedStateVersion));
    }
    const std::string_view body = text.substr(end + 1);
    if (head.substr(blank + 1) != checksum(body)) {
        return unusable("its checksum is wrong: it was changed, or is not whole");
    }
    const auto document = http::parse_json(body);
    if (!document) {
        return unusable(document.error().message);
    }
    Reader reader;
    SavedState state = reader.state(*document);
    if (!reader.problem().empty()) {
        return unusable(reader.problem());
    }
    return state;
}

}  // namespace ringside::discovery
