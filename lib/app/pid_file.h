// The file that tells others which process serves.
#pragma once

#include "base/expected.h"
#include "io/file_descriptor.h"

#include <sys/types.h>

#include <string>

namespace ringside::app {

// Owned by run(). Locked while it lives, so that a live owner is told from a number that a dead
// process, or one of an earlier boot, has left behind: only the former keeps a second process away.
class PidFile {
  public:
    // Writes this process's id: decimal without a line end, mode 0644, as nutcracker
    // (nc.c, nc_create_pidfile). The error names the file; conflict if it belongs to a live
    // process, other than `predecessor`, whose file is replaced; 0: no process.
    static base::Expected<PidFile> create(const std::string& path, pid_t predecessor = 0);
    // Removes the file, unless somebody has put another one in its place.
    ~PidFile();

    // Lets go of the file and leaves it where it is: its next owner may be replacing it just now.
    // If there is none it holds the number of a dead process, which keeps nobody away.
    void leave() noexcept { file_ = io::FileDescriptor(); }

    PidFile(PidFile&& other) noexcept = default;
    PidFile& operator=(PidFile&&) = delete;

  private:
    static base::Expected<PidFile> replace(const std::string& path);
    PidFile(std::string path, io::FileDescriptor file);

    std::string path_;
    io::FileDescriptor file_;  // none: moved from
};

}  // namespace ringside::app
