// The records of names, for whom a host's addresses are not enough: a source that reads a
// membership from them. As the nameservers say it now, without memory and without a search list;
// by the same nameservers as io/name_resolver.
//
// Owned by App; control thread only.
#pragma once

#include "base/clock.h"
#include "io/dns_answer.h"
#include "io/event_loop.h"
#include "io/name_files.h"
#include "io/name_resolver.h"

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringside::io {

class AresChannel;

// One name and the kind of records that are wanted of it.
struct RecordWish {
    std::string full_name;  // a dot at its end makes no difference
    RecordType type;
    // The nameserver whose word is known, as Answer names it: that of another one is wanted. If
    // there is but one it is asked again.
    std::string not_of = {};

    bool operator==(const RecordWish&) const = default;
};

class RecordResolver {
  public:
    struct Request {
        // May be empty, if only the search list is wanted.
        std::vector<RecordWish> wishes;
        // For all of them together; `timed_out` afterwards. When two fifths of it, or the options'
        // try_timeout, are over the next nameserver is asked: the third still has its time.
        base::milliseconds timeout;
    };
    struct Answer {
        std::vector<RecordResult> results;  // one for each wish, in their order
        SearchList search;                  // as resolv.conf has it now
        // Whose word each result is: "10.0.0.2:53". Empty: nobody's, as of a failure.
        std::vector<std::string> servers;
    };
    using OnAnswer = std::function<void(Answer)>;

    // One request that waits for its answer. Dropping the pointer means that nobody is told.
    struct Question;
    using QuestionPtr = std::shared_ptr<Question>;

    // `loop` outlives it. Of the options the limits on a lookup and the hosts file play no part.
    RecordResolver(EventLoop& loop, NameResolver::Options options);
    ~RecordResolver();

    RecordResolver(const RecordResolver&) = delete;
    RecordResolver& operator=(const RecordResolver&) = delete;

    // Calls `on_answer` once, later, never from inside ask(). It may destroy the resolver.
    [[nodiscard]] QuestionPtr ask(Request request, OnAnswer on_answer);

  private:
    // What a channel is made with.
    struct Kind {
        std::string without;
        base::milliseconds try_timeout;
        auto operator<=>(const Kind&) const = default;
    };
    std::shared_ptr<AresChannel> channel(const Kind& kind);

    EventLoop& loop_;
    const NameResolver::Options options_;
    FileStamp resolv_conf_;  // of the one that the channels have read
    // The newest of each kind that was asked for lately; older ones belong to questions under way.
    std::map<Kind, std::shared_ptr<AresChannel>> channels_;
};

}  // namespace ringside::io
