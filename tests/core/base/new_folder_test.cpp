#include "core/base/new_folder.h"

#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class NewFolderTest : public QObject {
  Q_OBJECT
 private slots:
  void namesBecomeSafe_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("safe");
    QTest::newRow("plain") << "quick start"
                           << "quick start";
    QTest::newRow("path") << "search/0003"
                          << "search_0003";
    QTest::newRow("upwards") << "../../etc"
                             << "_._.._etc";
    QTest::newRow("this folder") << "."
                                 << "run";
    QTest::newRow("hidden") << ".cache"
                            << "_cache";
    QTest::newRow("option") << "-rf"
                            << "_rf";
    QTest::newRow("other systems") << "a:b?c*d|\"e\"<f>\\g"
                                   << "a_b_c_d__e__f__g";
    QTest::newRow("control") << "a\nb\tc"
                             << "a_b_c";
    QTest::newRow("ends") << "  run. ."
                          << "run";
    QTest::newRow("nothing") << ""
                             << "run";
    QTest::newRow("letters") << QStringLiteral("größer 像素") << QStringLiteral("größer 像素");
  }
  void namesBecomeSafe() {
    QFETCH(const QString, name);
    QFETCH(const QString, safe);
    QCOMPARE(QString::fromStdString(safeFileName(name.toStdString())), safe);
  }

  void longNamesEndBetweenCharacters() {
    const std::string safe = safeFileName(QStringLiteral("像").repeated(200).toStdString());
    QCOMPARE(safe, QStringLiteral("像").repeated(40).toStdString());
    QCOMPARE(safeFileName(std::string(119, 'a') + "\u00e4").size(), 119UL);
  }

  void eachFolderIsNew() {
    const TempFolder folder;
    const fs::path parent = folder / "not/there/yet";
    writeFileAtomically(folder / "file", "");
    std::vector<fs::path> made;
    for (int i = 0; i < 3; ++i) {
      const NewFolder each(parent, "a/b");
      made.push_back(each.path());
      writeFileAtomically(each.path() / "content", "kept");
    }
    QCOMPARE(made, (std::vector<fs::path>{parent / "a_b", parent / "a_b 2", parent / "a_b 3"}));
    for (const fs::path& path : made) QVERIFY(fs::exists(path / "content"));
  }

  /// A file or a broken link of that name is passed over as a folder is.
  void whatIsThereIsPassedOver() {
    const TempFolder folder;
    writeFileAtomically(folder / "run", "a file");
    fs::create_symlink("nowhere", folder / "run 2");
    fs::create_directory(folder / "run 3");
    const NewFolder made(folder.path(), "run");
    QCOMPARE(made.path(), folder / "run 4");
    QCOMPARE(readFile(folder / "run", 100), std::string("a file"));
  }

  void anEmptyOneGoesAgain() {
    const TempFolder folder;
    { const NewFolder made(folder.path(), "run"); }
    QVERIFY(fs::is_empty(folder.path()));
  }

  void whereNothingCanBeMadeASentenceSaysSo() {
    const TempFolder folder;
    writeFileAtomically(folder / "file", "");
    try {
      const NewFolder made(folder / "file", "run");
      QFAIL("it was made");
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).find("cannot be made: Not a directory. Choose") != std::string_view::npos,
               error.what());
    }
  }
};

QTEST_APPLESS_MAIN(NewFolderTest)
#include "new_folder_test.moc"
