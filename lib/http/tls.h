// TLS: how it is configured, and what connections take from it.
//
// Settings are called the same wherever they stand: `tls: {ca_file, server_name, cert_file,
// key_file, verify}`. Files that change are read again, as certificates and tokens in pods are
// replaced while the process runs.
#pragma once

#include "base/expected.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

struct ssl_st;

namespace boost::asio::ssl {
class context;
}

namespace ringside::http {

struct TlsSettings {
    // PEM. A client trusts these authorities, or the system's if it is empty; a server demands
    // certificates of theirs from its clients, or none.
    std::string ca_file;
    // Of a client: the name that the other side has to prove, and is told (SNI), if it is not the
    // host that is asked.
    std::string server_name;
    // PEM, with intermediate certificates, and its private key. A server needs them.
    std::string cert_file, key_file;
    // Of a client: whether the other side has to prove anything at all; if not, ca_file is not
    // read.
    bool verify = true;

    bool operator==(const TlsSettings&) const = default;
};

// Owned by the server or client that uses it, on its thread.
class TlsContext {
  public:
    enum class Side : std::uint8_t { client, server };

    // Reads the files. The error names the setting, the file and the reason.
    static base::Expected<std::unique_ptr<TlsContext>> open(Side side, TlsSettings settings);
    ~TlsContext();

    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // For a connection that begins now. Looks whether the files are others than those that were
    // read; while new ones cannot be used, which the log tells once, those before stay in use.
    boost::asio::ssl::context& current();

    // When the certificate that is shown now ends, in seconds since 1970; none: there is none.
    std::optional<std::int64_t> certificate_end();

    // What a client's connection says and demands: the name of `host` unless another one is set.
    void demand_name(ssl_st& connection, std::string_view host) const;

  private:
    static constexpr std::size_t kFiles = 3;
    struct FileStamp {
        std::uint64_t device = 0, inode = 0, bytes = 0;
        std::int64_t changed_s = 0, changed_ns = 0;
        bool operator==(const FileStamp&) const = default;
    };
    using Stamps = std::array<std::optional<FileStamp>, kFiles>;

    TlsContext(Side side, TlsSettings settings);

    Stamps stamps() const;
    base::Status check_files() const;
    base::Expected<std::unique_ptr<boost::asio::ssl::context>> read() const;

    const Side side_;
    const TlsSettings settings_;
    Stamps seen_;  // at the last reading, whatever came of it
    std::unique_ptr<boost::asio::ssl::context> context_;
};

// Why a handshake has failed: "certificate of the other side: self-signed certificate".
std::string tls_problem(const std::error_code& error, const ssl_st& connection);

}  // namespace ringside::http
