#include "io/file_watch.h"

#include "io/file_descriptor.h"
#include "io/socket.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ringside::io {
namespace {

// Writers make several changes at once: the first one starts this time, at its end the receiver is
// told. Not started anew, so that a busy folder cannot put it off for ever.
constexpr base::milliseconds kCollectTime{200};

// What makes a new content: written to the end, moved here, or gone so that it may come again.
constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

std::string folder_of(const std::filesystem::path& path) {
    const std::filesystem::path folder = path.parent_path();
    return folder.empty() ? "." : folder.string();
}

}  // namespace

struct FileWatch::State {
    State(EventLoop& loop, std::string watched, std::function<void()> callback)
        : path(std::move(watched)),
          on_change(std::move(callback)),
          descriptor(loop.context()),
          collecting(loop) {}

    std::string path;
    std::function<void()> on_change;
    boost::asio::posix::stream_descriptor descriptor;  // of inotify
    EventLoop::Timer collecting;
    bool is_collecting = false;

    // What the path leads to may be another folder and file each time. Adding what is watched
    // already changes nothing (inotify_add_watch(2)). False if even the first folder cannot be.
    bool watch() {
        std::error_code no_such_file;
        const std::filesystem::path target = std::filesystem::canonical(path, no_such_file);
        if (!no_such_file) {
            add(folder_of(target));
            add(target.string());  // seen through another mount, it has no folder here
        }
        return add(folder_of(path));
    }
    bool add(const std::string& place) {
        return ::inotify_add_watch(descriptor.native_handle(), place.c_str(), kEvents) >= 0;
    }
    void drop_events() {
        alignas(inotify_event) std::array<char, 4096> events{};
        while (::read(descriptor.native_handle(), events.data(), events.size()) > 0) {
        }
    }

    static void wait(const std::shared_ptr<State>& state);
    static void on_events(const std::shared_ptr<State>& state);
};

void FileWatch::State::wait(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(
        boost::asio::posix::descriptor_base::wait_read,
        [weak = std::weak_ptr<State>(state)](const boost::system::error_code& failure) {
            const auto watching = weak.lock();
            if (watching && !failure) {
                on_events(watching);
            }
        });
}

void FileWatch::State::on_events(const std::shared_ptr<State>& state) {
    state->drop_events();
    wait(state);
    if (std::exchange(state->is_collecting, true)) {
        return;
    }
    state->collecting.arm(base::Clock::now() + kCollectTime, [weak = std::weak_ptr<State>(state)] {
        if (const auto watching = weak.lock()) {
            watching->is_collecting = false;
            watching->watch();
            watching->on_change();
        }
    });
}

base::Expected<std::unique_ptr<FileWatch>> FileWatch::open(EventLoop& loop, const std::string& path,
                                                           std::function<void()> on_change) {
    FileDescriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify) {
        return base::Error{base::Errc::io, system_message("inotify_init1", errno)};
    }
    auto state = std::make_shared<State>(loop, path, std::move(on_change));
    state->descriptor.assign(inotify.release());
    if (!state->watch()) {
        return base::Error{base::Errc::io, system_message("inotify_add_watch", errno)};
    }
    State::wait(state);
    return std::unique_ptr<FileWatch>(new FileWatch(std::move(state)));
}

FileWatch::FileWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}

FileWatch::~FileWatch() {
    boost::system::error_code ignored;
    state_->descriptor.close(ignored);
    state_->collecting.cancel();
}

}  // namespace ringside::io
