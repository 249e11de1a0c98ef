// What a node may answer a command of Redis with. Anything else is the answer to another one: the
// link is out of step, and closed.
//
// A rule holds what all versions of Redis from 2.8 on, and the servers that are compatible with it,
// are bound to. Where they differ, or the options of a request decide, it allows all of it: a node
// must not be lost for what it may say.
#pragma once

#include "protocol/command.h"
#include "protocol/outcome.h"
#include "protocol/redis/reply_types.h"

#include <cstdint>
#include <string_view>

namespace ringside::protocol {

// What a status may say.
enum class StatusWords : std::uint8_t {
    ok,      // "+OK"
    word,    // anything but "+QUEUED", which answers what follows a MULTI: no node is sent one
    script,  // anything
};

// How many elements an aggregate has.
enum class Elements : std::uint8_t {
    any,
    remembered,  // as many as were remembered of the request
    pairs,       // an even number; of a map any
    two,
};

// In one version of RESP.
struct AnswerTypes {
    ReplyTypes outer;  // of the answer itself
    ReplyTypes plain;  // likewise, to a request of which nothing was remembered
    ReplyTypes inner;  // of all values within it, on all levels
};

struct AnswerRule {
    constexpr AnswerRule() noexcept = default;  // nothing: no node is asked
    // By first bytes, in RESP2 and in RESP3. An error may always come. "_" in RESP3 says that null
    // may stand for it; the null of RESP2 must be named there by its "$" or "*", which says no more
    // than that if the like is missing in RESP3.
    constexpr AnswerRule(std::string_view types_resp2, std::string_view types_resp3)
        : resp2(types_of(types_resp2, kErrors2, "+:$*")),
          resp3(types_of(types_resp3, kErrors3, "+:$*_#,(=~%")),
          may_be_null(types_resp3.find('_') != std::string_view::npos),
          may_be_string(types_resp3.find('$') != std::string_view::npos) {}

    // Likewise the values within it.
    constexpr AnswerRule of(std::string_view types_resp2, std::string_view types_resp3) const {
        AnswerRule rule = *this;
        rule.resp2.inner = ReplyTypes(types_resp2);
        rule.resp3.inner = ReplyTypes(types_resp3);
        rule.may_have_nulls = types_resp3.find('_') != std::string_view::npos;
        rule.may_have_strings = types_resp3.find('$') != std::string_view::npos;
        return rule;
    }
    constexpr AnswerRule from(std::int64_t least) const {
        AnswerRule rule = *this;
        rule.number_min = least;
        return rule;
    }
    constexpr AnswerRule up_to(std::int64_t most) const {
        AnswerRule rule = *this;
        rule.number_max = most;
        return rule;
    }
    constexpr AnswerRule with(Elements number_of) const {
        AnswerRule rule = *this;
        rule.elements = number_of;
        return rule;
    }
    constexpr AnswerRule with(StatusWords words) const {
        AnswerRule rule = *this;
        rule.status = words;
        return rule;
    }
    constexpr AnswerRule with(Outcome of_null) const {
        AnswerRule rule = *this;
        rule.null = of_null;
        return rule;
    }
    // Number: at most that many. Elements::remembered: exactly.
    constexpr AnswerRule by(Remember what) const {
        AnswerRule rule = *this;
        rule.remember = what;
        return rule;
    }
    // To a request without options only this.
    constexpr AnswerRule without_options(std::string_view types_resp2,
                                         std::string_view types_resp3) const {
        AnswerRule rule = by(Remember::options);
        rule.resp2.plain = types_of(types_resp2, kErrors2, {}).outer;
        rule.resp3.plain = types_of(types_resp3, kErrors3, {}).outer;
        return rule;
    }

    AnswerTypes resp2;
    AnswerTypes resp3;
    std::int64_t number_min = INT64_MIN;  // of numbers, outside and inside
    std::int64_t number_max = INT64_MAX;
    StatusWords status = StatusWords::ok;
    Elements elements = Elements::any;
    Outcome null = Outcome::miss;  // what null means
    Remember remember = Remember::nothing;
    bool may_be_null = true;
    bool may_be_string = true;
    bool may_have_nulls = true;
    bool may_have_strings = true;

  private:
    static constexpr std::string_view kErrors2 = "-";
    static constexpr std::string_view kErrors3 = "-!";

    // What is of no type passes as well: what is wrong with it, framing says.
    static constexpr AnswerTypes types_of(std::string_view first_bytes, std::string_view errors,
                                          std::string_view inner) {
        ReplyTypes outer(first_bytes);
        for (const char byte : errors) {
            outer.add(reply_type_of(byte));
        }
        outer.add(ReplyType::other);
        return {outer, outer, ReplyTypes(inner)};
    }
};

// Whatever can be framed.
inline constexpr AnswerRule kAnyAnswer =
    AnswerRule("+-:$*_#,(!=~%", "+-:$*_#,(!=~%").of("+-:$*_#,(!=~%", "+-:$*_#,(!=~%");

}  // namespace ringside::protocol
