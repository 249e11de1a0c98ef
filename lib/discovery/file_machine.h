// How a list of nodes in a file is followed. Pure.
//
// It is read when the source is started or somebody wants to know now, and whenever it has changed:
// the question stays. What cannot be read or used as a whole is a failure and changes nothing.
#pragma once

#include "base/clock.h"
#include "config/source.h"
#include "discovery/source_machine.h"

#include <cstdint>

namespace ringside::discovery {

class FileMachine final : public SourceMachine {
  public:
    // There is nothing to spread: a file is nobody's server.
    explicit FileMachine(std::uint64_t) {}

    SourceActions resume(const SourceEvent& event, base::TimePoint now) override;

  private:
    SourceActions ask() const;

    config::FileSource source_;
};

}  // namespace ringside::discovery
