// Moves bytes from one socket to another inside the kernel: splice(2) through a pipe.
//
// Owned by a StreamLoop, on its thread. The pipe is empty between two calls.
#pragma once

#include "io/file_descriptor.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace ringside::io {

class SplicePipe {
  public:
    struct Moved {
        std::size_t sent = 0;   // bytes that `to` has taken
        std::string_view rest;  // bytes behind them that it has not; valid until the next call
    };

    // At most `bytes_max` of what waits to be read at `from`, both non-blocking sockets. Nothing
    // moves if nothing waits, at the end of the stream, or where the kernel cannot splice: reading
    // tells which.
    Moved move(int from, int to, std::size_t bytes_max);

  private:
    bool open();
    std::string_view drain(std::size_t size);

    FileDescriptor read_end_;
    FileDescriptor write_end_;
    bool is_usable_ = true;
    std::vector<char> rest_;
};

}  // namespace ringside::io
