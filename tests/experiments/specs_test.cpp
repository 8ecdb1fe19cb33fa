#include <QTest>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class SpecsTest : public QObject {
  Q_OBJECT
 private slots:
  /// experiments/specs holds what `scanline-cli spec` prints. After a change of a preset or of a field's help, print it
  /// again.
  void filesEqualThePresets() {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SCANLINE_SPECS))
      files += entry.path().extension() == ".toml";
    QCOMPARE(files, presets().size());
    for (const Preset& each : presets()) {
      const auto file = std::filesystem::path(SCANLINE_SPECS) / (std::string(each.name) + ".toml");
      QVERIFY2(readFile(file, 1 << 20) == toToml(each.spec), file.c_str());
    }
  }
};

QTEST_APPLESS_MAIN(SpecsTest)
#include "specs_test.moc"
