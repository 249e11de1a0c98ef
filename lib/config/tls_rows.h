// The keys of a block `tls:`, for whatever is connected to with TLS.
#pragma once

#include "config/schema.h"
#include "config/tls.h"
#include "config/value.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace ringside::config {

inline constexpr std::uint64_t kFilePathBytesMax = 4095;  // PATH_MAX, without the zero at the end
inline constexpr std::uint64_t kHostNameBytesMax = 253;   // RFC 1035, 3.1, as text

// The table of one block: `ca_file` is what its owner trusts by default, as one would write it;
// empty: the system's authorities.
constexpr auto make_tls_rows(std::string_view ca_file) {
    return std::array{
        Row<TlsConfig>{{.name = "ca_file",
                        .type = Type::text,
                        .default_text = ca_file,
                        .min = 1,
                        .max = kFilePathBytesMax,
                        .unit = "bytes",
                        .doc = "PEM. The authorities that the other side's certificate may be of; "
                               "without any those of the system. Files are read again when they "
                               "change."},
                       [](TlsConfig& tls, const Key& key, std::string_view text) {
                           return take_path(key, text, tls.ca_file);
                       }},
        Row<TlsConfig>{{.name = "server_name",
                        .type = Type::text,
                        .min = 1,
                        .max = kHostNameBytesMax,
                        .unit = "bytes",
                        .doc = "The name that the other side has to prove, and is told (SNI). "
                               "Without it the host that is asked; of use where that is an "
                               "address."},
                       [](TlsConfig& tls, const Key& key, std::string_view text) {
                           return take_path(key, text, tls.server_name);
                       }},
        Row<TlsConfig>{{.name = "verify",
                        .type = Type::boolean,
                        .default_text = "true",
                        .doc = "false: the other side need not prove who it is, and whoever stands "
                               "in its place is believed; the log warns of it."},
                       [](TlsConfig& tls, const Key& key, std::string_view text) {
                           return take_bool(key, text, tls.verify);
                       }},
        Row<TlsConfig>{{.name = "cert_file",
                        .type = Type::text,
                        .min = 1,
                        .max = kFilePathBytesMax,
                        .unit = "bytes",
                        .doc = "PEM, with intermediate certificates: the certificate that is shown "
                               "to who asks for one. Goes with `key_file`."},
                       [](TlsConfig& tls, const Key& key, std::string_view text) {
                           return take_path(key, text, tls.cert_file);
                       }},
        Row<TlsConfig>{{.name = "key_file",
                        .type = Type::text,
                        .min = 1,
                        .max = kFilePathBytesMax,
                        .unit = "bytes",
                        .doc = "PEM, without a passphrase: its private key."},
                       [](TlsConfig& tls, const Key& key, std::string_view text) {
                           return take_path(key, text, tls.key_file);
                       }},
    };
}

// What is wrong with settings that are each right.
inline base::Status check_tls(const TlsConfig& tls) {
    if (tls.cert_file.empty() != tls.key_file.empty()) {
        return base::Error{base::Errc::invalid_config,
                           "\"cert_file\" and \"key_file\" go together; write both or none"};
    }
    return base::Done{};
}

}  // namespace ringside::config
