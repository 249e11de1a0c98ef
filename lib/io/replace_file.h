// Writes a file as a whole or not at all, whatever happens meanwhile. Blocks: not for the control
// thread or a worker.
#pragma once

#include "base/clock.h"
#include "base/expected.h"

#include <string>
#include <string_view>

namespace ringside::io {

// Has `bytes` in `directory`/`name`, with mode 0600, and on the disk when this returns: a file of
// this process beside it is written, synced and renamed. A link of that name is replaced, and never
// followed. If two processes do so the last one wins, and readers see one or the other. The error
// names the file and the step; what was there stays then.
base::Status replace_file(const std::string& directory, std::string_view name,
                          std::string_view bytes);

// What of replace_file() for this file was left behind by processes that were killed in it, at
// least so long ago.
void remove_torn_files(const std::string& directory, std::string_view name, base::seconds age);

}  // namespace ringside::io
