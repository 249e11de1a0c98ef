// Tells those who listen to GET /events what has become of the rings.
//
// Owned by App; control thread only. The journals of the pools have it all: this looks for what is
// new in them when the snapshot is another one.
#pragma once

#include "admin/events.h"
#include "base/moment.h"
#include "discovery/controller.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace ringside::app {

class EventTeller {
  public:
    // Both outlive it.
    EventTeller(const discovery::Controller& controller, admin::Events& events)
        : controller_(controller), events_(events) {}

    // To be called after each event of the control loop. `workers`: how many there are.
    void look(std::size_t workers, const base::Moment& at);

  private:
    const discovery::Controller& controller_;
    admin::Events& events_;
    std::uint64_t version_ = 0;                         // of the snapshot that was looked at
    std::map<std::string, std::uint64_t> generations_;  // of its pools' rings
};

}  // namespace ringside::app
