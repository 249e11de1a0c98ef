#include "io/dns_answer.h"

#include "base/host_name.h"
#include "base/limits.h"
#include "io/host_names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace ringside::io {
namespace {

// RFC 1035, 4.1.1 and 3.2.2; RFC 3596; RFC 2782.
constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kTypeSrv = 33;
constexpr std::uint16_t kClassIn = 1;

// A name has 127 labels at most, so that more pointers lead nowhere.
constexpr int kPointersMax = 127;
constexpr std::size_t kNameBytesMax = 255;

using Bytes = std::span<const std::uint8_t>;

std::string plain(std::string_view name) {
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    return lower_case(name);
}

// Goes through a message. What does not fit into it makes `failed` true and all else zero.
class Reader {
  public:
    Reader(Bytes message, std::size_t at) : message_(message), at_(at) {}

    bool failed() const noexcept { return failed_; }
    std::size_t at() const noexcept { return at_; }

    void skip(std::size_t count) noexcept {
        failed_ = failed_ || count > message_.size() - at_;
        at_ += failed_ ? 0 : count;
    }
    std::uint16_t number16() noexcept {
        const std::size_t from = at_;
        skip(2);
        return failed_ ? std::uint16_t{0}
                       : static_cast<std::uint16_t>(message_[from] * 256U + message_[from + 1]);
    }
    std::uint32_t number32() noexcept {
        const std::uint32_t high = number16();
        return high * 65536U + number16();
    }
    // In lower case and without a dot at its end; "." is empty. A byte that no host name has
    // becomes a blank: such a name is equal to none that is asked for.
    std::string name();

  private:
    Bytes message_;
    std::size_t at_;
    bool failed_ = false;
};

std::string Reader::name() {
    std::string text;
    std::size_t at = at_;
    std::optional<std::size_t> behind;  // the first pointer: the name ends here
    for (int pointers = 0; !failed_;) {
        if (at >= message_.size()) {
            break;
        }
        const std::uint8_t length = message_[at];
        if (length == 0) {
            at_ = behind.value_or(at + 1);
            return text;
        }
        if (length >= 0xc0) {  // RFC 1035, 4.1.4; forward would be a loop
            if (at + 1 >= message_.size() || ++pointers > kPointersMax) {
                break;
            }
            const std::size_t to = (length & 0x3fU) * 256U + message_[at + 1];
            behind = behind.value_or(at + 2);
            if (to >= at) {
                break;
            }
            at = to;
            continue;
        }
        if (length > 63 || length > message_.size() - at - 1 ||
            text.size() + length + 1 > kNameBytesMax) {
            break;
        }
        text += text.empty() ? "" : ".";
        for (const std::uint8_t byte : message_.subspan(at + 1, length)) {
            const char letter = static_cast<char>(byte);
            text += byte > 0x20 && byte < 0x7f && letter != '.' ? letter : ' ';
        }
        at += std::size_t{1} + length;
    }
    failed_ = true;
    return {};
}

// One record, as far as its kind is of interest.
struct Found {
    DnsRecord record;
    std::uint32_t ttl_seconds = 0;
};
struct Alias {
    std::string target;
    std::uint32_t ttl_seconds = 0;
};

// All that an answer has, by the name that it is said of.
struct Answer {
    std::map<std::string, std::vector<Found>> records;
    std::map<std::string, Alias> aliases;
};

std::string ip_text(int family, Bytes data) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(family, data.data(), text.data(), text.size()) == nullptr ? "" : text.data();
}

