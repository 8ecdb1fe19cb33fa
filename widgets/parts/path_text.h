#pragma once

#include <QString>

namespace scanline::text {

/// "~/data/cifar10": a path with the home folder as people write it.
QString fromHome(const QString& path);

}  // namespace scanline::text
