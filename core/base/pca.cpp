#include "core/base/pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/symmetric_eigen.h"

namespace scanline {

namespace {

/// Rows without their mean, in double.
class Centred {
 public:
  Centred(std::span<const float> rows, size_t width, std::span<const double> mean)
      : rows_(rows), width_(width), mean_(mean), row_(width) {}
  /// Valid until the next call.
  std::span<const double> row(size_t index) {
    for (size_t d = 0; d < width_; ++d) row_[d] = static_cast<double>(rows_[index * width_ + d]) - mean_[d];
    return row_;
  }

 private:
  std::span<const float> rows_;
  size_t width_;
  std::span<const double> mean_;
  std::vector<double> row_;
};

std::vector<double> meanOf(std::span<const float> rows, size_t width) {
  std::vector<double> mean(width);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!std::isfinite(rows[i]))
      throw Error("The features hold numbers that are not finite, so they have no principal components.");
    mean[i % width] += static_cast<double>(rows[i]);
  }
  for (double& value : mean) value /= static_cast<double>(rows.size() / width);
  return mean;
}

/// [D, D].
std::vector<double> covariance(std::span<const float> rows, const Pca& pca, const Control& control) {
  const auto width = static_cast<size_t>(pca.width), count = rows.size() / width;
  std::vector<double> sums(width * width);
  Centred centred(rows, width, pca.mean);
  for (size_t i = 0; i < count; ++i) {
    if (i % 64 == 0) control.report(static_cast<int64_t>(i), static_cast<int64_t>(count));
    const auto row = centred.row(i);
    for (size_t a = 0; a < width; ++a)
      for (size_t b = 0; b <= a; ++b) sums[a * width + b] += row[a] * row[b];
  }
  for (size_t a = 0; a < width; ++a)
    for (size_t b = 0; b <= a; ++b) sums[b * width + a] = sums[a * width + b] /= static_cast<double>(count - 1);
  return sums;
}

/// [n, n], divided by n - 1: it has the covariance's eigenvalues above 0.
std::vector<double> innerProducts(std::span<const double> centred, size_t width, const Control& control) {
  const size_t count = centred.size() / width;
  std::vector<double> products(count * count);
  for (size_t a = 0; a < count; ++a) {
    control.report(static_cast<int64_t>(a), static_cast<int64_t>(count));
    for (size_t b = 0; b <= a; ++b)
      products[b * count + a] = products[a * count + b] =
          std::inner_product(&centred[a * width], &centred[a * width] + width, &centred[b * width], 0.0) /
          static_cast<double>(count - 1);
  }
  return products;
}

/// Of length 1, with its largest entry positive, so that the sign does not depend on the method.
void normalise(std::span<double> direction) {
  const auto largest = std::ranges::max_element(direction, {}, [](double value) { return std::abs(value); });
  double length = std::sqrt(std::inner_product(direction.begin(), direction.end(), direction.begin(), 0.0));
  if (*largest < 0) length = -length;
  for (double& value : direction) value /= length;
}

/// The directions of the inner products' eigenvectors: sums of the rows, weighted with their entries.
std::vector<double> directionsOf(std::span<const double> centred, size_t width, std::span<const double> weights) {
  std::vector<double> direction(width);
  for (size_t i = 0; i < weights.size(); ++i)
    for (size_t d = 0; d < width; ++d) direction[d] += weights[i] * centred[i * width + d];
  return direction;
}

}  // namespace

std::vector<float> Pca::project(std::span<const float> rows) const {
  const auto columns = static_cast<size_t>(width), k = variances.size();
  Centred centred(rows, columns, mean);
  std::vector<float> places;
  places.reserve(rows.size() / columns * k);
  for (size_t i = 0; i < rows.size() / columns; ++i) {
    const auto row = centred.row(i);
    for (size_t j = 0; j < k; ++j)
      places.push_back(static_cast<float>(std::inner_product(row.begin(), row.end(), &directions[j * columns], 0.0)));
  }
  return places;
}

Pca principalComponents(std::span<const float> rows, int64_t width, int64_t count, const Control& control) {
  assert(width >= 1 && std::ssize(rows) % width == 0);
  const auto columns = static_cast<size_t>(width), n = rows.size() / columns;
  if (n < 2) throw Error(fmt::format("Principal components need two pictures or more, and there are {}.", n));
  Pca pca{.width = width, .mean = meanOf(rows, columns)};
  const bool isWide = n < columns;
  std::vector<double> centred;
  if (isWide) {
    Centred each(rows, columns, pca.mean);
    for (size_t i = 0; i < n; ++i) {
      const auto row = each.row(i);
      centred.insert(centred.end(), row.begin(), row.end());
    }
  }
  const size_t size = isWide ? n : columns;
  const auto eigen = symmetricEigen(isWide ? innerProducts(centred, columns, control) : covariance(rows, pca, control),
                                    static_cast<int64_t>(size), control);
  for (const double value : eigen.values) pca.variance += std::max(0.0, value);
  const size_t wanted = std::min({static_cast<size_t>(std::max<int64_t>(0, count)), n - 1, columns});
  const double none = 1e-14 * std::max(0.0, eigen.values.back());  // a rest of rounding
  for (size_t j = 0; j < wanted; ++j) {
    const size_t place = size - 1 - j;
    if (eigen.values[place] <= none) break;
    const std::span vector(&eigen.vectors[place * size], size);
    auto direction = isWide ? directionsOf(centred, columns, vector) : std::vector(vector.begin(), vector.end());
    normalise(direction);
    pca.directions.insert(pca.directions.end(), direction.begin(), direction.end());
    pca.variances.push_back(eigen.values[place]);
  }
  return pca;
}

}  // namespace scanline
