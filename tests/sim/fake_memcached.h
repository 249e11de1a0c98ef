// A node of the simulation: understands what the proxy writes, and answers from the key alone.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::sim {

// Every key exists and its value is a function of the key, so an answer that reaches another
// request is always visible. One object per link: it holds the bytes that are incomplete.
class FakeMemcached {
  public:
    // Takes bytes of the proxy; answers() grows by the answers to the requests completed by them.
    void receive(std::string_view bytes);

    // Answers not yet sent; the simulation takes them off the front as it likes.
    std::string& answers() { return answers_; }

    // All keys that requests on this link have named since the last call.
    std::set<std::string> take_keys() { return std::exchange(keys_, {}); }

    // True once something came that is no request the proxy may send.
    bool confused() const { return confused_; }

    static std::string value_of(std::string_view key);
    // The answer to "get key" that a client must see.
    static std::string answer_to_get(std::string_view key);

  private:
    bool serve_one();

    std::string pending_;
    std::string answers_;
    std::set<std::string> keys_;
    bool confused_ = false;
};

}  // namespace ringside::sim
