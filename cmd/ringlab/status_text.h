// What `ringlab status` prints.
#pragma once

#include "cluster.h"
#include "played_source.h"

#include <string>
#include <vector>

namespace ringside::lab {

std::string status_lines(Cluster& cluster, const PlayedSource& source);
std::string status_json(Cluster& cluster, const PlayedSource& source);

}  // namespace ringside::lab
