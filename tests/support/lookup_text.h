// What was found of a name, as text for tests.
#pragma once

#include "io/lookup_result.h"

#include <string>
#include <variant>

namespace ringside::io::test {

// "10.0.0.1 10.0.0.2", or the problem in words.
inline std::string text_of(const LookupResult& result) {
    const auto* found = std::get_if<FoundAddresses>(&result);
    if (found == nullptr) {
        return std::string(to_string(std::get<LookupProblem>(result)));
    }
    std::string text;
    for (const std::string& ip : found->ips) {
        text += (text.empty() ? "" : " ") + ip;
    }
    return text;
}

}  // namespace ringside::io::test
