// A Redis session for tests of what the proxy answers itself.
#pragma once

#include "protocol/redis/codec.h"
#include "unit/protocol/chunked.h"

#include <string>
#include <string_view>

namespace ringside::protocol::testing {

struct RedisSession {
    ClientState client{};
    std::string_view password{};
    std::uint32_t database = 0;
    bool strict_twemproxy = false;
    ProxyFacts facts{};
    AfterAnswer after = AfterAnswer::keep;

    // The answer to an inline command, without its CR LF: what was rejected when it was framed is
    // answered as well.
    std::string ask(std::string_view line) {
        const std::string bytes = std::string(line) + "\r\n";
        const Request request = frame_request(redis(), bytes);
        if (request.rejected()) {
            return request.frame.answer;
        }
        LocalContext context{.password = password,
                             .database = database,
                             .strict_twemproxy = strict_twemproxy,
                             .facts = facts,
                             .client = client};
        base::ByteBuffer out;
        after = redis().client.answer(request.frame, request.frame.text(bytes), context, out);
        return std::string(out.view());
    }
};

}  // namespace ringside::protocol::testing
