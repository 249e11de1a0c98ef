// Members of the API's answers as text.
#pragma once

#include "http/json.h"
#include "view.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::ctl {

std::string percent(double share);  // 0.5 is "50.0%"
std::string number(const http::Json& value);
std::string counted(std::int64_t count, std::string_view noun);  // "1 link", "3 links"
std::string text_or_dash(const http::Json& value);               // "-" if it is null
std::string seconds_of(const http::Json& milliseconds);          // "7s"; "-" if it is null
std::string ms_of(const http::Json& microseconds);               // "1.234 ms"; "-" if it is null

// "label         value", one line.
std::string line(std::string_view label, const std::string& value);
void add_names(std::string& text, std::string_view label, const http::Json& names);

// The line about a list from before the start, if `object` is one.
void add_staleness(std::string& text, const http::Json& object);

// A pool's sources in order of preference. What the one that decides says is in force.
std::string sources_table(const http::Json& sources, const View& view);

// "+c -a ~b !d ^e": added, removed, changed, ejected, returned by a change of the ring.
std::string who_changed(const http::Json& change);

// Its causes, with commas between them.
std::string causes_of(const http::Json& change);

}  // namespace ringside::ctl
