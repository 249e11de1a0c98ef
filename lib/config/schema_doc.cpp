#include "config/schema_doc.h"

#include "base/man_page.h"
#include "config/schema.h"
#include "config/source_names.h"
#include "config/source_rows.h"
#include "config/text.h"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <string_view>

namespace ringside::config {
namespace {

constexpr std::string_view kTitle = R"(# Configuration

<!-- Generated from lib/config/schema.cpp: build/dev/bin/ringside --print-docs config -->

)";

constexpr std::string_view kForm =
    R"(The file is YAML in the form of twemproxy (nutcracker): a map from the name of a pool to its
keys. A nutcracker.yml runs unchanged. The name `ringside` is reserved for the settings of the
process.)";

constexpr std::string_view kExample = R"(ringside:
  workers: auto
sessions:
  listen: 127.0.0.1:11211
  timeout: 400
  auto_eject_hosts: true
  discovery:
    elasticache: {endpoint: "cluster.abc123.cfg.use1.cache.amazonaws.com:11211"}
fragments:
  listen: /run/ringside/fragments.sock 0660
  servers:
   - 10.0.0.1:11211:1 first
   - 10.0.0.2:11211:1 second)";

constexpr std::string_view kTools =
    R"(`ringside --test-conf --conf-file FILE` checks a file without running it.
`ringside --print-config-schema` prints a JSON Schema, by which editors complete and check keys.)";

constexpr std::string_view kRules =
    R"(- A pool has `listen` and exactly one of `servers` and `discovery`; the rest has defaults.
- `<<: *NAME` merges a map that has `&NAME` into another one, whose own keys count. A map whose
  name begins with `x-` and that has no `listen` is no pool but such a template:
  `x-defaults: &defaults {timeout: 250}`.
- With `ringside: {expand_env: true}` values may have variables of the environment in them.
- No two pools, nor the admin, stats and probe listeners, listen on the same address.
- Anything that is not understood stops the start with file, line, path and the rule:
  unknown keys, repeated keys, keys without a value, values out of range.
- Numbers are decimal digits. Booleans are `true` and `false`.
- Durations are milliseconds as a bare number, or have a unit: `400`, `400ms`, `2s`, `5m`, `1h`.
- `HOST:PORT` is split at the last colon: `10.0.0.1:11211`, `cache.local:11211`, `[::1]:11211` and
  `::1:11211` all work. A unix socket is an absolute path, with octal permissions behind a blank
  if the umask should not decide: `/run/ringside/cache.sock 0660`.
- A node is `HOST:PORT:WEIGHT [NAME]` or `/PATH:WEIGHT [NAME]`, with a weight from 1 to 2147483648.
  Without a name its place on the ring comes from `HOST:PORT`, or from `HOST` alone if the port is
  11211, or from `/PATH:` for a unix socket, as in twemproxy.
)";

constexpr std::string_view kChanges =
    R"("Change" says what a changed value takes when the file is loaded again (at SIGHUP, at
`POST /config/reload`, or by itself: `watch_config`). `live`: no connection is touched. `closes
clients`: those of this pool, once they have their answers. `restart`: it is in force after a
restart; until then the log and `GET /config` name it. A file with an error changes nothing. Of
`listen` the new address is opened before the old one is closed; they may overlap (`0.0.0.0:1` and
`127.0.0.1:1`).)";

constexpr std::string_view kTableHead =
    "| key | value | default | change | meaning |\n|---|---|---|---|---|\n";

std::string_view change_text(const Key& key) noexcept {
    switch (key.change) {
        case Change::live:
            return "live";
        case Change::clients:
            return "closes clients";
        case Change::restart:
            return "restart";
    }
    return {};
}

std::string value_text(const Key& key) {
    const bool has_unit = key.type == Type::number && !key.unit.empty();
    return has_unit ? fmt::format("{} ({})", rule_of(key), key.unit) : rule_of(key);
}

std::string default_text(const Key& key) {
    if (!key.default_text.empty()) {
        return fmt::format("`{}`", key.default_text);
    }
    return key.required ? "required" : "none";
}

