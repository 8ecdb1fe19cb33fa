// Dropping files on the window: what is told meanwhile, and giving up.
#include "app/importer.h"

#include <QLabel>
#include <QPushButton>
#include <QTest>
#include <algorithm>
#include <optional>

#include "app/main_window.h"
#include "core/base/error.h"
#include "core/store/workspace_lock.h"
#include "tests/app/window_test.h"
#include "widgets/parts/message_bar.h"

using namespace scanline;

class ImporterTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    window_ = std::make_unique<MainWindow>(workspace_, *settings_,
                                           []() -> std::shared_ptr<Engine> { throw Error("no engine here"); });
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void cleanup() { window_.reset(); }

  void aDroppedFolderBecomesRuns() {
    drop(*window_, {kEvents});
    QTRY_VERIFY(says(QStringLiteral("Imported “tensorboard”")));
    QCOMPARE(store().runs().size(), size_t{3});
  }

  /// While the first of three runs waits for the store, the person gives up; it goes, too.
  void aClickOnCancelGivesUpTheWholeImport() {
    WorkspaceLock lock(workspace_.toStdString());
    std::optional<WorkspaceLock::Held> held(std::in_place, lock);
    drop(*window_, {kEvents});
    auto* cancel = window_->findChild<MessageBar*>()->findChild<QPushButton*>();
    QTRY_VERIFY(cancel->isVisible());
    QCOMPARE(cancel->text(), QStringLiteral("Cancel"));
    QTest::mouseClick(cancel, Qt::LeftButton);
    held.reset();
    QTRY_VERIFY(says(QStringLiteral("was not imported: it was cancelled")));
    QVERIFY(store().runs().empty());
  }

  /// What waits is not done first; what is done stays.
  void closingTheWindowGivesUp() {
    constexpr int kImports = 40;
    window_->findChild<Importer*>()->import(QStringList(kImports, kEvents));
    window_.reset();
    QVERIFY(store().runs().size() < 3 * kImports);
    QCOMPARE(store().runs().size() % 3, size_t{0});
  }

 private:
  bool says(const QString& words) const {
    const auto labels = window_->findChild<MessageBar*>()->findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel* label) { return label->isVisible() && label->text().contains(words); });
  }

  const QString kEvents = QStringLiteral(SCANLINE_GOLDEN "/tensorboard");
  std::unique_ptr<MainWindow> window_;
};

QTEST_MAIN(ImporterTest)
#include "importer_test.moc"
