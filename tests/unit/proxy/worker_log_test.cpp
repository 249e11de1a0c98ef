// The worker logs to what it is given and to nothing else.
#include "integration/support/temporary_directory.h"
#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ringside::proxy {
namespace {

using sim::WorkerBench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WorkerLog : public ::testing::Test {
  protected:
    WorkerLog() { opened_ = static_cast<bool>(bench.log.open(directory_.file("log"))); }
    void SetUp() override { ASSERT_TRUE(opened_); }

    std::string written() {
        bench.log.flush();
        std::ifstream file(directory_.file("log"));
        return {std::istreambuf_iterator<char>(file), {}};
    }

    WorkerBench bench;

  private:
    ringside::testing::TemporaryDirectory directory_;
    bool opened_ = false;
};

TEST_F(WorkerLog, says_where_each_key_goes_if_it_is_asked_to) {
    // Given a worker whose log tells everything
    bench.log.set_level(base::LogLevel::debug);
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();

    // When a client asks for two keys
    bench.send(client, "get red blue\r\n");

    // Then the log it was given has a line for each
    EXPECT_THAT(written(), HasSubstr("pool alpha: get key 'red' maps to node cache-1"));
    EXPECT_THAT(written(), HasSubstr("pool alpha: get key 'blue' maps to node cache-1"));
}

TEST_F(WorkerLog, never_tells_a_key_above_debug) {
    bench.log.set_level(base::LogLevel::info);
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();

    bench.send(client, "get red\r\n");

    EXPECT_THAT(written(), IsEmpty());
}

}  // namespace
}  // namespace ringside::proxy
