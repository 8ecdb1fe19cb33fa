#include "core/base/digest.h"

#include <QTest>

#include "core/base/error.h"

using namespace scanline;

class DigestTest : public QObject {
  Q_OBJECT
 private slots:
  /// FIPS 180-4 and RFC 1321.
  void publishedSums() {
    Digest sha("sha256"), md5("md5"), none("md5");
    sha.add("a");
    sha.add("bc");
    md5.add("message digest");
    QCOMPARE(sha.hex(), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(md5.hex(), std::string("f96b697d7cb7938d525a2f31aaf161d0"));
    QCOMPARE(none.hex(), std::string("d41d8cd98f00b204e9800998ecf8427e"));
  }
  void unknownKindsAreRefused() { QVERIFY_THROWS_EXCEPTION(Error, Digest("crc8")); }
};

QTEST_APPLESS_MAIN(DigestTest)
#include "digest_test.moc"
