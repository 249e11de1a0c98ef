// What the tests of the resolver share: files of their own, and waiting for an answer.
#pragma once

#include "io/name_resolver.h"
#include "support/lookup_text.h"
#include "unit/io/scripted_name_server.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringside::io::test {

inline base::milliseconds ttl_of(const LookupResult& result) {
    const auto* found = std::get_if<FoundAddresses>(&result);
    return found == nullptr ? base::milliseconds(-1) : found->ttl;
}

class NameResolverTest : public testing::Test {
  protected:
    NameResolverTest()
        : folder_(testing::TempDir() + "ringside_names." + std::to_string(::getpid())) {
        std::filesystem::create_directories(folder_);
        options_.resolv_conf = folder_ + "/resolv.conf";
        options_.hosts = folder_ + "/hosts";
        write(options_.resolv_conf, "nameserver 127.0.0.1\nsearch .\n");
        write(options_.hosts, "");
    }
    ~NameResolverTest() override {
        resolver_.reset();
        std::filesystem::remove_all(folder_);
    }

    static void write(const std::string& file, const std::string& text) {
        std::ofstream(file) << text;
    }
    void serve(ScriptedNameServer::Script script) {
        server_ = std::make_unique<ScriptedNameServer>(loop_, std::move(script));
        options_.servers = server_->address();
    }
    NameResolver& resolver() {
        if (!resolver_) {
            resolver_ = std::make_unique<NameResolver>(loop_, options_);
        }
        return *resolver_;
    }
    // Asks, and runs the loop until the answer is there.
    LookupResult look_up(const std::string& host) {
        LookupResult answer = LookupProblem::timed_out;
        bool is_answered = false;
        const auto question = resolver().ask(host, [&](const LookupResult& result) {
            answer = result;
            is_answered = true;
            loop_.stop();
        });
        EXPECT_FALSE(is_answered) << "inside ask()";
        run_at_most(base::seconds(20));
        EXPECT_TRUE(is_answered) << host;
        return answer;
    }
    std::string text(const std::string& host) { return text_of(look_up(host)); }
    // Until somebody stops the loop.
    void run_at_most(base::milliseconds time) {
        EventLoop::Timer patience(loop_);
        patience.arm(base::Clock::now() + time, [this] { loop_.stop(); });
        loop_.run();
    }

    const std::string folder_;
    EventLoop loop_;
    NameResolver::Options options_;
    std::unique_ptr<ScriptedNameServer> server_;
    std::unique_ptr<NameResolver> resolver_;
};

// Every name has these addresses, and no IPv6.
inline ScriptedNameServer::Script answers_a(std::vector<std::uint32_t> addresses,
                                            std::uint32_t ttl = 60) {
    return [addresses = std::move(addresses), ttl](const NameQuestion& question) {
        if (question.type != kTypeA) {
            return std::vector{question.head(kNoError, 0)};
        }
        std::string answer = question.head(kNoError, static_cast<int>(addresses.size()));
        for (const std::uint32_t address : addresses) {
            answer += a_record(address, ttl);
        }
        return std::vector{answer};
    };
}
inline ScriptedNameServer::Script answers_code(int rcode) {
    return [rcode](const NameQuestion& question) { return std::vector{question.head(rcode, 0)}; };
}
inline ScriptedNameServer::Script is_silent() {
    return [](const NameQuestion&) { return std::vector<std::string>(); };
}

}  // namespace ringside::io::test
