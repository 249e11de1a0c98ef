#include "app/state_keeper.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/moment.h"
#include "config/file.h"
#include "discovery/saved_state_text.h"
#include "io/replace_file.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace ringside::app {

using base::LogEvent;
namespace {

// A write that has begun so long ago is not under way any more.
constexpr base::seconds kTornFileAge{60};

std::string path_in(const std::string& directory) {
    return fmt::format("{}/{}", directory, kStateFileName);
}

base::Expected<discovery::SavedState> read_state(const std::string& path) {
    const auto text = config::read_regular_file(path, base::kStateBytesMax);
    if (!text) {
        return text.error();
    }
    if (text->size() > base::kStateBytesMax) {
        return base::Error{base::Errc::malformed, fmt::format("{}: it has more than {} bytes", path,
                                                              base::kStateBytesMax)};
    }
    auto state = discovery::parse_saved_state(*text);
    return state ? std::move(state) : state.error().in(path);
}

std::string summary(const discovery::SavedState& state) {
    std::size_t lists = 0;
    std::size_t ejections = 0;
    for (const discovery::SavedPool& pool : state.pools) {
        lists += pool.list ? 1 : 0;
        ejections += pool.ejections.size();
    }
    return fmt::format("{} lists of nodes and {} ejections", lists, ejections);
}

}  // namespace

std::optional<discovery::SavedState> StateKeeper::read(const std::string& directory) {
    const std::string path = path_in(directory);
    io::remove_torn_files(directory, kStateFileName, kTornFileAge);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        read_ = "there was none";
        base::log().info({LogEvent::state_file}, "state {}: there is none yet", path);
        return std::nullopt;
    }
    auto state = read_state(path);
    if (!state) {
        read_ = "ignored: " + state.error().message;
        base::log().warn({.event = LogEvent::state_file, .cause = state.error().message},
                         "state {}; it is ignored, and will be written anew",
                         state.error().message);
        return std::nullopt;
    }
    read_ = summary(*state);
    base::log().info({LogEvent::state_file}, "state {}: has {}", path, read_);
    kept_ = *state;
    directory_ = directory;
    return std::move(*state);
}

void StateKeeper::set_directory(std::string directory) {
    if (directory == directory_) {
        return;
    }
    directory_ = std::move(directory);
    kept_.reset();
    writer_.drop();
    on_change();
}

void StateKeeper::on_change() {
    if (directory_.empty() || is_due_) {
        return;
    }
    is_due_ = true;
    timer_.arm(std::max(base::Clock::now(), not_before_), [this] { write(); });
}

void StateKeeper::write() {
    is_due_ = false;
    not_before_ = base::Clock::now() + kPause;
    if (directory_.empty()) {
        return;
    }
    discovery::SavedState state = take_(base::moment_now());
    if (kept_ && says_the_same(*kept_, state)) {
        return;
    }
    kept_ = state;
    writer_.push(directory_, std::move(state));
}

void StateKeeper::finish() {
    if (directory_.empty()) {
        return;
    }
    timer_.cancel();
    writer_.push(directory_, take_(base::moment_now()));  // also for the times in it
    if (!writer_.flush(base::kStateFlushMax)) {
        const std::string why = writer_.facts().last_failure;
        base::log().warn({.event = LogEvent::state_file, .cause = why},
                         "state {}: not written at the end: {}", path_in(directory_),
                         why.empty() ? "the disk takes too long" : why);
    }
}

admin::StateView StateKeeper::view() const {
    const StateWriter::Facts facts = writer_.facts();
    return {.path = directory_.empty() ? std::string() : path_in(directory_),
            .read = read_,
            .writes = facts.writes,
            .failures = facts.failures,
            .last_failure = facts.last_failure,
            .written_at = facts.written_at};
}

}  // namespace ringside::app
