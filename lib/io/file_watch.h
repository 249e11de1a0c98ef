// Tells that a file may have changed: rewritten, replaced by a rename, or mounted anew.
//
// Owned by App; control thread only. Looks at folders rather than at the file, because what is
// replaced by a rename is another file: inotify(7). So Kubernetes' way to change a mounted
// ConfigMap is seen as well: the file is a link to `..data/NAME`, and `..data`, a link beside it,
// is renamed over.
#pragma once

#include "base/expected.h"
#include "io/event_loop.h"

#include <functional>
#include <memory>
#include <string>

namespace ringside::io {

class FileWatch {
  public:
    // Calls `on_change` on the loop's thread soon after something has happened in the folder of
    // `path`, in that of the file behind it if it is a link, or to the file itself; not for each
    // event, but at least once after the last. Whether the content is another one is for the
    // receiver to see. The error says why the folder cannot be watched. `loop` outlives it.
    static base::Expected<std::unique_ptr<FileWatch>> open(EventLoop& loop, const std::string& path,
                                                           std::function<void()> on_change);
    // May happen inside `on_change`.
    ~FileWatch();

    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;

  private:
    struct State;
    explicit FileWatch(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;  // its pending waits hold it weakly
};

}  // namespace ringside::io
