// What an API server of Kubernetes says: whatever bytes a list or an event holds, values that can
// be used or an error in one line.
#include "discovery/endpoint_slice.h"

#include "base/check.h"
#include "discovery/node_address.h"
#include "discovery/slice_book.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace {

using ringside::discovery::EndpointSlice;
using ringside::discovery::SliceBook;

void check_text(std::string_view text) {
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }));
}

void check_members(const SliceBook& book) {
    for (const bool publish_not_ready : {false, true}) {
        const auto members = book.members({.service = "s",
                                           .name_space = "n",
                                           .port = "1",
                                           .publish_not_ready = publish_not_ready});
        if (!members) {
            check_text(members.error().message);
            continue;
        }
        CHECK(!members->members.empty());
        auto again = *members;
        CHECK(normalize(again).empty() && again == *members);
        for (const auto& member : members->members) {
            CHECK(ringside::discovery::is_host_text(member.address.host));
            CHECK(!ringside::discovery::is_forbidden_ip(member.address.host));
            check_text(member.name);
            CHECK(!member.name.empty() && member.address.port == 1);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    SliceBook book;
    auto list = ringside::discovery::parse_slice_list(text);
    if (list) {
        check_text(list->version + list->next);
        for (EndpointSlice& slice : list->slices) {
            static_cast<void>(book.set(std::move(slice)));
        }
    } else {
        check_text(list.error().message);
    }
    auto event = ringside::discovery::parse_watch_event(text);
    if (event) {
        check_text(event->version + event->problem);
        static_cast<void>(book.set(std::move(event->slice)));
    } else {
        check_text(event.error().message);
    }
    check_text(ringside::discovery::status_message(text));
    check_members(book);
    return 0;
}
