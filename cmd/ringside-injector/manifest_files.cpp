#include "manifest_files.h"

#include "config/file.h"
#include "yaml_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ringside::injector {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;

Error too_large(const std::string& name) {
    return {Errc::io, fmt::format("{}: is larger than {} MiB", name, kManifestBytesMax >> 20)};
}

Expected<ManifestFile> read_standard_input() {
    ManifestFile file{.name = "standard input", .text = {}};
    std::array<char, 1 << 16> chunk;
    while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), stdin)) {
        file.text.append(chunk.data(), size);
        if (file.text.size() > kManifestBytesMax) {
            return too_large(file.name);
        }
    }
    if (std::ferror(stdin) != 0) {
        return Error{Errc::io, "standard input: " + std::generic_category().message(errno)};
    }
    return file;
}

Status add_file(std::vector<ManifestFile>& files, const std::string& path) {
    auto text = config::read_file(path, kManifestBytesMax);
    if (!text) {
        return text.error();
    }
    if (text->size() > kManifestBytesMax) {
        return too_large(path);
    }
    files.push_back({.name = path, .text = std::move(*text)});
    return base::Done{};
}

bool is_manifest(const fs::path& path) {
    const fs::path end = path.extension();
    return end == ".yaml" || end == ".yml" || end == ".json";
}

Status add_folder(std::vector<ManifestFile>& files, const std::string& path) {
    std::error_code error;
    std::vector<std::string> found;
    fs::recursive_directory_iterator entry(path, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        std::error_code unknown;
        if (entry->path().filename().native().starts_with('.')) {
            entry.disable_recursion_pending();
        } else if (is_manifest(entry->path()) && !entry->is_directory(unknown)) {
            found.push_back(entry->path().native());
        }
    }
    if (error) {
        return Error{Errc::io, fmt::format("{}: {}", path, error.message())};
    }
    if (found.empty()) {
        return Error{Errc::not_found, fmt::format("{}: has no file *.yaml, *.yml or *.json", path)};
    }
    std::sort(found.begin(), found.end());
    for (const std::string& each : found) {
        if (Status added = add_file(files, each); !added) {
            return added;
        }
    }
    return base::Done{};
}

// "---" in the first column is one wherever it stands, in a block of text too (YAML 1.2.2, 9.1.2).
bool is_marker(std::string_view line, std::string_view marker) {
    return line.starts_with(marker) && (line.size() == marker.size() ||
                                        line[marker.size()] == ' ' || line[marker.size()] == '\t');
}

// Of lines that may stand in front of a document.
bool is_bare(std::string_view line) {
    const std::size_t begin = line.find_first_not_of(" \t");
    return begin == std::string_view::npos || line[begin] == '#' || line.front() == '%';
}

bool is_bare_marker(std::string_view line) {
    return is_marker(line, "---") && is_bare(line.substr(3));
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view without_mark(std::string_view text) {
    return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

}  // namespace

Expected<std::vector<ManifestFile>> read_manifest_files(std::span<const std::string> paths) {
    if (std::count(paths.begin(), paths.end(), "-") > 1) {
        return Error{Errc::invalid_argument, "standard input can be read once only"};
    }
    std::vector<ManifestFile> files;
    for (const std::string& path : paths) {
        std::error_code unknown;
        if (path == "-") {
            auto file = read_standard_input();
            if (!file) {
                return file.error();
            }
            files.push_back(std::move(*file));
            continue;
        }
        const Status added =
            fs::is_directory(path, unknown) ? add_folder(files, path) : add_file(files, path);
        if (!added) {
            return added.error();
        }
    }
    return files;
}

std::vector<DocumentText> split_documents(std::string_view text) {
    std::vector<DocumentText> documents;
    std::size_t begin = 0;
    std::size_t first_line = 1;
    std::size_t line_number = 1;
    bool has_content = false;
    const auto cut = [&](std::size_t end) {
        documents.push_back({text.substr(begin, end - begin), first_line});
        begin = end;
        first_line = line_number;
        has_content = false;
    };
    for (std::size_t at = 0; at < text.size(); ++line_number) {
        const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        std::string_view line = lines_of(text.substr(at, end - at)).front();
        line = at == 0 ? without_mark(line) : line;
        const bool begins = is_marker(line, "---");
        if (begins && has_content) {
            cut(at);
        }
        has_content = has_content || begins || !is_bare(line);
        at = end;
        if (is_marker(line, "...")) {
            ++line_number;
            cut(at);
            --line_number;
        }
    }
    if (begin < text.size() || documents.empty()) {
        cut(text.size());
    }
    return documents;
}

std::size_t head_bytes(std::string_view document) {
    std::size_t at = document.size() - without_mark(document).size();
    bool has_marker = false;
    while (at < document.size()) {
        const std::size_t end = std::min(document.find('\n', at), document.size() - 1) + 1;
        const std::string_view line = lines_of(document.substr(at, end - at)).front();
        const bool is_begin = !has_marker && is_bare_marker(line);
        if (!is_begin && !is_bare(line)) {
            break;
        }
        has_marker = has_marker || is_begin;
        at = end;
    }
    return at;
}

}  // namespace ringside::injector
