#pragma once

#include "core/learn/evaluate/logistic_regression.h"

namespace scanline {

struct SgdOptions {
  double learningRate = 10;  ///< of the first step; a cosine brings it to 0 after the last
  double momentum = 0.9;
  int64_t steps = 2000;
  int64_t batchSize = 256;
  uint64_t seed = 1;
};

/// Multinomial logistic regression by stochastic gradient descent with momentum (paper section 3.4): W = 0 and b = 0 at
/// first, no weight decay, float32. Rows of a step are batchRows(N, batchSize, seed, step,
/// Purpose::ProbeBatches), so the result is a function
/// of its arguments and the thread count.
///
/// Each row is standardised as it is read, and divided by the square root of the number of features that vary: rows
/// then have length 1 on average for every width, and the rates that the authors tried (30, 10, 3, ...) are in the
/// range that converges. Their scaling is not stated.
///
/// x_ND: floating point of any width, on the CPU, as they come. The model returned is one of standardised features; its
/// objective is the mean cross entropy of all rows after the last step. Throws Error as fitLogistic does, and if the
/// weights grow beyond float32. Checks `control` before every step.
LogisticModel fitSgd(const at::Tensor& x_ND, const Standardizer& standardizer, std::span<const int32_t> labels,
                     int64_t classes, const SgdOptions& options, const Control& control = {});

}  // namespace scanline
