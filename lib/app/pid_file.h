// The file that tells others which process serves.
#pragma once

#include "base/expected.h"
#include "io/file_descriptor.h"

#include <string>

namespace ringside::app {

// Owned by run(). Locked while it lives, so that a live owner is told from a number that a dead
// process, or one of an earlier boot, has left behind: only the former keeps a second process away.
class PidFile {
  public:
    // Writes this process's id: decimal without a line end, mode 0644, as nutcracker
    // (nc.c, nc_create_pidfile). The error names the file; conflict if it belongs to a live
    // process.
    static base::Expected<PidFile> create(const std::string& path);
    // Removes the file, unless somebody has put another one in its place.
    ~PidFile();

    PidFile(PidFile&& other) noexcept = default;
    PidFile& operator=(PidFile&&) = delete;

  private:
    PidFile(std::string path, io::FileDescriptor file);

    std::string path_;
    io::FileDescriptor file_;  // none: moved from
};

}  // namespace ringside::app
