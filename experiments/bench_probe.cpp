// Times fitLogistic() on saved features, as the peers' benchmark of the same name does: bench_probe PREFIX ROWS C
// [C...] reads PREFIX.features.npy and PREFIX.labels.npy and prints one JSON line.
#include <torch/torch.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/evaluate/logistic_regression.h"
#include "core/exchange/npy.h"

using namespace scanline;

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: bench_probe PREFIX ROWS C [C...]\n"), 2;
  const std::string prefix = argv[1];
  const int64_t rows = std::strtoll(argv[2], nullptr, 10);
  const auto features = readNpy(prefix + ".features.npy");
  const auto x = at::tensor(features.values<float>()).view(features.shape).narrow(0, 0, rows);
  const auto wide = readNpy(prefix + ".labels.npy").toIntegers(0, 4095);
  const std::vector<int32_t> labels(wide.begin(), wide.begin() + rows);
  const auto classes = 1 + *std::ranges::max_element(labels);
  double total = 0;
  std::string fits;
  for (int i = 3; i < argc; ++i) {
    const double c = std::strtod(argv[i], nullptr);
    const auto begin = std::chrono::steady_clock::now();
    const auto model =
        fitLogistic(x, labels, classes, {.l2 = 1 / (c * static_cast<double>(rows)), .tolerance = 1e-4}).value();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    total += seconds;
    char text[200];
    std::snprintf(text, sizeof text,
                  "%s{\"C\": %g, \"seconds\": %.4g, \"iterations\": %ld, \"objective\": %.9g, \"converged\": %s}",
                  fits.empty() ? "" : ", ", c, seconds, model.iterations, model.objective,
                  model.converged ? "true" : "false");
    fits += text;
  }
  std::printf("{\"benchmark\": \"probe\", \"rows\": %ld, \"seconds\": %.4g, \"fits\": [%s]}\n", rows, total,
              fits.c_str());
}
