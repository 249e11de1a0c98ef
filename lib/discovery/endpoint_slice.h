// What an API server of Kubernetes says of a service's endpoints: its JSON, to values. No I/O.
//
// Source: k8s.io/api/discovery/v1/types.go, and the API concepts of Kubernetes ("Efficient
// detection of changes"). Lists may be null, fields may be missing: each has a meaning then. What a
// node is, is read without tolerance.
#pragma once

#include "base/expected.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

struct SliceEndpoint {
    std::string address = {};    // an IP, or a host name: the first one, as only that counts
    std::string host_name = {};  // of a StatefulSet's pod: "cache-0"; empty: none
    std::string pod = {};        // the pod's name; empty: not told
    std::string zone = {};
    bool ready = true;
    bool serving = true;
    bool terminating = false;

    bool operator==(const SliceEndpoint&) const = default;
};

struct SlicePort {
    std::string name;  // may be empty
    std::uint16_t port = 0;

    bool operator==(const SlicePort&) const = default;
};

struct EndpointSlice {
    std::string name;
    std::string version;  // of the resource: opaque
    std::vector<SliceEndpoint> endpoints;
    std::vector<SlicePort> ports;  // TCP only

    bool operator==(const EndpointSlice&) const = default;
};

struct EndpointSliceList {
    std::string version;  // of the whole: where a watch goes on
    std::string next;     // asks for the next page; empty: this is the last one
    std::vector<EndpointSlice> slices;
};

struct WatchEvent {
    enum class Kind : std::uint8_t { set, removed, bookmark, failed };

    Kind kind = Kind::bookmark;
    EndpointSlice slice;  // set, removed
    std::string version;  // but for failed: where a watch goes on
    unsigned code = 0;    // failed: as HTTP's status; 410: the version is too old
    std::string problem;  // failed: for a person
};

// A page of a list, an event, and a whole watch. Ten slices of a hundred endpoints are some 600 KB,
// the largest slice as much. Over them the answer is refused; a watch is opened anew.
inline constexpr std::size_t kSliceListBytesMax = std::size_t{4} << 20;
inline constexpr std::size_t kSliceEventBytesMax = std::size_t{2} << 20;
inline constexpr std::size_t kSliceWatchBytesMax = std::size_t{256} << 20;

// An endpoint slice may have no more (validation of the API server).
inline constexpr std::size_t kSliceEndpointsMax = 1000;

// The body of a list. malformed: what is wrong, without control characters. The names of hosts,
// pods and slices are names; addresses are such that a node can be there (node_address.h).
base::Expected<EndpointSliceList> parse_slice_list(std::string_view body);

// One line of a watch.
base::Expected<WatchEvent> parse_watch_event(std::string_view line);

// What the body of an error says for a person, or its beginning if that is no Status.
std::string status_message(std::string_view body);

}  // namespace ringside::discovery
