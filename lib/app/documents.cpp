#include "app/documents.h"

#include "admin/metrics_documentation.h"
#include "admin/routes.h"
#include "app/log_documentation.h"
#include "app/manual.h"
#include "config/json_schema.h"
#include "config/schema_doc.h"
#include "protocol/commands_doc.h"

#include <fmt/core.h>

#include <array>

namespace ringside::app {
namespace {

struct Document {
    std::string_view topic;
    std::string (*print)();
};

constexpr auto kDocuments = std::to_array<Document>({
    {"admin", admin::admin_markdown},
    {"commands", protocol::commands_markdown},
    {"config", config::config_markdown},
    {"log", log_markdown},
    {"man", manual},
    {"man-config", [] { return config::config_manual(RINGSIDE_VERSION); }},
    {"metrics", admin::metrics_markdown},
    {"schema", config::config_json_schema},
});

}  // namespace

base::Expected<std::string> print_document(std::string_view topic) {
    std::string topics;
    for (const Document& document : kDocuments) {
        if (document.topic == topic) {
            return document.print();
        }
        topics += topics.empty() ? "" : ", ";
        topics += document.topic;
    }
    return base::Error{base::Errc::invalid_argument,
                       fmt::format("no document about '{}': there are {}", topic, topics)};
}

}  // namespace ringside::app
