#include "proxy/transport.h"

namespace ringside::proxy {

// The words of strerror() where it has some: twemproxy's users search their logs for them.
std::string_view to_string(StreamEnd end) noexcept {
    switch (end) {
        case StreamEnd::eof:
            return "connection closed by the node";
        case StreamEnd::reset:
            return "Connection reset by peer";
        case StreamEnd::refused:
            return "Connection refused";
        case StreamEnd::no_connection:
            return "no connection";
        case StreamEnd::own_shortage:
            return "no socket for a connection";
        case StreamEnd::name_not_found:
            return "its name is still being looked up";  // else the snapshot says more
        case StreamEnd::connect_timeout:
            return "Connection timed out";
    }
    return "unknown";
}

}  // namespace ringside::proxy
