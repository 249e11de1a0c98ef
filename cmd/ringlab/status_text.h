// What `ringlab status` prints.
#pragma once

#include "cluster.h"
#include "configuration_endpoint.h"

#include <string>
#include <vector>

namespace ringside::lab {

std::string status_lines(Cluster& cluster, const ConfigurationEndpoint& endpoint);
std::string status_json(Cluster& cluster, const ConfigurationEndpoint& endpoint);

}  // namespace ringside::lab
