// Times the operations of LibTorch that a training step on a GPU consists of, at the shapes of the paper's models, and
// checks their contracts: attention's choices and whether their gradients repeat, norms, products, and NCCL. Prints one
// JSON line an operation. An operation that the device does not have, or that fails, is a line with the sentence.
#include <ATen/DeviceAccelerator.h>
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "core/learn/parallel/nccl_group.h"
#include "core/learn/train/torch_setup.h"

using namespace scanline;

namespace {

using Json = nlohmann::ordered_json;

struct ModelShape {
  const char* name;
  int64_t heads, headSize, batch;
};
constexpr std::array kModels{ModelShape{"S", 8, 64, 128}, ModelShape{"M", 8, 128, 64}, ModelShape{"L", 16, 96, 32}};

/// A group of this process alone.
class OneProcess final : public ProcessGroup {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int localRank() const override { return 0; }
  bool isLost() const override { return false; }
  void exchange(std::span<const float>, std::span<const int64_t>, std::span<float>, std::span<const int64_t>) override {
  }
  void gather(std::span<const std::byte> mine, std::span<std::byte> all, bool, const std::function<void()>&) override {
    std::ranges::copy(mine, all.begin());
  }
  void broadcast(std::span<std::byte>, bool) override {}
  void barrier() override {}
  int64_t add(const std::string&, int64_t summand) override { return summand; }
  void shutdown() noexcept override {}
};

class Bench {
 public:
  Bench(at::Device device, bool isSmall) : device_(device), isSmall_(isSmall) {}

  void run() {
    for (const ModelShape& shape : kModels) attention(shape);
    norms();
    products();
    decoding();
    nccl();
  }

 private:
  at::TensorOptions options(at::ScalarType type) const { return at::TensorOptions(type).device(device_); }
  at::Tensor noise(at::IntArrayRef sizes, at::ScalarType type = at::kBFloat16) const {
    return at::randn(sizes, options(type));
  }
  int64_t scaled(int64_t size) const { return isSmall_ ? std::max<int64_t>(1, size / 64) : size; }

  void wait() const {
    if (!device_.is_cpu()) at::accelerator::synchronizeDevice(device_.index());
  }

