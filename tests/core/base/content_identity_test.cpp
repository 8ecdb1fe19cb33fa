// A name for the contents of files.
#include "core/base/content_identity.h"

#include <QTest>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class ContentIdentityTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

 private slots:
  void equalContentHasOneNameWhereverItLies() {
    writeFileAtomically(folder_ / "a", "weights");
    writeFileAtomically(folder_ / "b", "weights");
    writeFileAtomically(folder_ / "c", "weightz");
    QCOMPARE(contentIdentity(folder_ / "a").size(), size_t{64});
    QCOMPARE(contentIdentity(folder_ / "a"), contentIdentity(folder_ / "b"));
    QVERIFY(contentIdentity(folder_ / "a") != contentIdentity(folder_ / "c"));
  }

  void largeFilesAreReadInPlaces() {
    std::string text(10'000'000, 'x');
    writeFileAtomically(folder_ / "large", text);
    const auto before = contentIdentity(folder_ / "large");
    for (const size_t place : {size_t{0}, text.size() - 1}) {
      std::string other = text;
      other[place] = 'y';
      writeFileAtomically(folder_ / "large", other);
      QVERIFY(contentIdentity(folder_ / "large") != before);
    }
    std::string other = text;  // as a step changes them: everywhere, here but at the ends
    for (size_t i = 2'000'000; i < 8'000'000; i += 64) other[i] = 'y';
    writeFileAtomically(folder_ / "large", other);
    QVERIFY(contentIdentity(folder_ / "large") != before);
    writeFileAtomically(folder_ / "large", text + "x");
    QVERIFY(contentIdentity(folder_ / "large") != before);
  }

  void foldersAndPrefixesAreTheirFiles() {
    fs::create_directory(folder_ / "model");
    writeFileAtomically(folder_ / "model/config.json", "{}");
    writeFileAtomically(folder_ / "model/w.index", "1");
    writeFileAtomically(folder_ / "model/w.data-0", "2");
    const auto whole = contentIdentity(folder_ / "model"), prefix = contentIdentity(folder_ / "model/w");
    QVERIFY(whole != prefix);
    writeFileAtomically(folder_ / "model/config.json", "{ }");
    QVERIFY(contentIdentity(folder_ / "model") != whole);
    QCOMPARE(contentIdentity(folder_ / "model/w"), prefix);
    fs::rename(folder_ / "model/w.index", folder_ / "model/w.other");
    QVERIFY(contentIdentity(folder_ / "model/w") != prefix);
  }

  void whatIsNotThereIsASentence() {
    QVERIFY_THROWS_EXCEPTION(Error, contentIdentity(folder_ / "missing"));
    fs::create_directory(folder_ / "empty");
    QVERIFY_THROWS_EXCEPTION(Error, contentIdentity(folder_ / "empty"));
  }
};

QTEST_APPLESS_MAIN(ContentIdentityTest)
#include "content_identity_test.moc"
