// The source that the lab plays: by what the nodes of the cluster are told, right or wrong.
#pragma once

#include "base/expected.h"
#include "cluster.h"
#include "configuration_endpoint.h"
#include "kubernetes_api.h"
#include "name_server.h"
#include "source_kind.h"
#include "source_text.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::lab {

// Owned by main, used by its thread; must outlive the io_context's run(). As with Cluster, each
// changing call is awaited before the next one.
class PlayedSource {
  public:
    struct Settings {
        SourceKind kind = SourceKind::elasticache;
        std::uint16_t port = 0;  // 0: a free one
        std::string directory;   // of its files; there when open() is called
        std::string dnsmasq;
    };

    // Requires: `cluster` outlives it.
    PlayedSource(const boost::asio::any_io_executor& executor, const Cluster& cluster,
                 Settings settings);

    // Begins to tell the nodes.
    boost::asio::awaitable<base::Status> open();
    // Tells them as they are now, unless it misbehaves.
    boost::asio::awaitable<base::Status> tell();
    // By the name of a mode; "normal" ends it. Errors: invalid_argument, conflict.
    boost::asio::awaitable<base::Status> misbehave(std::string_view mode);
    // Nothing of it stays behind.
    void close();

    SourceKind kind() const noexcept { return settings_.kind; }
    Mode mode() const noexcept { return mode_; }
    SourcePlace place() const;

  private:
    std::uint16_t port() const;
    base::Status write_file() const;
    boost::asio::awaitable<base::Status> answer_by_dns();

    const Settings settings_;
    const Cluster& cluster_;
    ConfigurationEndpoint endpoint_;
    NameServer names_;
    KubernetesApi api_;
    Mode mode_ = Mode::normal;
};

}  // namespace ringside::lab
