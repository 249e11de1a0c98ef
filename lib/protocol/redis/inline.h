// The words of an inline Redis command, as Redis reads them (sds.c, sdssplitargs).
#pragma once

#include "protocol/framing.h"

#include <string>
#include <string_view>
#include <vector>

namespace ringside::protocol {

// Splits a line without its end at blanks. "..." is one word with the escapes \n \r \t \b \a \xhh,
// a backslash before any other byte standing for that byte; '...' is one word in which only \' is
// an escape. False if a quote is not closed, or not followed by a blank.
//
// The words refer to the line, and `decoded` stays empty, unless the line has a quote: then they
// refer to `decoded`.
bool split_inline_words(std::string_view line, std::vector<Slice>& words,
                        std::string& decoded) noexcept;

}  // namespace ringside::protocol