  /// The shortest of a few calls.
  double secondsOf(const std::function<void()>& work) const {
    work();
    wait();
    double best = INFINITY;
    for (int i = 0; i < (isSmall_ ? 2 : 10); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      work();
      wait();
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
  }

  void print(const std::string& name, const std::function<void(Json&)>& measure) const {
    Json line = {{"benchmark", "operation"}, {"name", name}};
    try {
      measure(line);
    } catch (const std::exception& failure) {
      const std::string text = failure.what();
      line["problem"] = text.substr(0, std::min(text.find('\n'), text.find(". ")));
    }
    std::cout << line.dump() << std::endl;
  }

  /// `flops`: of one call.
  void time(const std::string& name, double flops, const std::function<void()>& work) const {
    print(name, [&](Json& line) {
      const double seconds = secondsOf(work);
      line["seconds"] = seconds;
      if (flops > 0) line["tflops_per_second"] = flops / seconds / 1e12;
    });
  }

  void attention(const ModelShape& s) const {
    const int64_t batch = scaled(s.batch), n = isSmall_ ? 64 : 1024;
    const auto heads = [&] { return noise({batch, n, s.heads, s.headSize}).transpose(1, 2); };
    const auto q = heads(), k = heads(), v = heads(), d = heads();
    const std::string of = " attention, iGPT-" + std::string(s.name);
    const double flops = 4.0 / 2 * static_cast<double>(batch * s.heads * n * n * s.headSize);  // causal: half of them
    print("choice of" + of, [&](Json& line) {  // SDPBackend: 0 math, 1 flash, 2 efficient, 3 cuDNN
      line["choice"] = at::_fused_sdp_choice(q, k, v, {}, 0.0, /*is_causal=*/true);
    });
    time("flash" + of, flops, [&] { (void)at::_scaled_dot_product_flash_attention(q, k, v, 0.0, true); });
    time("cuDNN" + of, flops,
         [&] { (void)at::_scaled_dot_product_cudnn_attention(q, k, v, {}, /*compute_log_sumexp=*/true, 0.0, true); });

    const auto flashGradient = [&] {
      const auto [out, sums, cumQ, cumK, mostQ, mostK, seed, offset, mask] =
          at::_scaled_dot_product_flash_attention(q, k, v, 0.0, true);
      return [=, out = out, sums = sums, cumQ = cumQ, cumK = cumK, mostQ = mostQ.expect_int(),
              mostK = mostK.expect_int(), seed = seed, offset = offset] {
        return at::_scaled_dot_product_flash_attention_backward(d, q, k, v, out, sums, cumQ, cumK, mostQ, mostK, 0.0,
                                                                true, seed, offset);
      };
    };
    const auto cudnnGradient = [&] {
      const auto [out, sums, cumQ, cumK, mostQ, mostK, seed, offset, mask] =
          at::_scaled_dot_product_cudnn_attention(q, k, v, {}, true, 0.0, true);
      return [=, out = out, sums = sums, cumQ = cumQ, cumK = cumK, mostQ = mostQ.expect_int(),
              mostK = mostK.expect_int(), seed = seed, offset = offset] {
        return at::_scaled_dot_product_cudnn_attention_backward(d, q, k, v, out, sums, seed, offset, {}, cumQ, cumK,
                                                                mostQ, mostK, 0.0, true);
      };
    };
    gradient("flash" + of, 2.5 * flops, flashGradient);
    gradient("cuDNN" + of, 2.5 * flops, cudnnGradient);
  }

  /// Times it, and says whether two calls in the reproducible mode are equal, bit for bit. `make` gives the call.
  template <class Make>
  void gradient(const std::string& name, double flops, const Make& make) const {
    for (const bool isReproducible : {false, true})
      print(name + ", gradient" + (isReproducible ? ", reproducible" : ""), [&](Json& line) {
        at::globalContext().setDeterministicAlgorithms(isReproducible, /*warn_only=*/false);
        const auto call = make();
        const auto once = call(), again = call();
        line["repeats"] = std::get<0>(once).equal(std::get<0>(again)) && std::get<1>(once).equal(std::get<1>(again)) &&
                          std::get<2>(once).equal(std::get<2>(again));
        const double seconds = secondsOf([&] { (void)call(); });
        line["seconds"] = seconds;
        line["tflops_per_second"] = flops / seconds / 1e12;
      });
    at::globalContext().setDeterministicAlgorithms(false, false);
  }

  void norms() const {
    const int64_t rows = scaled(131072), width = 512;
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto x = noise({rows, width}, type), d = noise({rows, width}, type),
                 gain = at::ones({width}, options(type));
      const std::string of = type == at::kFloat ? ", fp32" : ", bf16";
      time("RMS norm, fused" + of, 0, [&] { (void)at::_fused_rms_norm(x, {width}, gain, 1e-5); });
      print("RMS norm, fused, gradient" + of, [&](Json& line) {
        const auto scales = std::get<1>(at::_fused_rms_norm(x, {width}, gain, 1e-5));
        line["seconds"] = secondsOf([&] {
          (void)at::_fused_rms_norm_backward(d, x, {width}, scales, gain, std::array<bool, 2>{true, true});
        });
      });
      auto out = at::empty_like(x);
      time("RMS norm, by norm and product" + of, 0, [&] {
        const auto scale = at::linalg_vector_norm(x, 2, at::IntArrayRef{-1}, /*keepdim=*/true, at::kFloat)
                               .div_(std::sqrt(static_cast<double>(width)))
                               .reciprocal_();
        at::mul_out(out, x, scale.to(type));
      });
    }
  }

