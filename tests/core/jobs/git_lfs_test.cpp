// The text that Git LFS leaves in a large file's place, wherever a file of others is opened.
#include <QTest>
#include <functional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/data/labels.h"
#include "core/data/readers.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/tfevents.h"
#include "core/foreign/token_file.h"
#include "core/jobs/import.h"
#include "core/run/checkpoint_file.h"
#include "core/tokens/palette.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class GitLfsTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  RunStore store_{folder_ / "workspace", StoreMode::ReadWrite};

  fs::path pointer(const fs::path& name) const {
    fs::create_directories((folder_ / name).parent_path());
    writeFileAtomically(folder_ / name,
                        "version https://git-lfs.github.com/spec/v1\n"
                        "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");
    return folder_ / name;
  }

 private slots:
  void everyReaderSaysWhatItIs_data() {
    QTest::addColumn<std::function<void(fs::path)>>("read");
    QTest::addColumn<QString>("name");
    const auto add = [](const char* name, std::function<void(fs::path)> read) {
      QTest::newRow(name) << std::move(read) << QString(name);
    };
    add("a.npy", [](const fs::path& file) { readNpyImages(file); });
    add("a.npz", [](const fs::path& file) { readNpyImages(file); });
    add("tokens.npz", [](const fs::path& file) { readTokens(file, 4); });
    add("labels.npy", [](const fs::path& file) { readLabels(file, 4); });
    add("palette.npy", [](const fs::path& file) { loadPalette(file); });
    add("a.png", [](const fs::path& file) { readImage(file); });
    add("a.jpg", [](const fs::path& file) { readImage(file); });
    add("events.out.tfevents.1.a", [](const fs::path& file) { readEventLog(file); });
    add("model.ckpt-1.index", [](const fs::path& file) { readForeignModel(file); });
    add("a.safetensors", [](const fs::path& file) { readCheckpointInfo(file); });
    add("dropped.safetensors", [this](const fs::path& file) { importPath(store_, file); });
    add("run.json", [this](const fs::path& file) { importPath(store_, file); });
    add("curves.csv", [this](const fs::path& file) { importPath(store_, file); });
    add("spec.toml", [this](const fs::path& file) { importPath(store_, file); });
    add("optdigits.tra.gz", [](const fs::path& file) { readDigits(file); });
    add("hf/model.safetensors", [](const fs::path& file) {
      fs::copy_file(fs::path(SCANLINE_GOLDEN) / "hf/config.json", file.parent_path() / "config.json");
      readForeignModel(file.parent_path());
    });
    add("torch/pytorch_model.bin", [](const fs::path& file) {
      fs::copy_file(fs::path(SCANLINE_GOLDEN) / "hf/config.json", file.parent_path() / "config.json");
      readForeignModel(file.parent_path());
    });
  }
  void everyReaderSaysWhatItIs() {
    QFETCH(const std::function<void(fs::path)>, read);
    QFETCH(const QString, name);
    const fs::path file = pointer(name.toStdString());
    try {
      read(file);
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("is a Git LFS pointer"), error.what());
      QVERIFY2(QString(error.what()).contains(QString::fromStdString(file.filename().string())), error.what());
      QVERIFY2(QString(error.what()).contains("git lfs pull"), error.what());
    }
    QVERIFY(store_.runs().empty());
  }
};

QTEST_APPLESS_MAIN(GitLfsTest)
#include "git_lfs_test.moc"
