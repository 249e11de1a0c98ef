// The log's lines about changes that were asked for over the admin API, or about requests that were
// refused: one each, but no more than somebody can read, however many are asked for. Those that are
// left out are counted.
//
// Pure; a member of AdminSite.
#pragma once

#include "base/clock.h"
#include "http/message.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ringside::admin {

class Audit {
  public:
    // So many at once, and one more with each kInterval that has passed.
    static constexpr std::uint32_t kBurst = 30;
    static constexpr base::seconds kInterval{1};

    // The line about a request that was answered so; nothing if there were too many before.
    std::optional<std::string> line(const http::Request& request, const http::Response& response,
                                    base::TimePoint now);

  private:
    bool may_speak(base::TimePoint now) noexcept;

    base::TimePoint full_at_{};   // when all of kBurst are there again
    std::uint64_t left_out_ = 0;  // since the last line
};

}  // namespace ringside::admin
