// The columns of memcached's table, and the short forms that its rows are written in.
#include "protocol/memcache/rows.h"

using namespace ringside::protocol;

constexpr LocalAnswer kLocal{
    .text = "OK\r\n",
    .names_pool = false,
    .closes = false,
};
constexpr AnswerLine kLine{
    .form = LineForm::text,
    .text = "TOUCHED",
    .outcome = Outcome::ok,
};
constexpr Answers kAnswers{
    .shape = ReplyShape::line,
    .with_unique = false,
    .lines = {kLine},
};
constexpr MemcacheSpec kSpec{
    .block_length_word = 0,
    .arguments = Arguments::exptime,
    .last_word = LastWord::noreply_or_ignored,
    .too_large_entails = "",
    .answers = kAnswers,
    .remember = Remember::nothing,
    .local = kLocal,
};
constexpr memcache_rows::Words kWords{
    .least = 3,
    .most = 4,
    .last = LastWord::noreply_or_ignored,
};
constexpr memcache_rows::Keyless kKeyless{
    .name = "verbosity",
    .route = Route::local,
    .access = Access::none,
    .permission = Permission::always,
    .needs_facts = false,
    .words = kWords,
    .arguments = Arguments::level,
    .answers = kAnswers,
    .merge = Merge::none,
    .local = kLocal,
    .in_twemproxy = false,
    .doc = "Answered with OK.",
};
constexpr memcache_rows::Keyed kKeyed{
    .name = "touch",
    .command_class = CommandClass::write,
    .words = kWords,
    .arguments = Arguments::exptime,
    .block_length_word = 0,
    .too_large_entails = "",
    .answers = kAnswers,
    .in_twemproxy = true,
    .doc = "Changes the time a value expires.",
};
constexpr memcache_rows::Retrieval kRetrieval{
    .name = "get",
    .access = Access::read,
    .first_key = 1,
    .arguments = Arguments::keys,
    .answers = kAnswers,
    .in_twemproxy = true,
    .doc = "Values of keys.",
};
constexpr memcache_rows::Refused kRefused{
    .name = "mg",
    .block_length_word = 0,
    .answer = "ERROR\r\n",
    .doc = "Not supported.",
};
