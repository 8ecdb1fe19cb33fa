#include "widgets/lists/inspector.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/spec/spec_text.h"
#include "widgets/lists/checkpoints_page.h"
#include "widgets/lists/log_page.h"
#include "widgets/lists/overview_page.h"
#include "widgets/lists/run_settings_page.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/state_mark.h"

namespace scanline {

namespace {

/// "BERT, 4 layers, width 64, seed 1": as far as it is known. Empty for a spec that a newer version wrote.
QString architecture(const RunDetails& details) {
  if (details.summary.kind == RunKind::Curves)
    return text::isLogged(details.summary) ? Inspector::tr("logged by another program")
                                           : Inspector::tr("imported curves");
  try {
    const RunSpec spec = fromToml(details.specToml, "the run's settings");
    const auto& known = details.known;
    QStringList parts;
    if (spec.kind == RunKind::Vqvae) {
      parts << Inspector::tr("%1 codes").arg(spec.vqvae.codes);
    } else {
      if (spec.model.objective == Objective::Bert) parts << QStringLiteral("BERT");
      if (known.has("model.layers")) parts << Inspector::tr("%1 layers").arg(spec.model.layers);
      if (known.has("model.width")) parts << Inspector::tr("width %1").arg(spec.model.width);
    }
    if (known.has("seed")) parts << Inspector::tr("seed %1").arg(spec.seed);
    return parts.join(QStringLiteral(", "));
  } catch (const Error&) {
    return {};  // the settings page shows the sentence
  }
}

}  // namespace

Inspector::Inspector(QWidget* parent)
    : QWidget(parent),
      chip_(new QLabel(this)),
      name_(new QLabel(this)),
      subtitle_(new QLabel(this)),
      state_(new QLabel(this)),
      problem_(new QLabel(this)),
      tabs_(new QTabBar(this)),
      pages_(new QStackedWidget(this)),
      overview_(new OverviewPage(this)),
      settings_(new RunSettingsPage(this)),
      checkpoints_(new CheckpointsPage(this)),
      log_(new LogPage(this)) {
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.15);
  large.setWeight(QFont::DemiBold);
  name_->setFont(large);
  for (QLabel* label : {name_, subtitle_, problem_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  }
  subtitle_->setForegroundRole(QPalette::PlaceholderText);
  problem_->setForegroundRole(QPalette::BrightText);
  chip_->setFixedSize(12, 12);
  state_->setFixedSize(16, 16);
  tabs_->addTab(tr("Overview"));
  tabs_->addTab(tr("Settings"));
  tabs_->addTab(tr("Checkpoints"));
  tabs_->addTab(tr("Log"));
  tabs_->setDocumentMode(true);
  tabs_->setDrawBase(false);
  tabs_->setExpanding(true);
  tabs_->setUsesScrollButtons(false);
  tabs_->setElideMode(Qt::ElideRight);
  for (QWidget* page : std::initializer_list<QWidget*>{overview_, settings_, checkpoints_, log_})
    pages_->addWidget(page);

  auto* first = new QHBoxLayout;
  first->setContentsMargins(12, 10, 12, 0);
  first->setSpacing(8);
  first->addWidget(chip_);
  first->addWidget(name_, 1);
  first->addWidget(state_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(first);
  subtitle_->setContentsMargins(12, 3, 12, 8);
  problem_->setContentsMargins(12, 0, 12, 8);
  column->addWidget(subtitle_);
  column->addWidget(problem_);
  column->addWidget(tabs_);
  column->addWidget(pages_, 1);

  connect(tabs_, &QTabBar::currentChanged, pages_, &QStackedWidget::setCurrentIndex);
  connect(overview_, &OverviewPage::noteChanged, this, &Inspector::noteChanged);
  connect(overview_, &OverviewPage::tagsChanged, this, &Inspector::tagsChanged);
  connect(overview_, &OverviewPage::parentActivated, this, &Inspector::parentActivated);
  connect(overview_, &OverviewPage::openFolderRequested, this, &Inspector::openFolderRequested);
  connect(checkpoints_, &CheckpointsPage::forkRequested, this, [this](qint64 step) { emit forkRequested(run_, step); });
  connect(checkpoints_, &CheckpointsPage::completeRequested, this,
          [this](qint64 step) { emit completeRequested(run_, step); });
  connect(checkpoints_, &CheckpointsPage::nextRequested, this,
          [this](qint64 step, RunKind kind) { emit nextRequested(run_, step, kind); });
  connect(overview_, &OverviewPage::nextRequested, this, [this](RunKind kind) { emit nextRequested(run_, -1, kind); });
  connect(overview_, &OverviewPage::winnerRequested, this, [this] { emit winnerRequested(run_); });
  connect(checkpoints_, &CheckpointsPage::showFileRequested, this, &Inspector::showFileRequested);
  clear();
}

void Inspector::setDetails(const RunDetails& details, const QString& parentName) {
  if (details.summary.id != run_) log_->clearLog();
  run_ = details.summary.id;
  summary_ = details.summary;
  architecture_ = architecture(details);
  overview_->setDetails(details, parentName);
  settings_->setSpec(details.specToml, details.known);
  checkpoints_->setCheckpoints(details.checkpoints, QString::fromStdString(details.folder), resumeText(details),
                               details.summary.kind);
  describe();
}

void Inspector::appendLog(const std::vector<LogRow>& rows) {
  log_->append(rows);
}

void Inspector::clear() {
  overview_->setDetails({}, {});
  settings_->setSpec({}, {});
  checkpoints_->setCheckpoints({}, {}, {}, {});
  log_->clearLog();
  run_ = {};
  summary_ = {};
  architecture_.clear();
  describe();
}

void Inspector::showPage(Page page) {
  tabs_->setCurrentIndex(static_cast<int>(page));
}

void Inspector::describe() {
  const bool any = run_.value != 0;
  for (QWidget* part : std::initializer_list<QWidget*>{chip_, state_, tabs_, pages_}) part->setVisible(any);
  problem_->setVisible(any && !summary_.detail.empty() &&
                       (summary_.state == RunState::Failed || summary_.state == RunState::Interrupted));
  problem_->setText(QString::fromStdString(summary_.detail));
  name_->setText(any ? QString::fromStdString(summary_.name) : tr("No run selected"));
  QStringList parts;
  if (!summary_.dataset.empty()) parts << QString::fromStdString(summary_.dataset);
  if (!architecture_.isEmpty()) parts << architecture_;
  if (summary_.parameters > 0) parts << text::count(summary_.parameters);
  subtitle_->setText(any ? parts.join(QStringLiteral(" · ")) : tr("Select one in the list to see all about it."));
  restyle();
}

void Inspector::restyle() {
  const Theme theme(palette());
  const auto painted = [this](int side, auto&& paint) {
    QPixmap pixmap(QSize(side, side) * devicePixelRatioF());
    pixmap.setDevicePixelRatio(devicePixelRatioF());
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    paint(painter, QRectF(0, 0, side, side));
    return pixmap;
  };
  chip_->setPixmap(painted(12, [&](QPainter& painter, const QRectF& rect) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.run(summary_.colour));
    painter.drawRoundedRect(rect, 3, 3);
  }));
  state_->setPixmap(painted(16, [&](QPainter& painter, const QRectF& rect) {
    paintState(painter, rect.adjusted(1, 1, -1, -1), summary_.state, text::progress(summary_), theme);
  }));
  state_->setToolTip(text::stateName(summary_.state));
  state_->setAccessibleName(text::stateName(summary_.state));
}

void Inspector::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) restyle();
}

}  // namespace scanline
