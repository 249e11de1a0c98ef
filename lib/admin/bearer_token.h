// The token that who asks the admin API has to show: what a file says at the time of the request.
//
// A value of Access; control thread only. The file is small and read for each request that needs it
// (docs/decisions/047-a-token-for-the-admin-api.md), so there is nothing to be told of a change.
#pragma once

#include "base/expected.h"

#include <string>
#include <string_view>

namespace ringside::admin {

class BearerToken {
  public:
    // None is asked for.
    BearerToken() = default;
    // That of this file. The error names the file: it cannot be read, holds no token, or is one
    // that everybody may write.
    static base::Expected<BearerToken> open(std::string path);

    bool is_asked_for() const noexcept { return !path_.empty(); }
    // Whether the value of an Authorization field shows it. While the file cannot be read, or is
    // not as open() wants it, the last token holds: the log says so once. How long it takes does
    // not depend on how much of a wrong token is right.
    bool is_shown_by(std::string_view authorization);

  private:
    void read_again();

    std::string path_;
    std::string token_;
    std::string problem_;  // of reading it the last time
};

}  // namespace ringside::admin
