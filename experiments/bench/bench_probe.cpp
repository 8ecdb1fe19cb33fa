// Times fitLogistic() on saved features, as the peers' benchmark of the same name does: bench_probe PREFIX ROWS C
// [C...] reads PREFIX.features.npy and PREFIX.labels.npy and prints one JSON line. --single fits the penalties one
// after the other, and their sweep is measured against that.
#include <fmt/format.h>
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "core/formats/npy.h"
#include "core/learn/evaluate/logistic_regression.h"

using namespace scanline;

int main(int argc, char** argv) {
  CLI::App app("Time logistic regression on saved features.");
  std::string prefix;
  int64_t rows = 0;
  std::vector<double> cs;
  double tolerance = 1e-4;  // scikit-learn's own
  bool single = false, standardize = false;
  app.add_option("PREFIX", prefix, "Of the two files")->required();
  app.add_option("ROWS", rows, "Training rows")->required();
  app.add_option("C", cs, "scikit-learn's C = 1 / (l2 rows)")->required();
  app.add_option("--tol", tolerance, "Stop when no gradient entry is larger [1e-4]");
  app.add_flag("--single", single, "One after the other, instead of all in one pass");
  app.add_flag("--standardize", standardize, "Features to mean 0 and deviation 1 first, which is not timed");
  CLI11_PARSE(app, argc, argv);

  const auto features = readNpy(prefix + ".features.npy");
  auto x_ND = at::tensor(features.values<float>()).view(features.shape).narrow(0, 0, rows).contiguous();
  if (standardize) x_ND = Standardizer(x_ND).apply(x_ND, at::kFloat);
  const auto wide = readNpy(prefix + ".labels.npy").toIntegers(0, 4095);
  const std::vector<int32_t> labels(wide.begin(), wide.begin() + rows);
  const auto classes = 1 + *std::ranges::max_element(labels);
  std::vector<double> l2;
  for (const double c : cs) l2.push_back(1 / (c * static_cast<double>(rows)));

  const auto begin = std::chrono::steady_clock::now();
  std::vector<LogisticModel> models;
  const size_t together = single ? 1 : l2.size();
  for (size_t first = 0; first < l2.size(); first += together) {
    auto fitted = fitLogistic(x_ND, labels, classes, std::span(l2).subspan(first, together), {.tolerance = tolerance});
    std::ranges::move(*fitted, std::back_inserter(models));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  auto fits = nlohmann::ordered_json::array();
  for (size_t k = 0; k < models.size(); ++k)
    fits.push_back({{"C", cs[k]},
                    {"iterations", models[k].iterations},
                    {"objective", models[k].objective},
                    {"train_accuracy", models[k].trainAccuracy},
                    {"converged", models[k].converged}});
  const nlohmann::ordered_json line{
      {"benchmark", "probe"}, {"rows", rows}, {"sweep", !single}, {"seconds", seconds}, {"fits", fits}};
  fmt::print("{}\n", line.dump());
}
