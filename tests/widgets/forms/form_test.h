#pragma once

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <memory>

#include "widgets/forms/new_run_page.h"

namespace scanline {

/// Base of tests of the form of a new run: the form in a window, and a person's acts.
class FormTest {
 protected:
  void open() {
    page_ = std::make_unique<NewRunPage>();
    page_->resize(1200, 800);
    page_->show();
    QVERIFY(QTest::qWaitForWindowActive(page_.get()));
  }
  /// The field where a setting is typed or chosen.
  QWidget* editor(const QString& key) const {
    for (auto* widget : page_->findChildren<QWidget*>(key))
      if (qobject_cast<QLineEdit*>(widget) || qobject_cast<QComboBox*>(widget)) return widget;
    return nullptr;
  }
  /// As a person does: everything selected, then keys.
  void type(const QString& key, const QString& text) const {
    auto* box = qobject_cast<QComboBox*>(editor(key));
    auto* line = box ? box->lineEdit() : qobject_cast<QLineEdit*>(editor(key));
    QVERIFY(line);
    line->setFocus();
    line->selectAll();
    QTest::keyClick(line, Qt::Key_Delete);
    QTest::keyClicks(line, text);
  }
  /// What is wrong with a setting. Empty: nothing.
  QString problem(const QString& key) const {
    auto* label = page_->findChild<QLabel*>(key + ".problem");
    return label->isVisible() ? label->text() : QString();
  }
  QPushButton* button(const char* name) const { return page_->findChild<QPushButton*>(name); }

  std::unique_ptr<NewRunPage> page_;
};

}  // namespace scanline
