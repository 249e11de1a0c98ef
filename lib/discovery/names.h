// Looks up host names for all who use them, and keeps them looked up: a NameBook with a timer and
// somebody to ask.
//
// A lookup belongs to its name and not to who wanted it: it may take longer than any request or
// poll, and still counts when it is answered. Owned by App; control thread only.
#pragma once

#include "discovery/name_book.h"
#include "io/event_loop.h"
#include "io/name_resolver.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ringside::discovery {

// Told after each answer to one of the names, and soon after use() of those that are known already.
// `failed`: this lookup found nothing. Never called from inside a call of Names.
using OnName = std::function<void(const std::string& host, const NameState& state, bool failed)>;

class Names {
  public:
    using OnAnswer = std::function<void(NameAnswer)>;
    // Begins a lookup; the answer comes later, on the control thread, unless the result is dropped.
    using Ask = std::function<std::shared_ptr<void>(const std::string& host, OnAnswer)>;

    // `loop` outlives it.
    Names(io::EventLoop& loop, Ask ask);
    ~Names();

    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;

    // Somebody who uses names: they are looked up as long as one user has them.
    class User {
      public:
        ~User();
        User(const User&) = delete;
        User& operator=(const User&) = delete;

        // These and no others from now on.
        void use(const std::set<std::string>& hosts);

      private:
        friend class Names;
        User(Names& names, OnName on_name) : names_(names), on_name_(std::move(on_name)) {}

        Names& names_;
        const OnName on_name_;
        std::set<std::string> hosts_;
    };
    using UserPtr = std::unique_ptr<User>;

    // The user must be gone before the Names are.
    [[nodiscard]] UserPtr open(OnName on_name);

    // As NameBook.
    const NameState* find(const std::string& host) const noexcept { return book_.find(host); }
    void ask_again(const std::string& host);

  private:
    void change_use(User& user, const std::set<std::string>& hosts);
    void ask_due();
    void on_answer(const std::string& host, NameAnswer answer);
    void log_news(const std::string& host, NameNews news, base::TimePoint lost_since) const;
    void tell(const std::string& host, bool failed);

    io::EventLoop& loop_;
    const Ask ask_;
    NameBook book_;
    io::EventLoop::Timer timer_;
    std::vector<User*> users_;
    std::map<std::string, std::size_t> use_counts_;
    std::map<std::string, std::shared_ptr<void>> questions_;  // under way, by name
    std::shared_ptr<Names*> self_;  // null inside once this is gone, for what was posted
};

// Asks a resolver, which outlives what asks by it. Addresses that no node can have
// (is_forbidden_ip()) are left out: whoever writes a zone shall not have us talk to the metadata
// service of a cloud.
Names::Ask ask_by(io::NameResolver& resolver);

}  // namespace ringside::discovery