// Nothing if the record cannot be read. `at`: of its data, `bytes` long.
std::optional<DnsRecord> read_data(Bytes message, std::size_t at, std::size_t bytes,
                                   RecordType type) {
    const Bytes data = message.subspan(at, bytes);
    if (type != RecordType::srv) {
        const bool is_ipv4 = type == RecordType::a;
        if (data.size() != (is_ipv4 ? sizeof(in_addr) : sizeof(in6_addr))) {
            return std::nullopt;
        }
        return DnsRecord{.host = ip_text(is_ipv4 ? AF_INET : AF_INET6, data)};
    }
    Reader reader(message, at);
    DnsRecord record;
    record.priority = reader.number16();
    record.weight = reader.number16();
    record.port = reader.number16();
    record.host = lower_case(reader.name());
    const bool is_host = record.host.empty() || base::is_host_name(record.host);
    const bool fits = !reader.failed() && reader.at() == at + bytes;
    return fits && is_host ? std::optional(std::move(record)) : std::nullopt;
}

// False if the next record cannot be read.
bool read_record(Bytes message, Reader& reader, RecordType type, Answer& answer) {
    const std::string owner = lower_case(reader.name());
    const std::uint16_t kind = reader.number16();
    const std::uint16_t klass = reader.number16();
    std::uint32_t ttl = reader.number32();
    ttl = ttl > INT32_MAX ? 0 : ttl;  // RFC 2181, 8
    const std::size_t bytes = reader.number16();
    const std::size_t at = reader.at();
    reader.skip(bytes);
    if (reader.failed()) {
        return false;
    }
    if (klass == kClassIn && kind == kTypeCname) {
        Reader data(message, at);
        answer.aliases.try_emplace(owner, Alias{lower_case(data.name()), ttl});
        return !data.failed();
    }
    if (klass != kClassIn || kind != number_of(type)) {
        return true;
    }
    auto record = read_data(message, at, bytes, type);
    if (record) {
        answer.records[owner].push_back({std::move(*record), ttl});
    }
    return record.has_value();
}

RecordResult records_of(const std::string& name, const Answer& answer) {
    std::string owner = name;
    std::uint32_t ttl = INT32_MAX;
    for (std::size_t aliases = 0; aliases <= base::kDnsAliasesMax; ++aliases) {
        const auto found = answer.records.find(owner);
        if (found != answer.records.end()) {
            DnsRecords records;
            for (const auto& [record, seconds] : found->second) {
                ttl = std::min(ttl, seconds);
                records.records.push_back(record);
            }
            records.ttl = base::seconds(ttl);
            return records;
        }
        const auto alias = answer.aliases.find(owner);
        if (alias == answer.aliases.end()) {
            return LookupProblem::no_address;
        }
        ttl = std::min(ttl, alias->second.ttl_seconds);
        owner = alias->second.target;
    }
    return LookupProblem::bad_answer;
}

}  // namespace

std::string_view to_string(RecordType type) noexcept {
    switch (type) {
        case RecordType::a:
            return "A";
        case RecordType::aaaa:
            return "AAAA";
        case RecordType::srv:
            return "SRV";
    }
    return "";
}

std::uint16_t number_of(RecordType type) noexcept {
    switch (type) {
        case RecordType::a:
            return kTypeA;
        case RecordType::aaaa:
            return kTypeAaaa;
        case RecordType::srv:
            return kTypeSrv;
    }
    return 0;
}

RecordResult read_dns_answer(Bytes message, std::string_view name, RecordType type) {
    if (message.size() < kHeaderBytes) {
        return LookupProblem::bad_answer;
    }
    Reader reader(message, 4);
    const std::size_t questions = reader.number16();
    const std::size_t answers = reader.number16();
    if (questions > 1 || answers > base::kDnsRecordsMax) {
        return LookupProblem::bad_answer;
    }
    reader.skip(kHeaderBytes - reader.at());
    if (questions == 1) {
        static_cast<void>(reader.name());
        reader.skip(4);
    }
    Answer answer;
    for (std::size_t i = 0; i < answers; ++i) {
        if (!read_record(message, reader, type, answer)) {
            return LookupProblem::bad_answer;
        }
    }
    return records_of(plain(name), answer);
}

}  // namespace ringside::io
