// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), read from a
// connection of its own.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "http/response_reader.h"
#include "io/file_descriptor.h"
#include "routing/node.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::ctl {

struct Event {
    std::string name;
    std::string data;
};

// Events from the text of a stream, which may come in any pieces. Pure. Ours are sent with a line
// of each kind at most, which ends with LF.
class EventParser {
  public:
    void take(std::string_view text);
    // The next one that is complete.
    std::optional<Event> next();

  private:
    void take_line(std::string_view line);

    std::string pending_;
    Event event_;
    std::deque<Event> events_;
};

// One connection; blocks its caller.
class EventStream {
  public:
    EventStream();
    ~EventStream();

    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    // Until the server has begun to answer, `limit` at most. Shows `token` unless it is empty. The
    // error may be a refusal, whose status is refusal() then.
    base::Status open(const routing::Address& address, std::string_view token,
                      base::milliseconds limit);
    std::optional<unsigned> refusal() const;

    // Waits for the next event; nothing: the server has ended the stream. The error says that the
    // connection is broken, or that even the sign of life that is due has not come.
    base::Expected<std::optional<Event>> next();

  private:
    base::Status connect(const routing::Address& address, base::milliseconds limit);
    base::Status read_some(base::milliseconds limit);

    io::FileDescriptor socket_;
    EventParser parser_;
    std::string refusal_;  // the body of what is no stream
    bool is_over_ = false;
    http::ResponseReader reader_;
};

}  // namespace ringside::ctl
