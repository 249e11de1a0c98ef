// The files that a command is given, and the documents in them.
#pragma once

#include "base/expected.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::injector {

// Larger than anything that an API server takes, so that a mistaken name ends soon.
inline constexpr std::size_t kManifestBytesMax = std::size_t{64} << 20;

struct ManifestFile {
    std::string name;  // for messages: as it was given, or "standard input"
    std::string text;
};

// `paths` in their order; of folders the *.yaml, *.yml and *.json in them and below, in the order
// of their names, without hidden ones. "-" is standard input, once. The error names the file.
base::Expected<std::vector<ManifestFile>> read_manifest_files(std::span<const std::string> paths);

struct DocumentText {
    std::string_view text;       // one behind the other they are the file
    std::size_t first_line = 1;  // of the file
};

// The documents of a stream of YAML. Each begins with its "---", if it has one.
std::vector<DocumentText> split_documents(std::string_view text);

// How much of a document is in front of what it says: comments, directives, a bare "---".
std::size_t head_bytes(std::string_view document);

}  // namespace ringside::injector
