// Translations: every text of the window is one that Qt's tool for translators finds, under the context that the window
// asks with; and a file of translations is taken.
#include "app/translation.h"

#include <QAction>
#include <QLabel>
#include <QMenu>
#include <QProcess>
#include <QTabWidget>
#include <QTest>
#include <QTranslator>
#include <QXmlStreamReader>
#include <set>

#include "tests/app/open_window_test.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/run_table.h"

using namespace scanline;

namespace {

using Words = std::pair<QString, QString>;  // context and text

/// Takes down which texts are asked for.
class Recorder : public QTranslator {
 public:
  QString translate(const char* context, const char* source, const char*, int) const override {
    asked.emplace(QString::fromUtf8(context), QString::fromUtf8(source));
    return {};
  }
  bool isEmpty() const override { return false; }
  mutable std::set<Words> asked;
};

/// Those of the file that the tool has made.
std::set<Words> wordsIn(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  std::set<Words> words;
  QXmlStreamReader xml(&file);
  QString context;
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement()) continue;
    if (xml.name() == QStringLiteral("name")) context = xml.readElementText();
    if (xml.name() == QStringLiteral("source")) words.emplace(context, xml.readElementText());
  }
  return words;
}

bool runs(const QString& program, const QStringList& arguments) {
  QProcess process;
  process.setWorkingDirectory(QStringLiteral(SCANLINE_SOURCE));
  process.start(program, arguments);
  return process.waitForFinished(120'000) && process.exitCode() == 0;
}

}  // namespace

class TranslationTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    file_ = folder_->filePath("scanline_de.ts");
    if (QStringLiteral(LUPDATE).isEmpty()) QSKIP("lupdate is not installed");
    QVERIFY(runs(LUPDATE, {"-silent", "-recursive", "app", "widgets", "-I", ".", "-ts", file_}));
  }
  void cleanup() { window_.reset(); }

  void whatTheWindowAsksForIsFound() {
    const auto known = wordsIn(file_);
    QVERIFY(known.size() > 1000);
    Recorder recorder;
    QCoreApplication::installTranslator(&recorder);
    walk();
    QCoreApplication::removeTranslator(&recorder);
    std::set<QString> ours;
    for (const auto& [context, text] : known) ours.insert(text);
    QStringList faults;
    size_t asked = 0;
    for (const Words& words : recorder.asked) {
      const bool isQts = words.first == QStringLiteral("QObject") ? !ours.contains(words.second)
                                                                  : words.first.startsWith(QLatin1Char('Q'));
      if (isQts || words.first.startsWith(QStringLiteral("QPlatform")) || words.second.isEmpty()) continue;
      ++asked;
      if (!known.contains(words)) faults << words.first + QStringLiteral(": ") + words.second.left(60);
    }
    QVERIFY(asked > 300);
    QVERIFY2(faults.isEmpty(), qPrintable(QLatin1Char('\n') + faults.join(QLatin1Char('\n'))));
  }

  void aFileOfTranslationsIsTaken() {
    if (QStringLiteral(LRELEASE).isEmpty()) QSKIP("lrelease is not installed");
    QFile file(file_);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QString text = QString::fromUtf8(file.readAll());
    file.close();
    const QString open =
        QStringLiteral("<source>Curves</source>\n        <translation type=\"unfinished\"></translation>");
    QVERIFY(text.contains(open));
    text.replace(open, QStringLiteral("<source>Curves</source>\n        <translation>Kurven</translation>"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
    file.close();
    const QString folder = folder_->path();
    QVERIFY(runs(LRELEASE, {"-silent", file_, "-qm", folder + "/scanline_de.qm"}));
    QVERIFY(!installTranslation(QLocale(QLocale::French), {folder}));
    QVERIFY(!installTranslation(QLocale(QLocale::German), {folder + "/none"}));
    QVERIFY(installTranslation(QLocale(QLocale::German), {folder + "/none", folder}));
    open_();
    QCOMPARE(window_->findChild<QTabWidget*>()->tabText(0), QStringLiteral("Kurven"));
    for (auto* each : qApp->findChildren<QTranslator*>()) delete each;
  }

 private:
  void open_() {
    if (store().runs().empty()) addRun(fakeSpec("a"));
    openWindow();
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
  }
  /// Every page, every menu, the form.
  void walk() {
    open_();
    auto* tabs = window_->findChild<QTabWidget*>();
    for (int at = 0; at < tabs->count(); ++at) {
      tabs->setCurrentIndex(at);
      QTest::qWait(100);
    }
    for (auto* menu : window_->findChildren<QMenu*>()) emit menu->aboutToShow();
    choose(*window_, "New run…");
    QVERIFY(shownForm(*window_));
    choose(*window_, "Preferences…");
    choose(*window_, "Shortcuts");
    choose(*window_, "Commands…");
    QTest::qWait(100);
  }

  QString file_;
};

QTEST_MAIN(TranslationTest)
#include "translation_test.moc"
