#include "discovery/endpoint_slice.h"

#include "discovery/node_address.h"
#include "http/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using http::Json;

// How much of the other side's words is repeated in a message.
constexpr std::size_t kShownBytesMax = 300;

// etcd's revisions are numbers, its continue tokens some hundred bytes of base64.
constexpr std::size_t kVersionBytesMax = 128;
constexpr std::size_t kTokenBytesMax = 8192;

std::string printable(std::string_view text) {
    std::string result(text.substr(0, kShownBytesMax));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return result + (text.size() > kShownBytesMax ? "..." : "");
}

// Null: it is missing, null, or of an object that is none.
const Json* find(const Json& object, const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Takes values out of a document; the first thing that is wrong stays in problem().
class Reader {
  public:
    const std::string& problem() const noexcept { return problem_; }
    bool is_good() const noexcept { return problem_.empty(); }

    EndpointSlice slice(const Json& object) {
        const Json& metadata = map(object, "metadata");
        EndpointSlice slice;
        slice.name = name(metadata, "name");
        if (slice.name.empty()) {
            refuse("an EndpointSlice has no name");
        }
        slice.version = version(metadata);
        const std::string family = text(object, "addressType");
        const Json& endpoints = list(object, "endpoints");
        if (endpoints.size() > kSliceEndpointsMax) {
            refuse(fmt::format("EndpointSlice {} has {} endpoints, more than {}", slice.name,
                               endpoints.size(), kSliceEndpointsMax));
            return slice;
        }
        for (const Json& each : endpoints) {
            const Json& addresses = list(each, "addresses");
            if (!addresses.empty()) {
                slice.endpoints.push_back(endpoint(each, addresses.front(), family));
            }
        }
        for (const Json& each : list(object, "ports")) {
            add_port(each, slice.ports);
        }
        return slice;
    }

    std::string version(const Json& metadata) {
        return token(metadata, "resourceVersion", kVersionBytesMax);
    }
    // Opaque: it goes back as it came.
    std::string token(const Json& object, const char* key, std::size_t bytes_max) {
        std::string token = text(object, key);
        if (token.size() > bytes_max || token != printable_token(token)) {
            refuse(fmt::format("{} is no usable text", key));
            token.clear();
        }
        return token;
    }
    const Json& map(const Json& object, const char* key) {
        const Json* const found = find(object, key);
        if (found != nullptr && !found->is_object()) {
            refuse(fmt::format("{} is not a map", key));
        }
        return found != nullptr && found->is_object() ? *found : empty_;
    }
    const Json& list(const Json& object, const char* key) {
        const Json* const found = find(object, key);
        if (found != nullptr && !found->is_array()) {
            refuse(fmt::format("{} is not a list", key));
        }
        return found != nullptr && found->is_array() ? *found : empty_;
    }
    std::string text(const Json& object, const char* key) {
        const Json* const found = find(object, key);
        if (found != nullptr && !found->is_string()) {
            refuse(fmt::format("{} is not text", key));
        }
        return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
    }

  private:
    void refuse(std::string problem) {
        if (problem_.empty()) {
            problem_ = printable(problem);
        }
    }
    static std::string printable_token(const std::string& text) {
        std::string result = text;
        std::erase_if(result, [](char c) { return c <= 0x20 || c > 0x7e; });
        return result;
    }
    // Empty: there is none.
    std::string name(const Json& object, const char* key) {
        std::string name = text(object, key);
        if (!name.empty() && !is_host_text(name)) {
            refuse(fmt::format("{} \"{}\" is not a name", key, name));
        }
        return name;
    }
    bool flag(const Json& object, const char* key, bool if_missing) {
        const Json* const found = find(object, key);
        if (found != nullptr && !found->is_boolean()) {
            refuse(fmt::format("{} is neither true nor false", key));
        }
        return found != nullptr && found->is_boolean() ? found->get<bool>() : if_missing;
    }

    SliceEndpoint endpoint(const Json& object, const Json& address, const std::string& family) {
        SliceEndpoint endpoint;
        endpoint.address = address.is_string() ? address.get<std::string>() : std::string();
        const bool is_name = family == "FQDN";
        if (is_name ? !is_host_text(endpoint.address) : !is_ip_text(endpoint.address)) {
            refuse(fmt::format("\"{}\" is no address of type \"{}\"", endpoint.address, family));
        } else if (is_forbidden_ip(endpoint.address)) {
            refuse(fmt::format("\"{}\" is an unspecified, multicast or link-local address",
                               endpoint.address));
        }
        endpoint.host_name = name(object, "hostname");
        endpoint.zone = name(object, "zone");
        const Json& target = map(object, "targetRef");
        if (text(target, "kind") == "Pod") {
            endpoint.pod = name(target, "name");
        }
        const Json& conditions = map(object, "conditions");
        endpoint.ready = flag(conditions, "ready", true);
        // Servers before 1.22 do not tell it.
        endpoint.serving = flag(conditions, "serving", endpoint.ready);
        endpoint.terminating = flag(conditions, "terminating", false);
        return endpoint;
    }

    void add_port(const Json& object, std::vector<SlicePort>& ports) {
        const Json* const number = find(object, "port");
        const std::string protocol = text(object, "protocol");
        if (number == nullptr || (!protocol.empty() && protocol != "TCP")) {
            return;
        }
        if (!number->is_number_unsigned() || number->get<std::uint64_t>() == 0 ||
            number->get<std::uint64_t>() > UINT16_MAX) {
            refuse("a port is out of range 1..65535");
            return;
        }
        ports.push_back({name(object, "name"), number->get<std::uint16_t>()});
    }

    const Json empty_ = Json::array();  // has neither keys nor elements
    std::string problem_;
};

Error malformed_list(std::string_view problem) {
    return Error{Errc::malformed, std::string(problem)};
}

}  // namespace

