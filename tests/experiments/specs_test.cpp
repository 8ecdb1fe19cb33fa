#include <QTest>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class SpecsTest : public QObject {
  Q_OBJECT
 private slots:
  /// experiments/specs holds the presets as people write them: the settings that differ from the defaults.
  void filesEqualThePresets() {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SCANLINE_SPECS))
      files += entry.path().extension() == ".toml";
    QCOMPARE(files, presets().size());
    for (const Preset& each : presets()) {
      const auto file = std::filesystem::path(SCANLINE_SPECS) / (std::string(each.name) + ".toml");
      const RunSpec read = fromToml(readFile(file, 1 << 20), file.string());
      const auto different = differences(read, each.spec);
      QVERIFY2(different.empty(), different.empty() ? "" : (file.string() + ": " + different.front().key).c_str());
    }
  }
};

QTEST_APPLESS_MAIN(SpecsTest)
#include "specs_test.moc"
