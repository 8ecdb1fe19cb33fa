// Every sentence that a person reads can be translated: no plain literal goes into a widget.
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

namespace {

// Calls that show words, and widgets made with them, with a literal as their argument.
constexpr auto kShown =
    R"((?:->|\.|\b)(setText|setToolTip|setStatusTip|setWhatsThis|setWindowTitle|setTitle|setPlaceholderText|setAccessibleName|setAccessibleDescription|addAction|addMenu|addTab|addButton|addRow|setTip|showText)\(\s*(?:QStringLiteral|QLatin1String|QString)?\(?u?\x22([^\x22]*)\x22)";
constexpr auto kMade =
    R"(new (QLabel|QPushButton|QToolButton|QCheckBox|QGroupBox|QDockWidget|QAction|QRadioButton)\(\s*(?:QStringLiteral|QLatin1String|QString)?\(?u?\x22([^\x22]*)\x22)";

}  // namespace

class PlainWordsTest : public QObject {
  Q_OBJECT
 private slots:
  void noPlainLiteralGoesIntoAWidget() {
    static const QRegularExpression kShownBy(QString::fromLatin1(kShown)), kMadeWith(QString::fromLatin1(kMade));
    static const QRegularExpression kWord(QStringLiteral("[A-Za-z]{3,}"));
    QStringList found;
    for (const char* folder : {"/app", "/widgets"}) {
      QDirIterator files(QStringLiteral(SCANLINE_SOURCE) + QString::fromLatin1(folder), {"*.cpp", "*.h"}, QDir::Files,
                         QDirIterator::Subdirectories);
      while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString source = QString::fromUtf8(file.readAll());
        for (const auto& pattern : {kShownBy, kMadeWith})
          for (auto matches = pattern.globalMatch(source); matches.hasNext();) {
            const auto match = matches.next();
            QString words = match.captured(2);
            words.remove(QRegularExpression(QStringLiteral("<[^>]*>|&[a-z]+;|%[0-9]")));
            if (!words.contains(kWord)) continue;
            const auto line = source.left(match.capturedStart()).count(QLatin1Char('\n')) + 1;
            found << QStringLiteral("%1:%2: %3(\"%4\")").arg(file.fileName()).arg(line).arg(match.captured(1), words);
          }
      }
    }
    QVERIFY2(found.isEmpty(), qPrintable(QLatin1Char('\n') + found.join(QLatin1Char('\n'))));
  }
};

QTEST_GUILESS_MAIN(PlainWordsTest)
#include "plain_words_test.moc"
