#include "app/log_documentation.h"

#include "base/log_fields.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace ringside::app {
namespace {

constexpr std::string_view kIntroduction = R"(# Log

<!-- Generated from lib/base/log_events.def by `ringside --print-docs log`; a test compares. -->

One line for each change of something, never one for each request. They go to standard error, or to
the file of `--output`, which SIGHUP opens again. Nobody waits for the log: lines that are not taken
in time are dropped, counted and told of. `--verbose`, SIGTTIN, SIGTTOU and `POST /log` say from
which level on there are lines: error, warn, info or debug.

With `ringside.log_format: json` each line is an object:

```json
{"time": "2024-05-01T12:00:00.123Z", "level": "warning",
 "message": "pool alpha: node n1 lost: Connection refused",
 "event": "node_lost", "pool": "alpha", "node": "n1", "cause": "Connection refused"}
```

on one line. `event` is one of the names below and keeps its meaning from release to release; the
message is for people, and may change. `pool`, `node` (its name on the ring), `source`, `cause`,
`from` and `to`, and of ringside-injector `namespace`, `pod` and `owner`, are there where the line
is about one. Lines of the level debug have the message alone.

| event | what has happened |
|---|---|
)";

}  // namespace

std::string log_markdown() {
    std::string text(kIntroduction);
    for (const base::LogEventRow& event : base::log_events()) {
        fmt::format_to(std::back_inserter(text), "| `{}` | {} |\n", event.name, event.help);
    }
    return text;
}

}  // namespace ringside::app
