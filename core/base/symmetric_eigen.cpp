#include "core/base/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace scanline {

namespace {

/// The matrix on its way to its eigenvectors. Column j of the published procedures is row j here, so that their
/// steps along columns go along memory.
class Reduction {
 public:
  Reduction(std::vector<double> matrix, size_t size) : n_(size), v_(std::move(matrix)), d_(size), e_(size) {}

  /// To three diagonals: d_ and, beside it, e_.
  void reduce(const Control& control) {
    for (size_t j = 0; j < n_; ++j) d_[j] = column(j)[n_ - 1];
    for (size_t i = n_; i-- > 1;) {
      control.check();
      const double scale =
          std::accumulate(d_.begin(), at(d_, i), 0.0, [](double sum, double value) { return sum + std::abs(value); });
      const double h = scale == 0 ? pass(i) : reflect(i, scale);
      d_[i] = h;
    }
    accumulate(control);
  }

  /// From there to the eigenvalues, in d_.
  void solve(const Control& control) {
    std::rotate(e_.begin(), e_.begin() + 1, e_.end());
    e_[n_ - 1] = 0;
    double shift = 0, largest = 0;
    for (size_t l = 0; l < n_; ++l) {
      control.check();
      largest = std::max(largest, std::abs(d_[l]) + std::abs(e_[l]));
      const double small = std::numeric_limits<double>::epsilon() * largest;
      size_t m = l;
      while (std::abs(e_[m]) > small) ++m;  // the last one is 0
      if (m > l) do
          shift += step(l, m);
        while (std::abs(e_[l]) > small);
      d_[l] += shift;
      e_[l] = 0;
    }
  }

  SymmetricEigen sorted() const {
    std::vector<size_t> order(n_);
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t j) { return d_[j]; });
    SymmetricEigen result;
    for (const size_t j : order) {
      result.values.push_back(d_[j]);
      result.vectors.insert(result.vectors.end(), column(j), column(j) + n_);
    }
    return result;
  }

 private:
  static std::vector<double>::iterator at(std::vector<double>& values, size_t index) {
    return values.begin() + static_cast<std::ptrdiff_t>(index);
  }
  double* column(size_t j) { return &v_[j * n_]; }
  const double* column(size_t j) const { return &v_[j * n_]; }

  /// Row i is of that form already.
  double pass(size_t i) {
    e_[i] = d_[i - 1];
    for (size_t j = 0; j < i; ++j) {
      d_[j] = column(j)[i - 1];
      column(j)[i] = 0;
      column(i)[j] = 0;
    }
    return 0;
  }

  /// Reflects the rows above i, so that of row i only the entry before the diagonal stays.
  double reflect(size_t i, double scale) {
    double h = 0;
    for (size_t k = 0; k < i; ++k) h += (d_[k] /= scale) * d_[k];
    const double before = d_[i - 1], root = before > 0 ? -std::sqrt(h) : std::sqrt(h);
    e_[i] = scale * root;
    h -= before * root;
    d_[i - 1] = before - root;
    std::fill(e_.begin(), at(e_, i), 0.0);
    for (size_t j = 0; j < i; ++j) {
      const double f = d_[j];
      column(i)[j] = f;
      double sum = e_[j] + column(j)[j] * f;
      for (size_t k = j + 1; k < i; ++k) {
        sum += column(j)[k] * d_[k];
        e_[k] += column(j)[k] * f;
      }
      e_[j] = sum;
    }
    double along = 0;
    for (size_t j = 0; j < i; ++j) along += (e_[j] /= h) * d_[j];
    for (size_t j = 0; j < i; ++j) e_[j] -= along / (h + h) * d_[j];
    for (size_t j = 0; j < i; ++j) {
      for (size_t k = j; k < i; ++k) column(j)[k] -= d_[j] * e_[k] + e_[j] * d_[k];
      d_[j] = column(j)[i - 1];
      column(j)[i] = 0;
    }
    return h;
  }

  /// The product of the reflections.
  void accumulate(const Control& control) {
    for (size_t i = 0; i + 1 < n_; ++i) {
      control.check();
      column(i)[n_ - 1] = column(i)[i];
      column(i)[i] = 1;
      double* next = column(i + 1);
      if (const double h = d_[i + 1]; h != 0) {
        for (size_t k = 0; k <= i; ++k) d_[k] = next[k] / h;
        for (size_t j = 0; j <= i; ++j) {
          const double along = std::inner_product(next, next + i + 1, column(j), 0.0);
          for (size_t k = 0; k <= i; ++k) column(j)[k] -= along * d_[k];
        }
      }
      std::fill_n(next, i + 1, 0.0);
    }
    for (size_t j = 0; j < n_; ++j) d_[j] = std::exchange(column(j)[n_ - 1], 0.0);
    column(n_ - 1)[n_ - 1] = 1;
    e_[0] = 0;
  }

  /// One QL step over the entries l .. m. Returns by how much the eigenvalues after it are lowered.
  double step(size_t l, size_t m) {
    const double first = d_[l];
    double p = (d_[l + 1] - first) / (2 * e_[l]);
    const double root = std::copysign(std::hypot(p, 1.0), p);
    d_[l] = e_[l] / (p + root);
    d_[l + 1] = e_[l] * (p + root);
    const double second = d_[l + 1], beside = e_[l + 1], shift = first - d_[l];
    for (size_t i = l + 2; i < n_; ++i) d_[i] -= shift;
    p = d_[m];
    double cosine = 1, cosine2 = 1, cosine3 = 1, sine = 0, sine2 = 0;
    for (size_t i = m; i-- > l;) {
      cosine3 = cosine2;
      cosine2 = cosine;
      sine2 = sine;
      const double g = cosine * e_[i], h = cosine * p, r = std::hypot(p, e_[i]);
      e_[i + 1] = sine * r;
      sine = e_[i] / r;
      cosine = p / r;
      p = cosine * d_[i] - sine * g;
      d_[i + 1] = h + sine * (cosine * g + sine * d_[i]);
      double *low = column(i), *high = column(i + 1);
      for (size_t k = 0; k < n_; ++k) {
        const double old = high[k];
        high[k] = sine * low[k] + cosine * old;
        low[k] = cosine * low[k] - sine * old;
      }
    }
    p = -sine * sine2 * cosine3 * beside * e_[l] / second;
    e_[l] = sine * p;
    d_[l] = cosine * p;
    return shift;
  }

  size_t n_;
  std::vector<double> v_, d_, e_;
};

}  // namespace

SymmetricEigen symmetricEigen(std::vector<double> matrix, int64_t size, const Control& control) {
  if (size == 0) return {};
  Reduction reduction(std::move(matrix), static_cast<size_t>(size));
  reduction.reduce(control);
  reduction.solve(control);
  return reduction.sorted();
}

}  // namespace scanline
