// What the process's log says on stderr meanwhile. The log is written by a thread of its own.
#pragma once

#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::base {

class CapturedLog {
  public:
    CapturedLog() {
        log().flush();  // what was said before is none of it
        ::testing::internal::CaptureStderr();
    }

    // To be called once.
    std::string take() {
        log().flush();
        return ::testing::internal::GetCapturedStderr();
    }
};

}  // namespace ringside::base
