// Which ringside is asked: the one that the options name, or the one that is running here.
#pragma once

#include "options.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace ringside::ctl {

// Of this user and in this network namespace, by their programs in /proc; in ascending order.
std::vector<pid_t> running_ringsides();

// Where the process listens, as somebody on this machine reaches it: the default admin port first,
// then TCP on loopback, unix sockets, TCP anywhere. The error says why its sockets cannot be seen.
base::Expected<std::vector<routing::Address>> listeners_of(pid_t pid);

// By --admin or RINGCTL_ADMIN; by --pid; where a proxy listens by default; or the only ringside
// that is running. If there are several, standard error says which one is asked; if none listens at
// the default address, that is an error which lists them.
base::Expected<routing::Address> find_admin(const Options& options);

}  // namespace ringside::ctl
