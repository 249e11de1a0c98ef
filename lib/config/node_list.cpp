#include "config/node_list.h"

#include "base/limits.h"
#include "config/address_text.h"
#include "config/text.h"
#include "config/yaml_text.h"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>

namespace ringside::config {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using routing::Member;
using routing::Membership;

constexpr const char* kForms =
    "write \"- HOST:PORT:WEIGHT [NAME]\" or \"- {address: HOST:PORT, weight: 1, name: NAME}\" for "
    "each node";

// Lives for one text; may throw what yaml-cpp throws.
class NodeList {
  public:
    NodeList(std::string_view file, bool (*is_forbidden)(std::string_view))
        : file_(file), is_forbidden_(is_forbidden) {}

    Expected<Membership> parse(const std::string& text) const;

    // "FILE:LINE:COLUMN: reason".
    Error at(const YAML::Mark& mark, std::string_view reason) const {
        return in_file(fmt::format("{}:{}: {}", line_of(mark), column_of(mark), reason), ":");
    }
    // "FILE: reason", of what is nowhere in it.
    Error in_file(std::string_view reason, std::string_view separator = ": ") const {
        return Error{Errc::malformed, fmt::format("{}{}{}", file_, separator, reason)};
    }

  private:
    Expected<YAML::Node> find_list(const std::string& text) const;
    Expected<Membership> parse_nodes(const YAML::Node& list) const;
    Expected<Member> parse_node(const YAML::Node& entry) const;

    std::string_view file_;
    bool (*is_forbidden_)(std::string_view);
};

Error refused(std::string reason) {
    return Error{Errc::malformed, std::move(reason)};
}

// The same node as one text, as in `servers:`. `entry` is a map.
Expected<std::string> text_of(const YAML::Node& entry) {
    std::map<std::string, std::string> given;
    for (const auto& pair : entry) {
        const YAML::Node& key = pair.first;
        const YAML::Node& value = pair.second;
        const std::string name = key.IsScalar() ? key.Scalar() : "";
        if (name != "address" && name != "weight" && name != "name") {
            return refused(fmt::format("{} is not a key; {}", in_quotes(name), kForms));
        }
        if (!value.IsScalar() || value.Scalar().empty()) {
            return refused(fmt::format("{} has no value; {}", name, kForms));
        }
        if (!given.emplace(name, value.Scalar()).second) {
            return refused(fmt::format("{} is given twice", name));
        }
    }
    if (!given.contains("address")) {
        return refused(fmt::format("\"address\" is missing; {}", kForms));
    }
    const std::string weight = given.contains("weight") ? given["weight"] : "1";
    const std::string name = given.contains("name") ? ' ' + given["name"] : "";
    for (const std::string& word : {given["address"], weight, name.substr(name.empty() ? 0 : 1)}) {
        if (word.find(' ') != std::string::npos) {
            return refused(fmt::format("{} holds a blank", in_quotes(word)));
        }
    }
    return fmt::format("{}:{}{}", given["address"], weight, name);
}

Expected<Membership> NodeList::parse(const std::string& text) const {
    const auto list = find_list(text);
    if (!list) {
        return list.error();
    }
    if (!list->IsSequence()) {
        return at(list->Mark(), fmt::format("this is not a list of nodes; {}", kForms));
    }
    if (list->size() == 0) {
        Error nobody = at(list->Mark(), "the list has no node");
        nobody.code = Errc::not_found;
        return nobody;
    }
    if (list->size() > base::kPoolNodesMax) {
        return at(list->Mark(), fmt::format("{} nodes are out of range 1..{}", list->size(),
                                            base::kPoolNodesMax));
    }
    return parse_nodes(*list);
}

Expected<YAML::Node> NodeList::find_list(const std::string& text) const {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    YamlInspector first;
    YamlInspector second;
    const bool has_first = parser.HandleNextDocument(first);
    if (!has_first || first.is_null()) {
        return in_file(fmt::format("the file is empty; {}", kForms));
    }
    if (!first.is_list() && !first.is_map()) {
        return at(first.mark(), fmt::format("this is not a list of nodes; {}", kForms));
    }
    if (parser.HandleNextDocument(second)) {
        return at(second.mark(), "a second YAML document starts here; write only one");
    }
    const YAML::Node root = YAML::Load(text);
    if (!first.is_map()) {
        return root;
    }
    YAML::Node list(YAML::NodeType::Undefined);
    for (const auto& pair : root) {
        const YAML::Node& key = pair.first;
        if (!key.IsScalar() || key.Scalar() != "servers") {
            return at(key.Mark(), fmt::format("{} is not a key; the only one is \"servers\"",
                                              in_quotes(key.IsScalar() ? key.Scalar() : "")));
        }
        if (list.IsDefined()) {
            return at(key.Mark(), "\"servers\" is given twice");
        }
        list.reset(pair.second);
    }
    if (!list.IsDefined()) {
        return at(first.mark(), fmt::format("this is not a list of nodes; {}", kForms));
    }
    return list;
}

Expected<Membership> NodeList::parse_nodes(const YAML::Node& list) const {
    Membership membership;
    std::map<std::string, std::size_t> index_of_name;
    std::size_t index = 0;
    for (const auto& entry : list) {
        const auto refuse = [&](std::string_view reason) {
            return at(entry.Mark(), fmt::format("nodes[{}]: {}", index, reason));
        };
        auto member = parse_node(entry);
        if (!member) {
            return refuse(member.error().message);
        }
        const auto [other, is_new] = index_of_name.emplace(member->name, index);
        if (!is_new) {
            return refuse(fmt::format("nodes[{}] has the same ring name {}; names are unique",
                                      other->second, in_quotes(member->name)));
        }
        membership.members.push_back(std::move(*member));
        ++index;
    }
    routing::normalize(membership);
    return membership;
}

Expected<Member> NodeList::parse_node(const YAML::Node& entry) const {
    if (!entry.IsScalar() && !entry.IsMap()) {
        return refused(fmt::format("this is not a node; {}", kForms));
    }
    const auto text = entry.IsMap() ? text_of(entry) : Expected<std::string>(entry.Scalar());
    if (!text) {
        return text.error();
    }
    auto member = parse_server(*text);
    if (member && is_forbidden_(member->address.host)) {
        return refused(fmt::format("{} is an unspecified, multicast or link-local address",
                                   member->address.host));
    }
    return member;
}

}  // namespace

Expected<Membership> parse_node_list(std::string_view text, std::string_view file,
                                     bool (*is_forbidden)(std::string_view host)) {
    const NodeList list(file, is_forbidden);
    if (text.size() > kNodeListBytesMax) {
        return list.in_file(fmt::format("is larger than {} bytes", kNodeListBytesMax));
    }
    if (!is_utf8(text)) {
        return list.in_file("is not UTF-8");
    }
    try {
        return list.parse(std::string(text));
    } catch (const YAML::Exception& failure) {
        return list.at(failure.mark, failure.msg);
    }
}

}  // namespace ringside::config
