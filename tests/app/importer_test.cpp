// Dropping files on the window: what is told meanwhile, and giving up.
#include "app/importer.h"

#include <QApplication>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <optional>

#include "app/main_window.h"
#include "core/base/error.h"
#include "core/store/workspace_lock.h"
#include "widgets/lists/message_bar.h"

using namespace scanline;

class ImporterTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    workspace_ = folder_->path() + "/workspace";
    settings_ = std::make_unique<Settings>(folder_->path() + "/settings.ini");
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite);
    window_ = std::make_unique<MainWindow>(workspace_, *settings_,
                                           []() -> std::shared_ptr<Engine> { throw Error("no engine here"); });
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void cleanup() { window_.reset(); }

  void aDroppedFolderBecomesRuns() {
    drop(kEvents);
    QTRY_VERIFY(says(QStringLiteral("Imported “tensorboard”")));
    QCOMPARE(runs().size(), size_t{3});
  }

  /// While the first of three runs waits for the store, the person gives up; it goes, too.
  void aClickOnCancelGivesUpTheWholeImport() {
    WorkspaceLock lock(workspace_.toStdString());
    std::optional<WorkspaceLock::Held> held(std::in_place, lock);
    drop(kEvents);
    auto* cancel = window_->findChild<MessageBar*>()->findChild<QPushButton*>();
    QTRY_VERIFY(cancel->isVisible());
    QCOMPARE(cancel->text(), QStringLiteral("Cancel"));
    QTest::mouseClick(cancel, Qt::LeftButton);
    held.reset();
    QTRY_VERIFY(says(QStringLiteral("was not imported: it was cancelled")));
    QVERIFY(runs().empty());
  }

  /// What waits is not done first; what is done stays.
  void closingTheWindowGivesUp() {
    constexpr int kImports = 40;
    window_->findChild<Importer*>()->import(QStringList(kImports, kEvents));
    window_.reset();
    QVERIFY(runs().size() < 3 * kImports);
    QCOMPARE(runs().size() % 3, size_t{0});
  }

 private:
  void drop(const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event(QPointF(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &event);
  }
  bool says(const QString& words) const {
    const auto labels = window_->findChild<MessageBar*>()->findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel* label) { return label->isVisible() && label->text().contains(words); });
  }
  std::vector<RunSummary> runs() const { return RunStore(workspace_.toStdString(), StoreMode::ReadOnly).runs(); }

  const QString kEvents = QStringLiteral(SCANLINE_GOLDEN "/tensorboard");
  std::unique_ptr<QTemporaryDir> folder_;
  QString workspace_;
  std::unique_ptr<Settings> settings_;
  std::unique_ptr<MainWindow> window_;
};

QTEST_MAIN(ImporterTest)
#include "importer_test.moc"
