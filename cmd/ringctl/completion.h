// Completion in shells: the scripts ask ringctl itself, so that they know what the tables know.
#pragma once

#include "verbs.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

// The first word of the command line that completion scripts write; the words typed so far follow,
// the last of which is to be completed and may be empty.
inline constexpr std::string_view kCompleteWord = "__complete";

struct Candidate {
    std::string text;
    std::string about = {};  // one line; may be empty
};

struct Candidates {
    std::vector<Candidate> words = {};
    bool are_files = false;  // the shell knows them
};

// What may stand in the place of the last word. Asks the admin API for names of pools and nodes.
Candidates complete(std::span<const char* const> typed, const Environment& environment);

// "candidate<TAB>about" lines, or ":files", for the scripts.
std::string completion_lines(const Candidates& candidates);

// ringctl completion SHELL.
base::Expected<Shown> run_completion(Api& api, const Options& options);

}  // namespace ringside::ctl
