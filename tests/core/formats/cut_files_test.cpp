// Files of others that are cut while they are open: a sentence, never a signal.
#include <QTest>

#include "core/base/error.h"
#include "core/formats/npz.h"
#include "core/formats/safetensors.h"
#include "core/formats/tensor_bundle.h"
#include "core/formats/torch_file.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

}  // namespace

class CutFilesTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

  fs::path copyOf(const fs::path& source) const {
    const fs::path copy = folder_ / source.filename();
    fs::copy_file(kGolden / source, copy, fs::copy_options::overwrite_existing);
    return copy;
  }

 private slots:
  void archives() {
    const fs::path copy = copyOf("npz/tokens.npz");
    const NpzFile file(copy);
    QCOMPARE(file.array("ids").shape, (std::vector<int64_t>{32, 64}));
    fs::resize_file(copy, 100);
    QVERIFY_THROWS_EXCEPTION(Error, file.array("ids"));
    QVERIFY(!file.hasTexts("none"));
  }

  void checkpointsOfTensorFlow() {
    const fs::path index = copyOf("tf/model.ckpt-1000.index");
    std::vector<fs::path> data;
    for (int i = 0; i < 4; ++i)
      data.push_back(copyOf("tf/model.ckpt-1000.data-0000" + std::to_string(i) + "-of-00004"));
    const TensorBundle file(index);
    const auto readAll = [&] {
      for (const std::string& name : file.names())
        if (file.integer(name) == std::nullopt) file.floats(name, file.shape(name));
    };
    readAll();
    for (const fs::path& each : data) fs::resize_file(each, 10);
    QVERIFY_THROWS_EXCEPTION(Error, readAll());
  }

  void safetensors() {
    const TempFolder& folder = folder_;
    const std::vector<float> values(100'000, 0.5F);
    writeSafetensors(folder / "t",
                     std::vector<std::pair<std::string, TensorView>>{
                         {"t", {Dtype::F32, {100'000}, std::as_bytes(std::span(values))}}},
                     {});
    const SafetensorsFile file(folder / "t");
    QVERIFY(file.floats("t", std::array<int64_t, 1>{100'000}) == values);
    fs::resize_file(folder / "t", 8192);
    QVERIFY_THROWS_EXCEPTION(Error, file.floats("t", std::array<int64_t, 1>{100'000}));
    std::vector<std::byte> bytes(400'000);
    QVERIFY_THROWS_EXCEPTION(Error, file.read(file.tensor("t"), bytes));
  }

  void filesOfTorch_data() {
    QTest::addColumn<QString>("name");
    QTest::newRow("zip") << "pytorch_model.bin";
    QTest::newRow("before 1.6") << "pytorch_model_legacy.bin";
  }
  void filesOfTorch() {
    QFETCH(const QString, name);
    const fs::path copy = copyOf("hf_variants/" + name.toStdString());
    const TorchFile file(copy);
    const SafetensorsFile shapes(kGolden / "hf_variants/model.safetensors");
    const auto readAll = [&] {
      for (const std::string& each : file.names()) file.floats(each, shapes.tensor(each).shape);
    };
    readAll();
    fs::resize_file(copy, 5000);
    QVERIFY_THROWS_EXCEPTION(Error, readAll());
  }
};

QTEST_APPLESS_MAIN(CutFilesTest)
#include "cut_files_test.moc"
