// What an API server posts to the webhook: whatever the bytes, an answer that it can read, or 400;
// and a patch that does what it is meant to, as the engine itself has proved it.
#include "base/check.h"
#include "inject/review.h"
#include "inject/yaml.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace ringside::inject;

const Template& injected() {
    static const Template made = [] {
        auto parsed = parse_template(builtin_template(), "template");
        CHECK(parsed);
        parsed->pools = *json_of_yaml(
            "{cache: {port: 11211, servers: ['h:1:1']}, s: {socket: true, servers: ['h:1:1']}}",
            "pools");
        return std::move(*parsed);
    }();
    return made;
}

void check_line(std::string_view text) {
    CHECK(std::none_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const OptIn opt_in : {OptIn::by_pod, OptIn::by_namespace}) {
        const Review answer = review(text, injected(), opt_in);
        if (answer.http_status == 400) {
            CHECK(answer.body.ends_with('\n'));
            check_line(std::string_view(answer.body).substr(0, answer.body.size() - 1));
            continue;
        }
        CHECK(answer.http_status == 200);
        CHECK(answer.outcome.skip != SkipReason::patch_invalid);
        const auto body = parse_json(answer.body);
        CHECK(body);
        const Json* const response = member(*body, "response");
        CHECK(response != nullptr && text_member(*response, "uid") == answer.uid);
        CHECK(*member(*response, "allowed") == true);
        CHECK((member(*response, "patch") == nullptr) == answer.outcome.patch.empty());
        CHECK(answer.outcome.skip.has_value() == answer.outcome.patch.empty());
        check_line(answer.outcome.detail);
        for (const std::string& warning : answer.outcome.warnings) {
            CHECK(warning.size() <= kWarningBytesMax);
            check_line(warning);
        }
    }
    return 0;
}
