#include "options.h"

#include "base/log_level.h"
#include "config/address_text.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace ringside::injector {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Status;
using Text = std::string_view;

// Longer than any client of the API server waits (a webhook's timeoutSeconds is 30 at most).
constexpr base::milliseconds kDrainMax{60'000};

Error invalid(std::string message) {
    return {Errc::invalid_argument, std::move(message)};
}

// An empty text is one that somebody's script has lost.
Status take(Text text, std::string& destination) {
    if (text.empty()) {
        return invalid("must not be empty");
    }
    destination = text;
    return Done{};
}

Status take_file(Options& options, Text text) {
    if (text.empty()) {
        return invalid("must not be empty");
    }
    options.files.emplace_back(text);
    return Done{};
}

Status take_form(Options& options, Text text) {
    if (text != "yaml" && text != "json") {
        return invalid(fmt::format("'{}' is neither yaml nor json", text));
    }
    options.form = text == "yaml" ? Form::yaml : Form::json;
    return Done{};
}

Status take_listen(Text text, std::optional<config::Listen>& destination) {
    auto listen = config::parse_listen(text);
    if (!listen) {
        return listen.error();
    }
    destination = std::move(*listen);
    return Done{};
}

Status take_log_format(Options& options, Text text) {
    const auto format = base::parse_log_format(text);
    if (!format) {
        return invalid(fmt::format("'{}' is neither text nor json", text));
    }
    options.log_format = *format;
    return Done{};
}

Status take_log_level(Options& options, Text text) {
    const auto level = base::parse_log_level(text);
    if (!level) {
        return invalid(fmt::format("'{}' is none of debug, info, warn and error", text));
    }
    options.log_level = *level;
    return Done{};
}

Status take_drain(Options& options, Text text) {
    const auto time = base::parse_duration(text, base::seconds(1));
    if (!time || *time > kDrainMax) {
        return invalid(fmt::format("'{}' is not a time from 0s to 60s", text));
    }
    options.drain = *time;
    return Done{};
}

Status take_events(Options& options, Text text) {
    if (text != "yes" && text != "no") {
        return invalid(fmt::format("'{}' is neither yes nor no", text));
    }
    options.events = text == "yes";
    return Done{};
}

Status take_api_server(Options& options, Text text) {
    auto address = config::parse_address(text);
    if (!address) {
        return address.error();
    }
    options.api_server = std::move(*address);
    return Done{};
}

constexpr OptionRow kHelp{.name = "--help",
                          .argument = "",
                          .help = "what the verb does, with examples",
                          .apply = [](Options& o, Text) { return base::switch_on(o.help); },
                          .letter = 'h'};
constexpr OptionRow kFiles{
    .name = "--filename",
    .argument = "FILE",
    .help = "a file, a folder with all below it, or - for standard input; may be repeated",
    .apply = take_file,
    .letter = 'f'};
constexpr OptionRow kForm{.name = "--output",
                          .argument = "FORMAT",
                          .help = "yaml or json (default: as each file came)",
                          .apply = take_form,
                          .letter = 'o'};
constexpr OptionRow kTemplate{
    .name = "--template",
    .argument = "FILE",
    .help = "what pods are given (default: what `ringside-injector template` prints)",
    .apply = [](Options& o, Text text) { return take(text, o.template_file); }};

constexpr auto kInjectOptions = std::to_array<OptionRow>({kFiles, kForm, kTemplate, kHelp});
constexpr auto kUninjectOptions = std::to_array<OptionRow>({kFiles, kForm, kHelp});
constexpr auto kServeOptions = std::to_array<OptionRow>({
    {"--listen", "ADDR", "HOST:PORT where the API server asks, by TLS",
     [](Options& o, Text text) { return take_listen(text, o.listen); }},
    {"--cert-file", "FILE", "PEM, with intermediate certificates; read again when it changes",
     [](Options& o, Text text) { return take(text, o.cert_file); }},
    {"--key-file", "FILE", "its private key, PEM",
     [](Options& o, Text text) { return take(text, o.key_file); }},
    kTemplate,
    {"--probes", "ADDR", "where /livez, /readyz and /metrics are, in the clear (default: nowhere)",
     [](Options& o, Text text) { return take_listen(text, o.probes); }},
    {"--log-format", "FORMAT", "text or json, a line for each pod (default text)", take_log_format},
    {"--log-level", "LEVEL", "debug, info, warn or error (default info)", take_log_level},
    {"--drain", "TIME", "goes on for so long after SIGTERM, as some still come (default 5s)",
     take_drain},
    {"--events", "yes|no", "whether the owners of pods get events (default: yes within a cluster)",
     take_events},
    {"--api-server", "ADDR",
     "IP:PORT of who takes them (default: $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT)",
     take_api_server},
    {"--token-file", "FILE", "shown to it (default: that of the pod's service account)",
     [](Options& o, Text text) { return take(text, o.token_file); }},
    {"--ca-file", "FILE", "whom it has to be known to (default: those of the service account)",
     [](Options& o, Text text) { return take(text, o.ca_file); }},
    kHelp,
});

}  // namespace

std::span<const OptionRow> inject_options() noexcept {
    return kInjectOptions;
}

std::span<const OptionRow> uninject_options() noexcept {
    return kUninjectOptions;
}

std::span<const OptionRow> serve_options() noexcept {
    return kServeOptions;
}

}  // namespace ringside::injector
