#include "manifests.h"

#include "inject/yaml.h"
#include "workloads.h"
#include "yaml_tree.h"
#include "yaml_writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::injector {
namespace {

using base::Expected;
using inject::Json;

constexpr int kJsonIndent = 4;  // as kubectl's

// Members may stand in another order: `<<` has none.
bool means(const std::string& text, const Json& wanted) {
    const auto read = inject::json_of_yaml(text, "");
    return read && nlohmann::json(*read) == nlohmann::json(wanted);
}

std::string json_text_of(const Json& document) {
    return document.dump(kJsonIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

// The document of `before`, in the form in which it is written, with what `after` says.
std::string rewritten(std::string_view document, const Json& before, const Json& after) {
    const std::size_t head = head_bytes(document);
    const std::string body(document.substr(head));
    std::string start(document.substr(0, head));
    if (body.starts_with("---")) {  // with something behind it
        start += "---\n";
    }
    const std::string end = body.find("\n...") == std::string::npos ? "" : "...\n";
    if (auto text = read_yaml_text(body)) {
        text->root = carried_over(text->root, before, after);
        std::string result = start + written(*text) + end;
        if (means(result, after)) {
            return result;
        }
    }
    // Something is written in a way that cannot be followed: then without its manner and comments.
    return start + inject::yaml_of_json(after) + end;
}

class Changing {
  public:
    Changing(Form form, const ChangePod& change) : form_(form), change_(change) {}

    base::Status add(const ManifestFile& file) {
        const std::size_t begin = file.text.find_first_not_of(" \t\r\n");
        const bool may_be_json = begin != std::string::npos && file.text[begin] == '{';
        if (may_be_json && Json::accept(file.text)) {
            return add_json(file);
        }
        const auto documents = split_documents(file.text);
        for (std::size_t i = 0; i < documents.size(); ++i) {
            auto before = read(file, documents[i], i, documents.size());
            if (!before) {
                return before.error();
            }
            add_document(file, documents[i].text, *before);
        }
        return base::Done{};
    }

    ChangedManifests done() {
        if (form_ == Form::json && all_.size() == 1) {
            result_.text = json_text_of(all_.front());
        } else if (form_ == Form::json && !all_.empty()) {
            result_.text =
                json_text_of({{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json(all_)}});
        }
        return std::move(result_);
    }

  private:
    static Expected<Json> read(const ManifestFile& file, const DocumentText& document,
                               std::size_t index, std::size_t count) {
        auto json = inject::json_of_yaml(document.text, file.name);
        if (json) {
            return json;
        }
        // Once more, so that the error names the line of the file.
        json = inject::json_of_yaml(
            std::string(document.first_line - 1, '\n') + std::string(document.text), file.name);
        base::Error error = json ? base::Error{base::Errc::malformed, file.name} : json.error();
        if (count > 1) {
            error.message += fmt::format(" (document {} of {})", index + 1, count);
        }
        return error;
    }

    base::Status add_json(const ManifestFile& file) {
        // By the same reader as YAML, which has a limit on how deep it goes.
        auto before = inject::json_of_yaml(file.text, file.name);
        if (!before) {
            return before.error();
        }
        const Json after = changed(file, *before);
        if (form_ == Form::json) {
            all_.push_back(after);
        } else if (form_ == Form::yaml) {
            append(inject::yaml_of_json(after), true);
        } else {
            append(after == *before ? file.text : json_text_of(after), true);
        }
        return base::Done{};
    }

    void add_document(const ManifestFile& file, std::string_view text, const Json& before) {
        const Json after = changed(file, before);
        if (form_ == Form::json) {
            if (!after.is_null()) {
                all_.push_back(after);
            }
            return;
        }
        // Within a file they are divided already.
        append(after == before ? std::string(text) : rewritten(text, before, after),
               file.text.data() == text.data());
    }

    Json changed(const ManifestFile& file, const Json& before) {
        Json after = before;
        visit_pods(after, [&](Json& pod, const std::string& name) {
            PodChange change = change_(pod);
            const auto tell = [&](std::string_view what) {
                result_.report.push_back(fmt::format("{}: {}: {}", file.name, name, what));
            };
            tell(change.told);
            for (const std::string& warning : change.warnings) {
                tell("warning: " + warning);
            }
            result_.is_wrong = result_.is_wrong || change.is_wrong;
            pod = std::move(change.pod);
        });
        return after;
    }

    void append(const std::string& text, bool is_first_of_file) {
        if (is_first_of_file && !result_.text.empty() &&
            !text.substr(head_start(text)).starts_with("---")) {
            result_.text += result_.text.ends_with('\n') ? "---\n" : "\n---\n";
        }
        result_.text += text;
    }

    // Where the first line is that is neither blank nor a comment.
    static std::size_t head_start(const std::string& text) {
        std::size_t at = 0;
        while (at < text.size()) {
            const std::size_t begin = text.find_first_not_of(" \t\r\n", at);
            if (begin == std::string::npos || text[begin] != '#') {
                return std::min(begin, text.size());
            }
            at = std::min(text.find('\n', begin), text.size());
        }
        return at;
    }

    const Form form_;
    const ChangePod& change_;
    ChangedManifests result_;
    std::vector<Json> all_;  // of Form::json
};

}  // namespace

Expected<ChangedManifests> change_manifests(std::span<const ManifestFile> files, Form form,
                                            const ChangePod& change) {
    Changing changing(form, change);
    for (const ManifestFile& file : files) {
        if (const base::Status added = changing.add(file); !added) {
            return added.error();
        }
    }
    return changing.done();
}

}  // namespace ringside::injector
