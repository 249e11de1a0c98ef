#include "discovery/file_machine.h"

#include "config/node_list.h"
#include "discovery/node_address.h"

#include <variant>

namespace ringside::discovery {

SourceActions FileMachine::resume(const SourceEvent& event, base::TimePoint now) {
    if (const auto* const started = std::get_if<Started>(&event)) {
        source_ = std::get<config::FileSource>(started->settings);
        return ask();
    }
    if (const auto* const changed = std::get_if<SettingsChanged>(&event)) {
        source_ = std::get<config::FileSource>(changed->settings);
        return ask();
    }
    if (std::holds_alternative<RefreshAsked>(event)) {
        return ask();
    }
    if (const auto* const answered = std::get_if<Answered>(&event)) {
        return {.tell = answered->bytes ? config::parse_node_list(*answered->bytes, source_.path,
                                                                  is_forbidden_ip)
                                        : answered->bytes.error(),
                .facts = SourceFacts{.way = "read whenever it changes", .last_poll = now}};
    }
    return {};
}

SourceActions FileMachine::ask() const {
    return {.ask = FileQuestion{.path = source_.path, .bytes_max = config::kNodeListBytesMax}};
}

}  // namespace ringside::discovery
