// What ringctl tells scripts by its exit code. The table stands in the help, too.
#pragma once

#include <array>
#include <string_view>

namespace ringside::ctl {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitMoved = 1;  // of compare
inline constexpr int kExitFailed = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitDegraded = 4;
inline constexpr int kExitDown = 5;

struct ExitCode {
    int code;
    std::string_view meaning;
};

inline constexpr auto kExitCodes = std::to_array<ExitCode>({
    {kExitOk, "done; status, check: all is well"},
    {kExitRefused,
     "the API refused; health: not ready; compare: keys live on other nodes; drain: links are "
     "left"},
    {kExitFailed,
     "wrong usage, as ringctl or the API says; compare: not everything could be compared; or the "
     "output could not be written"},
    {kExitUnreachable, "nobody answers, or there are several processes to choose from"},
    {kExitDegraded, "status: a pool is degraded; check: something wants to be looked at"},
    {kExitDown, "status: a pool is down; check: something is broken"},
});

}  // namespace ringside::ctl
