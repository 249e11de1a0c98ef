// What a real API server of Kubernetes said (tests/recordings/kubernetes).
#pragma once

#include "http/response_reader.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ringside::discovery {

// The body, without its framing.
inline std::string recorded(const std::string& name) {
    std::ifstream file(checkout::path("tests/recordings/kubernetes/" + name + ".http"),
                       std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_FALSE(bytes.empty()) << name;
    std::string body;
    http::ResponseReader reader(http::Method::get,
                                [&body](std::string_view part) { body += part; });
    EXPECT_TRUE(reader.take(bytes)) << name;
    EXPECT_TRUE(reader.is_complete()) << name;
    return body;
}

// Its lines, without their ends.
inline std::vector<std::string> recorded_lines(const std::string& name) {
    const std::string body = recorded(name);
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < body.size();) {
        const std::size_t end = body.find('\n', begin);
        lines.push_back(body.substr(begin, end - begin));
        begin = end == std::string::npos ? body.size() : end + 1;
    }
    return lines;
}

}  // namespace ringside::discovery
