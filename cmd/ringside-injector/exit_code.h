// What ringside-injector tells scripts by its exit code. The table stands in the help, too.
#pragma once

#include <array>
#include <string_view>

namespace ringside::injector {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

struct ExitCode {
    int code;
    std::string_view meaning;
};

inline constexpr auto kExitCodes = std::to_array<ExitCode>({
    {kExitOk, "done, or told to end; what needs nothing counts as done"},
    {kExitFailed,
     "a file cannot be read, a workload or the template is wrong, or the output could not be "
     "written: then there is none"},
    {kExitUsage, "wrong usage"},
});

}  // namespace ringside::injector
