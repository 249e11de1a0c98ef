#include "http/tls.h"

#include "base/log.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <fmt/core.h>

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <array>
#include <ctime>
#include <utility>

namespace ringside::http {

using base::LogEvent;
namespace {

namespace ssl = boost::asio::ssl;

// Sessions of one context are never offered to another one; any text will do.
constexpr std::array<unsigned char, 8> kSessionContext{'r', 'i', 'n', 'g', 's', 'i', 'd', 'e'};

base::Error problem_of(std::string_view setting, const std::string& file,
                       const boost::system::error_code& error) {
    return {base::Errc::invalid_config,
            fmt::format("tls: {}: {}: {}", setting, file, error.message())};
}

}  // namespace

TlsContext::TlsContext(Side side, TlsSettings settings)
    : side_(side), settings_(std::move(settings)) {}

TlsContext::~TlsContext() = default;

base::Expected<std::unique_ptr<TlsContext>> TlsContext::open(Side side, TlsSettings settings) {
    if (settings.cert_file.empty() != settings.key_file.empty() ||
        (side == Side::server && settings.cert_file.empty())) {
        return base::Error{base::Errc::invalid_config,
                           "tls: cert_file and key_file are needed, both of them"};
    }
    std::unique_ptr<TlsContext> opened(new TlsContext(side, std::move(settings)));
    opened->seen_ = opened->stamps();
    auto context = opened->read();
    if (!context) {
        return context.error();
    }
    opened->context_ = std::move(*context);
    return opened;
}

ssl::context& TlsContext::current() {
    const Stamps now = stamps();
    if (now == seen_) {
        return *context_;
    }
    seen_ = now;
    auto context = read();
    if (context) {
        context_ = std::move(*context);  // connections hold what they need of the old one
        base::log().info({LogEvent::tls_files}, "tls: {} was read again",
                         settings_.cert_file.empty() ? settings_.ca_file : settings_.cert_file);
    } else {
        base::log().warn({.event = LogEvent::tls_files, .cause = context.error().message},
                         "{}; what was read before stays in use", context.error().message);
    }
    return *context_;
}

std::optional<std::int64_t> TlsContext::certificate_end() {
    const X509* const certificate = SSL_CTX_get0_certificate(current().native_handle());
    std::tm end{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
        return std::nullopt;
    }
    return ::timegm(&end);
}

TlsContext::Stamps TlsContext::stamps() const {
    const std::array files{&settings_.ca_file, &settings_.cert_file, &settings_.key_file};
    Stamps stamps;
    for (std::size_t i = 0; i < kFiles; ++i) {
        struct stat status {};
        if (!files[i]->empty() && ::stat(files[i]->c_str(), &status) == 0) {
            stamps[i] = FileStamp{.device = status.st_dev,
                                  .inode = status.st_ino,
                                  .bytes = static_cast<std::uint64_t>(status.st_size),
                                  .changed_s = status.st_mtim.tv_sec,
                                  .changed_ns = status.st_mtim.tv_nsec};
        }
    }
    return stamps;
}

// OpenSSL would wait for who writes to a pipe.
base::Status TlsContext::check_files() const {
    for (const std::string* file :
         {&settings_.ca_file, &settings_.cert_file, &settings_.key_file}) {
        struct stat status {};
        if (::stat(file->c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
            return base::Error{base::Errc::invalid_config,
                               fmt::format("tls: {}: is no regular file", *file)};
        }
    }
    return base::Done{};
}

base::Expected<std::unique_ptr<ssl::context>> TlsContext::read() const {
    if (base::Status readable = check_files(); !readable) {
        return readable.error();
    }
    auto context = std::make_unique<ssl::context>(side_ == Side::server ? ssl::context::tls_server
                                                                        : ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    boost::system::error_code error;
    const bool demands = side_ == Side::client ? settings_.verify : !settings_.ca_file.empty();
    if (demands && !settings_.ca_file.empty()) {
        context->load_verify_file(settings_.ca_file, error);
        if (error) {
            return problem_of("ca_file", settings_.ca_file, error);
        }
    } else if (demands) {
        context->set_default_verify_paths(error);  // a system without any proves nobody
    }
    if (!settings_.cert_file.empty()) {
        context->use_certificate_chain_file(settings_.cert_file, error);
        if (error) {
            return problem_of("cert_file", settings_.cert_file, error);
        }
        // Also checks that they belong together.
        context->use_private_key_file(settings_.key_file, ssl::context::pem, error);
        if (error) {
            return problem_of("key_file", settings_.key_file, error);
        }
    }
    context->set_verify_mode(
        demands ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert : ssl::verify_none, error);
    // Without one a server that demands certificates refuses whoever resumes a session.
    SSL_CTX_set_session_id_context(context->native_handle(), kSessionContext.data(),
                                   kSessionContext.size());
    return context;
}

void TlsContext::demand_name(ssl_st& connection, std::string_view host) const {
    const std::string name =
        settings_.server_name.empty() ? std::string(host) : settings_.server_name;
    X509_VERIFY_PARAM* const demands = SSL_get0_param(&connection);
    if (X509_VERIFY_PARAM_set1_ip_asc(demands, name.c_str()) == 1) {
        return;  // RFC 6066, section 3: no IP in the SNI
    }
    // RFC 9525, section 2: names stand in the subjectAltName and nowhere else.
    X509_VERIFY_PARAM_set_hostflags(
        demands, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set1_host(demands, name.data(), name.size());
    SSL_ctrl(&connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(name.c_str()));  // as SSL_set_tlsext_host_name() does
}

std::string tls_problem(const std::error_code& error, const ssl_st& connection) {
    const long verdict = SSL_get_verify_result(&connection);
    if (verdict != X509_V_OK) {
        return fmt::format("certificate of the other side: {}",
                           X509_verify_cert_error_string(verdict));
    }
    return error.message();
}

}  // namespace ringside::http