  /// Those of a block of iGPT-S and of its output, with a factor, and a weight's gradient that is added up in fp32.
  void products() const {
    struct Product {
      const char* name;
      int64_t from, to;
    };
    const int64_t rows = scaled(131072);
    for (const Product& p : {Product{"q, k, v", 512, 1536}, Product{"after attention", 512, 512},
                             Product{"up", 512, 2048}, Product{"down", 2048, 512}, Product{"output", 512, 512}}) {
      const double flops = 2.0 * static_cast<double>(rows * p.from * p.to);
      const std::string name = "product of iGPT-S, " + std::string(p.name);
      const auto x = noise({rows, p.from}), w = noise({p.from, p.to}), d = noise({rows, p.to});
      const auto bias = noise({p.to});
      time(name, flops, [&] { (void)at::mm(x, w); });
      time(name + ", times 1.702", flops, [&] { (void)at::addmm(bias, x, w, 0, 1.702); });
      auto sum = at::zeros({p.from, p.to}, options(at::kFloat));
      time(name + ", weight's gradient in bf16, then added", flops, [&] { sum.add_(at::mm(x.t(), d)); });
      time(name + ", weight's gradient added in fp32", flops,
           [&] { at::addmm_outf(sum, x.t(), d, at::kFloat, 1, 1, sum); });
    }
  }

  /// Attention over a cache of fixed size of which `used` positions count, as a CUDA graph needs it, gives the same as
  /// over the part that is used.
  void decoding() const {
    print("attention over a part of a cache", [&](Json& line) {
      const int64_t batch = isSmall_ ? 2 : 64, n = isSmall_ ? 64 : 1024, used = n / 2 + 1, heads = 8, size = 64;
      const auto q = noise({batch, 1, heads, size}), k = noise({batch, n, heads, size}),
                 v = noise({batch, n, heads, size});
      const auto counts = at::full({batch}, used, options(at::kInt));
      const auto whole = [&] {
        return std::get<0>(at::_flash_attention_forward(q, k, v, {}, {}, 1, n, 0.0, false, false, {}, {}, {}, counts));
      };
      const auto part = std::get<0>(at::_flash_attention_forward(q, k.narrow(1, 0, used), v.narrow(1, 0, used), {}, {},
                                                                 1, used, 0.0, false, false));
      line["largest_difference"] = (whole() - part).abs().max().to(at::kFloat).item<float>();
      line["seconds"] = secondsOf([&] { (void)whole(); });
    });
  }

  /// One rank adds up its own numbers: shows that the declarations fit the library, and the handle of a stream.
  void nccl() const {
    print("NCCL, one rank", [&](Json& line) {
      OneProcess alone;
      NcclGroup group(alone, device_);
      line["version"] = group.version();
      auto values = at::arange(4, options(at::kFloat));
      group.broadcast(values);
      group.sum(values);
      group.barrier();
      line["sum"] = values.sum().item<float>();  // 6
      // To itself: the same calls, and the same stream, as between two.
      const auto there = at::zeros({4}, options(at::kFloat));
      group.exchange(std::vector{NcclGroup::Message{0, values}}, std::vector{NcclGroup::Message{0, there}});
      line["largest_difference"] = (there - values).abs().max().item<float>();
      auto large = at::ones({64 << 20}, options(at::kFloat));
      line["seconds"] = secondsOf([&] { group.sum(large); });
      group.abort();
    });
  }

  at::Device device_;
  bool isSmall_;  ///< a 64th of the rows: to try the program
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Time the operations of a training step on a GPU; print one JSON line each.");
  std::string device = "cuda";
  bool isSmall = false;
  app.add_option("--device", device, "cpu or cuda")->capture_default_str()->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_flag("--small", isSmall, "a 64th of the rows, to try the program");
  CLI11_PARSE(app, argc, argv);
  try {
    loadCuda();
    const c10::InferenceMode valuesOnly;
    at::manual_seed(1);
    Bench(chooseDevice(device == "cuda" ? Device::Cuda : Device::Cpu, 0), isSmall).run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_operations: " << error.what() << '\n';
    return 1;
  }
}
