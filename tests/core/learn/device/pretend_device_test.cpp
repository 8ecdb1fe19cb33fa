#include "tests/core/learn/device/pretend_device.h"

#include <sys/wait.h>
#include <unistd.h>

#include <QTest>

using namespace scanline;
using Names = std::vector<std::string>;

namespace {

/// Exit status of a copy of this process that does `work`.
int statusOf(const std::function<void()>& work) {
  const auto child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::Error& error) {
    return error.what();
  }
  return {};
}

Names waitsOf(const std::function<void()>& work) {
  pretend::clearWaits();
  work();
  return pretend::waits();
}

at::Tensor there(const at::Tensor& tensor) {
  return tensor.to(pretend::kDevice);
}

}  // namespace

/// The pretend device catches the faults that it is made for, and allows everything that a GPU allows.
class PretendDeviceTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theHostCannotTouchItsMemory() {
    const auto x = there(at::ones({4}));
    QCOMPARE(statusOf([&] {
               volatile float value = x.const_data_ptr<float>()[2];
               (void)value;
             }),
             pretend::kHostAccess);
    QCOMPARE(statusOf([&] { x.mutable_data_ptr<float>()[0] = 1; }), pretend::kHostAccess);
    QCOMPARE(statusOf([] {}), 0);
    QCOMPARE(x.cpu().const_data_ptr<float>()[2], 1.0F);
  }

  void devicesDoNotMeetInAnOperation() {
    const auto x = there(at::ones({4, 4}));
    const auto cpu = at::ones({4, 4}), indices = at::zeros({2}, at::kLong);
    const auto second = at::ones({4, 4}, at::TensorOptions(pretend::kSecondDevice));
    for (const auto& work :
         std::vector<std::function<void()>>{[&] { at::mm(x, cpu); }, [&] { at::mm(cpu, x); }, [&] { at::add(x, cpu); },
                                            [&] { at::index_select(x, 0, indices); },
                                            [&] {
                                              at::cat({x, cpu});
                                            },
                                            [&] { at::add(x, second); }, [&] { at::embedding(x, indices); },
                                            [&] { at::add_out(const_cast<at::Tensor&>(cpu), x, x); }})
      QVERIFY(refusal(work).find("same device") != std::string::npos);
    QCOMPARE(at::add(x, at::scalar_tensor(2.0F)).cpu().sum().item<float>(), 48.0F);  // as on CUDA
    QCOMPARE(at::mul(x, 3).device(), pretend::kDevice);
    QCOMPARE(at::mul(second, 3).device(), pretend::kSecondDevice);
  }

  void whatMakesTheHostWaitIsCounted() {
    const auto host = at::ones({8});
    const auto x = there(host);
    QCOMPARE(waitsOf([&] { at::softmax(x * 2 + 1, 0).narrow(0, 1, 3).copy_(x.narrow(0, 0, 3)); }), Names{});
    QCOMPARE(waitsOf([&] { x.sum().item<float>(); }), Names{"item"});
    QCOMPARE(waitsOf([&] { x.cpu(); }), Names{"copy to the host"});
    QCOMPARE(waitsOf([&] { there(host); }), Names{"copy from pageable memory"});
    QCOMPARE(waitsOf([&] { host.to(pretend::kDevice, /*non_blocking=*/true); }), Names{"copy from pageable memory"});
    QCOMPARE(waitsOf([&] { host.pin_memory().to(pretend::kDevice, /*non_blocking=*/true); }), Names{});
    QCOMPARE(waitsOf([&] { x.nonzero(); }), Names{"aten::nonzero"});
    QVERIFY(!waitsOf([&] { (void)at::equal(x, x); }).empty());
    QVERIFY(!waitsOf([&] { (void)x.isfinite().all().item<bool>(); }).empty());
  }

  void computesAsTheCpu() {
    const auto x = at::arange(96, at::kFloat).view({2, 3, 4, 4}).div(96),
               w = at::arange(54, at::kFloat).view({2, 3, 3, 3});
    const auto gradient = [](const at::Tensor& input, const at::Tensor& weight) {
      const auto leaf = weight.detach().clone().requires_grad_();
      const auto y = at::relu(at::conv2d(input, leaf, {}, 1, 1)).square().mean();
      return torch::autograd::grad({y}, {leaf})[0];
    };
    QVERIFY(at::allclose(gradient(there(x), there(w)).cpu(), gradient(x, w)));
    const auto q = x.view({2, 3, 4, 4});
    const auto attended = [](const at::Tensor& t) { return at::scaled_dot_product_attention(t, t, t, {}, 0.0, true); };
    QVERIFY(at::allclose(attended(there(q)).cpu(), attended(q)));
    auto list = std::vector<at::Tensor>{there(x)};
    at::_foreach_mul_(list, 2);
    QVERIFY(at::equal(list[0].cpu(), x * 2));
  }

  void memoryHasALimit() {
    pretend::setMemoryLimit(pretend::memoryUsed() + (1 << 20));
    {
      const auto half = at::empty({1 << 17}, at::TensorOptions(pretend::kDevice));
      QVERIFY_THROWS_EXCEPTION(c10::OutOfMemoryError, at::empty({1 << 18}, half.options()));
      QCOMPARE(at::getDeviceAllocator(at::kPrivateUse1)->getMemoryInfo(0).first, size_t{1 << 19});
    }
    QCOMPARE(at::empty({1 << 18}, at::TensorOptions(pretend::kDevice)).numel(), 1 << 18);
    pretend::setMemoryLimit(0);
    QVERIFY(at::isnan(at::empty({5}, at::TensorOptions(pretend::kDevice))).all().item<bool>());
  }
};

QTEST_APPLESS_MAIN(PretendDeviceTest)
#include "pretend_device_test.moc"
