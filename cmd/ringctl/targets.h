// The routes of the admin API, with what the options say to them.
#pragma once

#include "options.h"

#include <string>
#include <string_view>

namespace ringside::ctl {

std::string pool_path(const Options& options);  // of the first operand
std::string node_path(const Options& options);  // of the first two
std::string locate_target(const Options& options, std::string_view key);
std::string reconnect_target(const Options& options);
std::string refresh_target(const Options& options);
std::string eject_target(const Options& options);
std::string drain_target(const Options& options);
std::string drain_clients_target(const Options& options);
std::string keys_target(const Options& options);
std::string restore_target(const Options& options);
std::string what_if_target(const Options& options);

}  // namespace ringside::ctl
