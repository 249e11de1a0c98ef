// The answer to a scrape, and in which form.
#pragma once

#include "admin/metrics_reading.h"
#include "http/message.h"
#include "metrics/exposition.h"

#include <memory>
#include <string>
#include <string_view>

namespace ringside::admin {

// All families of the table. With 1,000 nodes it is some megabytes.
std::string metrics_text(const MetricsReading& reading, metrics::Format format);

// The same text, some families at a time.
http::NextPiece metrics_pieces(std::shared_ptr<const MetricsReading> reading,
                               metrics::Format format);

// What an Accept field asks for. Prometheus' own form if both are as welcome, or neither is: a
// scraper gets something that it may understand.
metrics::Format format_for(std::string_view accept) noexcept;

std::string_view content_type_of(metrics::Format format) noexcept;

}  // namespace ringside::admin
