#include "protocol/memcache/codec.h"

#include "protocol/memcache/commands.h"
#include "protocol/memcache/words.h"
#include "protocol/protocol.h"
#include "protocol/wire_text.h"

namespace ringside::protocol {
namespace {

// What stands behind the line of a complete frame: a data block with its CRLF, or nothing. Its
// length is known to be valid.
std::string_view block_of(const RequestFrame& frame, std::string_view bytes) noexcept {
    const auto index = static_cast<std::size_t>(memcache_row(*frame.command).block_length_word);
    if (index == 0) {
        return {};
    }
    const auto length = parse_number(frame.words[index].of(bytes), UINT64_MAX);
    const std::size_t block_bytes = static_cast<std::size_t>(length.value_or(0)) + kCrlf.size();
    return bytes.substr(frame.size - block_bytes, block_bytes);
}

}  // namespace

AfterAnswer MemcacheClientCodec::answer(const RequestFrame& frame, std::string_view,
                                        LocalContext& context,
                                        base::ByteBuffer& out) const noexcept {
    const LocalAnswer& answer = memcache_row(*frame.command).local;
    if (!frame.no_reply) {
        out.append(answer.text);
        if (answer.names_pool) {
            append_printable(context.facts.pool, out);
            out.append(kCrlf);
        }
    }
    return answer.closes ? AfterAnswer::close : AfterAnswer::keep;
}

void MemcacheClientCodec::append_unauthenticated(bool, base::ByteBuffer& out) const noexcept {
    out.append("CLIENT_ERROR unauthenticated\r\n");  // memcached's words; no pool asks for it
}

void MemcacheClientCodec::append_error(std::string_view text,
                                       base::ByteBuffer& out) const noexcept {
    out.append("SERVER_ERROR ");
    append_printable(text, out);
    out.append(kCrlf);
}

void MemcacheClientCodec::append_crossing_error(std::string_view text,
                                                base::ByteBuffer& out) const noexcept {
    append_error(text, out);
}

void MemcacheNodeCodec::append_request(const RequestFrame& frame, std::string_view bytes,
                                       base::ByteBuffer& out) const noexcept {
    if (frame.verbatim) {
        out.append(bytes.substr(0, frame.size));
        return;
    }
    // Not words[0]: a set with a value that is too large becomes a delete.
    out.append(frame.command->name);
    for (std::size_t i = 1; i < frame.words.size(); ++i) {
        out.push_back(' ');
        out.append(frame.words[i].of(bytes));
    }
    out.append(kCrlf);
    out.append(block_of(frame, bytes));
}

void MemcacheNodeCodec::append_part(const RequestFrame& frame, std::string_view bytes,
                                    std::span<const std::uint32_t> key_indices,
                                    base::ByteBuffer& out) const noexcept {
    out.append(frame.command->name);
    const auto first_key = static_cast<std::size_t>(frame.command->first_key);
    for (std::size_t i = 1; i < first_key; ++i) {
        out.push_back(' ');
        out.append(frame.words[i].of(bytes));
    }
    for (const std::uint32_t index : key_indices) {
        out.push_back(' ');
        out.append(frame.keys[index].of(bytes));
    }
    out.append(kCrlf);
}

void MemcacheNodeCodec::append_expectation(const RequestFrame& frame, std::string_view bytes,
                                           std::span<const std::uint32_t> key_indices,
                                           base::ByteBuffer& out) const noexcept {
    if (memcache_row(*frame.command).remember != Remember::keys) {
        return;
    }
    const std::size_t count = key_indices.empty() ? frame.keys.size() : key_indices.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) {
            out.push_back(' ');
        }
        out.append(frame.keys[key_indices.empty() ? i : key_indices[i]].of(bytes));
    }
}

std::size_t MemcacheNodeCodec::append_prelude(const LinkSetup&, base::ByteBuffer&) const noexcept {
    return 0;
}

ReplyFrame MemcacheNodeCodec::frame_prelude_reply(std::string_view bytes,
                                                  Resume& resume) const noexcept {
    static constexpr const MemcacheRow* kVersion = kMemcacheIndex.find("version");
    return frame_reply(*kVersion, {}, bytes, resume);
}

std::string_view MemcacheNodeCodec::probe() const noexcept {
    return "version\r\n";
}

const Protocol& memcached() noexcept {
    static const MemcacheClientCodec kClient;
    static const MemcacheNodeCodec kNode;
    static const Protocol kProtocol{.client = kClient, .nodes = {&kNode, &kNode}};
    return kProtocol;
}

}  // namespace ringside::protocol
