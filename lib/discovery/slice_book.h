// The EndpointSlices of a service, and the nodes that they make together. Pure.
//
// A service has several: by address family, by port, and by number. One endpoint may be in two of
// them for a moment. What comes out depends on what they say, not on the order in which they came.
#pragma once

#include "base/expected.h"
#include "discovery/endpoint_slice.h"
#include "routing/membership.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace ringside::discovery {

// What is wanted of the service.
struct ServiceView {
    std::string service;
    std::string name_space;
    std::string port;  // a port's name or its number; empty: the only one
    bool publish_not_ready = false;
};

class SliceBook {
  public:
    // Over them nothing is taken.
    static constexpr std::size_t kSlicesMax = 1024;
    static constexpr std::size_t kEndpointsMax = 16'384;

    // A slice that is new, or another than before. malformed: it is too much.
    base::Status set(EndpointSlice slice);
    void remove(const std::string& name);

    // One node for each endpoint that serves and is not about to go; if there is none of these, for
    // each that still serves while it goes, as kube-proxy has it. With publish_not_ready those that
    // do not serve count as well. At least one; or not_found, which says why there is none.
    //
    // A node is called by its host name; without one, or if another pod has the same, by its pod's
    // name; else by its address. Further addresses of the same node follow the first, IPv4 first.
    base::Expected<routing::Membership> members(const ServiceView& view) const;

  private:
    std::map<std::string, EndpointSlice> slices_;  // by name
    std::size_t endpoints_ = 0;                    // of all
};

}  // namespace ringside::discovery
