#pragma once

#include "core/jobs/cluster_runs.h"

namespace scanline {

/// The runs of the workspace's cluster, with this program for their jobs.
ClusterRuns lookAfterCluster(const std::filesystem::path& workspace);

}  // namespace scanline
