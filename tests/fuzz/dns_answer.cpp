// Answers of nameservers: any bytes end in records that can be used, or in none.
#include "io/dns_answer.h"

#include "base/check.h"
#include "base/host_name.h"
#include "base/limits.h"

#include <array>
#include <span>
#include <variant>

namespace {

using ringside::io::DnsRecord;
using ringside::io::DnsRecords;
using ringside::io::LookupProblem;
using ringside::io::RecordResult;
using ringside::io::RecordType;

constexpr std::array kTypes{RecordType::a, RecordType::aaaa, RecordType::srv};

void check_records(const DnsRecords& found, RecordType type) {
    CHECK(!found.records.empty() && found.records.size() <= ringside::base::kDnsRecordsMax);
    CHECK(found.ttl.count() >= 0);
    for (const DnsRecord& record : found.records) {
        if (type == RecordType::srv) {
            CHECK(record.host.empty() || ringside::base::is_host_name(record.host));
        } else {
            CHECK(!record.host.empty() && record.port == 0);
            CHECK((record.host.find(':') != std::string::npos) == (type == RecordType::aaaa));
        }
    }
}

}  // namespace

// The first byte chooses what was asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const RecordType type = kTypes[data[0] % kTypes.size()];
    const RecordResult result =
        ringside::io::read_dns_answer(std::span(data + 1, size - 1), "a.test", type);
    if (const auto* const found = std::get_if<DnsRecords>(&result)) {
        check_records(*found, type);
    } else {
        const auto problem = std::get<LookupProblem>(result);
        CHECK(problem == LookupProblem::bad_answer || problem == LookupProblem::no_address);
    }
    return 0;
}