template <typename Target>
void append_table(std::string& text, std::string_view heading, std::span<const Row<Target>> rows) {
    const auto out = std::back_inserter(text);
    fmt::format_to(out, "\n## {}\n\n{}", heading, kTableHead);
    for (const auto& [key, set] : rows) {
        fmt::format_to(out, "| `{}` | {} | {} | {} | {} |\n", key.name, value_text(key),
                       default_text(key), change_text(key), key.doc);
    }
}

template <typename Target>
void append_entries(base::ManPage& page, std::string_view heading,
                    std::span<const Row<Target>> rows) {
    page.subheading(heading);
    for (const auto& [key, set] : rows) {
        const bool is_required = key.required && key.default_text.empty();
        page.entry(key.name, fmt::format("{} Value: {}. {}{}. Change: {}.", key.doc,
                                         value_text(key), is_required ? "Required" : "Default: ",
                                         is_required ? "" : default_text(key), change_text(key)));
    }
}

// What a node can be called by: `identity`.
void append_names(std::string& text) {
    text +=
        "\n### What a source knows of a node\n\nSources of one pool must name a node by the same "
        "kind "
        "of text: `identity`.\n\n| source | names |\n|---|---|\n";
    for (const SourceRow& row : source_rows()) {
        fmt::format_to(std::back_inserter(text), "| `{}` | {} |\n", row.key.name,
                       describe(row.names));
    }
}

}  // namespace

std::string config_markdown() {
    std::string text = fmt::format("{}{}\n\n```yaml\n{}\n```\n\n{}\n\n## Rules\n\n", kTitle, kForm,
                                   kExample, kTools);
    fmt::format_to(std::back_inserter(text),
                   "- One UTF-8 document of at most {} bytes and {} pools; comments, quotes, flow "
                   "style (`{{}}`, `[]`)\n  and anchors are fine.\n"
                   "- Names of pools and nodes have at most {} bytes and no control characters.\n",
                   kFileBytesMax, kPoolsMax, kNameBytesMax);
    text += kRules;
    fmt::format_to(std::back_inserter(text), "\n{}\n", kChanges);
    append_table(text, "Pools: `NAME: {key: value}`", pool_rows());
    append_table(text, "`NAME: discovery:`", discovery_rows());
    append_names(text);
    for (const SourceRow& row : source_rows()) {
        if (!row.settings.empty()) {
            append_table(text, fmt::format("`NAME: discovery: {}:`", row.key.name), row.settings);
        }
        if (!row.tls.empty()) {
            append_table(text, fmt::format("`NAME: discovery: {}: tls:`", row.key.name), row.tls);
        }
    }
    append_table(text, "The process: `ringside:`", process_rows());
    append_table(text, "`ringside: drain:`", drain_rows());
    return text;
}

std::string config_manual(std::string_view version) {
    base::ManPage page("ringside.yml", "5", version, "the configuration of ringside");
    page.heading("DESCRIPTION").paragraph(kForm).example(kExample).heading("RULES");
    for (std::string_view rules = kRules; !rules.empty();) {
        const std::size_t end = rules.find("\n- ");
        page.paragraph(rules.substr(2, end == rules.npos ? end : end - 2));
        rules.remove_prefix(end == rules.npos ? rules.size() : end + 1);
    }
    page.heading("KEYS").paragraph(kChanges);
    append_entries(page, "Pools: NAME:", pool_rows());
    append_entries(page, "NAME: discovery:", discovery_rows());
    for (const SourceRow& row : source_rows()) {
        const std::string place = fmt::format("NAME: discovery: {}:", row.key.name);
        if (!row.settings.empty()) {
            append_entries(page, place, row.settings);
        }
        if (!row.tls.empty()) {
            append_entries(page, place + " tls:", row.tls);
        }
    }
    append_entries(page, "The process: ringside:", process_rows());
    append_entries(page, "ringside: drain:", drain_rows());
    page.heading("SEE ALSO").paragraph("`ringside`(1), `ringctl`(1)");
    return page.text();
}

}  // namespace ringside::config
