#include "inject/json.h"

#include <fmt/core.h>

#include <vector>

namespace ringside::inject {
namespace {

// Looks at a text before a document is made of it.
class Limits : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return value() && open(false); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return value() && open(true); }
    bool end_array() override { return close(); }
    bool key(string_t&) override {
        if (++around_.back().count > kJsonMembersMax) {
            problem_ = fmt::format("a map has more than {} members", kJsonMembersMax);
        }
        return problem_.empty();
    }
    bool parse_error(std::size_t byte, const std::string&,
                     const nlohmann::detail::exception&) override {
        problem_ = fmt::format("no JSON at byte {}", byte);
        return false;
    }

    const std::string& problem() const noexcept { return problem_; }

  private:
    struct Level {
        bool is_list;
        std::size_t count = 0;  // of members or items so far
    };

    bool value() {
        if (!around_.empty() && around_.back().is_list && ++around_.back().count > kJsonItemsMax) {
            problem_ = fmt::format("a list has more than {} items", kJsonItemsMax);
        }
        return problem_.empty();
    }
    bool open(bool is_list) {
        if (around_.size() == kJsonDepthMax) {
            problem_ = fmt::format("nested deeper than {}", kJsonDepthMax);
        }
        around_.push_back({is_list});
        return problem_.empty();
    }
    bool close() {
        around_.pop_back();
        return true;
    }

    std::vector<Level> around_;
    std::string problem_;
};

}  // namespace

base::Expected<Json> parse_json(std::string_view text) {
    Limits limits;
    if (!Json::sax_parse(text.begin(), text.end(), &limits)) {
        return base::Error{base::Errc::malformed, limits.problem()};
    }
    return Json::parse(text.begin(), text.end(), nullptr, false);
}

std::string json_text(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* member(const Json& document, std::string_view name) noexcept {
    if (!document.is_object()) {
        return nullptr;
    }
    for (const auto& [key, value] : document.get_ref<const Json::object_t&>()) {
        if (key == name) {
            return &value;
        }
    }
    return nullptr;
}

std::string_view text_member(const Json& document, std::string_view name) noexcept {
    const Json* const value = member(document, name);
    return value != nullptr && value->is_string() ? value->get_ref<const std::string&>()
                                                  : std::string_view();
}

}  // namespace ringside::inject
