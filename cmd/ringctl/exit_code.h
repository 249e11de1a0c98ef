// What ringctl tells scripts by its exit code; also in --help.
#pragma once

namespace ringside::ctl {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;  // the API answered with an error, or is not ready
inline constexpr int kExitMoved = 1;    // of compare: keys live on other nodes
inline constexpr int kExitFailed = 2;   // wrong usage, nobody answers, or not all was compared

}  // namespace ringside::ctl
