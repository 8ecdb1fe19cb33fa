#pragma once

#include <QApplication>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>

#include "app/main_window.h"
#include "core/base/error.h"
#include "tests/app/window_test.h"
#include "widgets/parts/message_bar.h"

namespace scanline {

/// Base of tests of the whole window on the screen, one at a time.
class OpenWindowTest : public WindowTest {
 protected:
  using EngineMaker = std::function<std::shared_ptr<Engine>()>;
  static std::shared_ptr<Engine> noEngine() { throw Error("no engine here"); }

  /// A window on the workspace, after the one before has gone. Not shown yet.
  void makeWindow(EngineMaker engine = noEngine) {
    window_.reset();
    window_ = std::make_unique<MainWindow>(workspace_, *settings_, std::move(engine));
  }
  /// The same, shown and with the keyboard. It may still be reading its runs.
  void openWindow(EngineMaker engine = noEngine, QSize size = {1440, 900}) {
    makeWindow(std::move(engine));
    window_->resize(size);
    window_->show();
    QVERIFY(QTest::qWaitForWindowActive(window_.get()));
  }

  /// A button of the tool bar. Null: there is none of this name.
  QToolButton* toolButton(const QString& name) const {
    for (auto* each : window_->findChild<QToolBar*>()->findChildren<QToolButton*>())
      if (each->accessibleName() == name) return each;
    return nullptr;
  }
  /// What the message bar offers to do. Null: nothing in these words.
  QPushButton* offer(const QString& text) const {
    for (auto* each : window_->findChild<MessageBar*>()->findChildren<QPushButton*>())
      if (each->isVisible() && each->text() == text) return each;
    return nullptr;
  }
  /// Presses a button of the box that opens next, which says `question`.
  void answerBox(const QString& text, QString* question) {
    auto* timer = new QTimer(window_.get());
    timer->callOnTimeout([timer, text, question] {
      auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
      if (!box) return;
      *question = box->text();
      timer->deleteLater();
      for (auto* each : box->buttons())
        if (each->text().remove('&') == text) return QTest::mouseClick(each, Qt::LeftButton);
    });
    timer->start(50);
  }

  std::unique_ptr<MainWindow> window_;
};

}  // namespace scanline
