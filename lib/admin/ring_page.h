// The ring page: its text, and the policy that lets a browser run nothing else. Both are made from
// the files of lib/admin/page/ by embed.cmake when the program is built.
#pragma once

#include <string_view>

namespace ringside::admin {

extern const std::string_view kRingPage;        // HTML, with its style and its script inside
extern const std::string_view kRingPagePolicy;  // for Content-Security-Policy

}  // namespace ringside::admin
