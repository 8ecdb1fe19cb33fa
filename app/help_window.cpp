#include "app/help_window.h"

#include <QFile>
#include <QHBoxLayout>
#include <QListWidget>
#include <QTextBrowser>
#include <array>
#include <utility>

namespace scanline {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 18> kPages{{
    {"getting-started", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Getting started")},
    {"curves", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Curves")},
    {"probe", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Probe")},
    {"completions", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Completions")},
    {"studio", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Studio")},
    {"features", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Features")},
    {"fine-tuning", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Fine-tuning, masked pixels")},
    {"data", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Data")},
    {"results", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Results")},
    {"queue", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Queue")},
    {"processes", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Several processes")},
    {"clusters", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Clusters, other machines")},
    {"specs", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Settings of a run")},
    {"search", QT_TRANSLATE_NOOP("scanline::HelpWindow", "From a model to the next run")},
    {"files-and-terminal", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Files and terminal")},
    {"charts", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Charts of runs")},
    {"asking", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Asking for runs")},
    {"shortcuts", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Shortcuts")},
}};

}  // namespace

HelpWindow::HelpWindow(QWidget* parent)
    : QDialog(parent), pages_(new QListWidget(this)), text_(new QTextBrowser(this)) {
  setWindowTitle(tr("Scanline help"));
  resize(860, 600);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(pages_);
  layout->addWidget(text_, 1);
  pages_->setFixedWidth(180);
  pages_->setFrameShape(QFrame::NoFrame);
  pages_->setAccessibleName(tr("Help pages"));
  text_->setFrameShape(QFrame::NoFrame);
  text_->setAccessibleName(tr("Help text"));
  text_->document()->setDocumentMargin(24);
  for (const auto& [file, title] : kPages) {
    auto* item = new QListWidgetItem(tr(title), pages_);
    item->setData(Qt::UserRole, QString::fromLatin1(file));
    item->setSizeHint({0, 32});
  }
  connect(pages_, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
    QFile page(QStringLiteral(":/help/%1.md").arg(item->data(Qt::UserRole).toString()));
    if (page.open(QIODevice::ReadOnly)) text_->setMarkdown(QString::fromUtf8(page.readAll()));
  });
  pages_->setCurrentRow(0);
}

void HelpWindow::open(const QString& page) {
  for (int row = 0; row < pages_->count(); ++row)
    if (pages_->item(row)->data(Qt::UserRole).toString() == page) pages_->setCurrentRow(row);
  show();
  raise();
  activateWindow();
}

}  // namespace scanline