base::Expected<EndpointSliceList> parse_slice_list(std::string_view body) {
    const auto document = http::parse_json(body);
    if (!document) {
        return document.error();
    }
    Reader reader;
    if (reader.text(*document, "kind") != "EndpointSliceList") {
        return malformed_list("the answer is no EndpointSliceList");
    }
    EndpointSliceList list;
    const Json& metadata = reader.map(*document, "metadata");
    list.version = reader.version(metadata);
    list.next = reader.token(metadata, "continue", kTokenBytesMax);
    for (const Json& each : reader.list(*document, "items")) {
        list.slices.push_back(reader.slice(each));
    }
    if (!reader.is_good()) {
        return malformed_list(reader.problem());
    }
    if (list.version.empty()) {
        return malformed_list("the list has no resourceVersion");
    }
    return list;
}

base::Expected<WatchEvent> parse_watch_event(std::string_view line) {
    const auto document = http::parse_json(line);
    if (!document) {
        return document.error();
    }
    Reader reader;
    const std::string type = reader.text(*document, "type");
    const Json& object = reader.map(*document, "object");
    WatchEvent event;
    if (type == "ERROR") {
        event.kind = WatchEvent::Kind::failed;
        const Json* const code = find(object, "code");
        const bool has_code = code != nullptr && code->is_number_unsigned();
        event.code = has_code ? code->get<unsigned>() : 0;
        event.problem = printable(reader.text(object, "message"));
    } else if (type == "BOOKMARK") {
        event.version = reader.version(reader.map(object, "metadata"));
    } else if (type == "ADDED" || type == "MODIFIED" || type == "DELETED") {
        event.kind = type == "DELETED" ? WatchEvent::Kind::removed : WatchEvent::Kind::set;
        event.slice = reader.slice(object);
        event.version = event.slice.version;
    } else {
        return malformed_list(fmt::format("the watch tells \"{}\"", printable(type)));
    }
    if (!reader.is_good()) {
        return malformed_list(reader.problem());
    }
    if (event.kind != WatchEvent::Kind::failed && event.version.empty()) {
        return malformed_list("an event of the watch has no resourceVersion");
    }
    return event;
}

std::string status_message(std::string_view body) {
    const auto document = http::parse_json(body);
    if (document) {
        if (const Json* const message = find(*document, "message");
            message != nullptr && message->is_string()) {
            return printable(message->get<std::string>());
        }
    }
    return printable(body);
}

}  // namespace ringside::discovery
