// The files of the system that say how names are found: hosts, and whether resolv.conf has changed.
//
// Read on the control thread: they are small and local. Whether they have changed is seen by one
// stat() when it matters, not by a watch: it also works where a file is mounted over another.
#pragma once

#include "base/clock.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ringside::io {

// Tells one state of a file from another. All zero: there is no file.
struct FileStamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;

    static FileStamp of(const std::string& path);
    bool operator==(const FileStamp&) const = default;
};

// Names in lower case -> addresses, in the order of the lines.
using HostTable = std::unordered_map<std::string, std::vector<std::string>>;

// hosts(5): "IP name alias... # comment". Lines that are something else are left out.
HostTable parse_hosts(std::string_view text);

class HostsFile {
  public:
    explicit HostsFile(std::string path) : path_(std::move(path)) {}

    // The addresses of a name; null if it is not there. Looks first whether the file has changed.
    // Requires: lower case.
    const std::vector<std::string>* find(const std::string& name);

  private:
    std::string path_;
    FileStamp stamp_;  // of what was read
    HostTable table_;
};

}  // namespace ringside::io
