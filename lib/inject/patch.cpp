#include "inject/patch.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::inject {
namespace {

// RFC 6901, section 3.
std::string escaped(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (c == '~') {
            result += "~0";
        } else if (c == '/') {
            result += "~1";
        } else {
            result += c;
        }
    }
    return result;
}

bool is_same_item(const Json& before, const Json& after) {
    const std::string_view name = text_member(before, "name");
    return name.empty() ? before == after : name == text_member(after, "name");
}

class Difference {
  public:
    void compare(const Json& before, const Json& after, const std::string& path) {
        if (before == after) {
            return;
        }
        if (before.is_object() && after.is_object() && has_all_of(before, after)) {
            compare_maps(before, after, path);
        } else if (before.is_array() && after.is_array() && keeps_all_of(before, after)) {
            compare_lists(before, after, path);
        } else {
            say("replace", path, after);
        }
    }

    Json patch() && { return std::move(patch_); }

  private:
    // The members of `before` come first in `after`, in their order.
    static bool has_all_of(const Json& before, const Json& after) {
        const auto& old = before.get_ref<const Json::object_t&>();
        return old.size() <= after.size() &&
               std::equal(old.begin(), old.end(), after.get_ref<const Json::object_t&>().begin(),
                          [](const auto& a, const auto& b) { return a.first == b.first; });
    }

    static bool keeps_all_of(const Json& before, const Json& after) {
        std::size_t kept = 0;
        for (const Json& item : after) {
            kept += kept < before.size() && is_same_item(before[kept], item) ? 1 : 0;
        }
        return kept == before.size();
    }

    void compare_maps(const Json& before, const Json& after, const std::string& path) {
        for (const auto& [name, value] : after.items()) {
            const std::string inner = path + '/' + escaped(name);
            if (const Json* const old = member(before, name)) {
                compare(*old, value, inner);
            } else {
                say("add", inner, value);
            }
        }
    }

    // In their order, so that what is in front of a place is already as it will be.
    void compare_lists(const Json& before, const Json& after, const std::string& path) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < after.size(); ++i) {
            const std::string inner = path + '/' + std::to_string(i);
            if (kept < before.size() && is_same_item(before[kept], after[i])) {
                compare(before[kept++], after[i], inner);
            } else {
                say("add", inner, after[i]);
            }
        }
    }

    void say(const char* op, const std::string& path, const Json& value) {
        patch_.push_back({{"op", op}, {"path", path}, {"value", value}});
    }

    Json patch_ = Json::array();
};

}  // namespace

Json patch_between(const Json& before, const Json& after) {
    Difference difference;
    difference.compare(before, after, "");
    return std::move(difference).patch();
}

std::optional<Json> with_patch(const Json& document, const Json& patch) {
    try {
        return document.patch(patch);
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

}  // namespace ringside::inject
