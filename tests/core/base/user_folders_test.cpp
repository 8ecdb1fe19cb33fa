#include "core/base/user_folders.h"

#include <QTest>

using namespace scanline;

class UserFoldersTest : public QObject {
  Q_OBJECT
 private slots:
  void theSignOfTheHomeFolderIsExpanded() {
    qputenv("HOME", "/home/me");
    QCOMPARE(expandHome("~"), std::string("/home/me"));
    QCOMPARE(expandHome("~/runs"), std::string("/home/me/runs"));
    QCOMPARE(expandHome("~root/runs"), std::string("/root/runs"));
  }

  void everythingElseStays() {
    for (const char* path : {"", "/a/~", "a~/b", "~nobody-of-this-name/x", "./~"})
      QCOMPARE(expandHome(path), std::string(path));
  }
};

QTEST_APPLESS_MAIN(UserFoldersTest)
#include "user_folders_test.moc"
