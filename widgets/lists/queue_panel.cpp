#include "widgets/lists/queue_panel.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/lists/queue_delegate.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

QueuePanel::QueuePanel(QWidget* parent)
    : QWidget(parent),
      model_(new QueueModel(this)),
      delegate_(new QueueDelegate(*model_, this)),
      summary_(new QLabel(this)),
      nothing_(new QLabel(tr("Nothing waits. New runs line up here."), this)),
      hold_(new QToolButton(this)),
      view_(new QListView(this)) {
  hold_->setText(tr("Hold queue"));
  summary_->setWordWrap(true);  // two lines in a narrow column
  hold_->setCheckable(true);
  hold_->setAutoRaise(true);
  hold_->setToolTip(tr("Keep waiting runs from starting; the running one goes on"));
  nothing_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  nothing_->setWordWrap(true);
  for (QLabel* label : {summary_, nothing_}) label->setForegroundRole(QPalette::PlaceholderText);
  nothing_->setContentsMargins(16, 12, 16, 16);

  view_->setModel(model_);
  view_->setItemDelegate(delegate_);
  view_->setAccessibleName(tr("Queue"));
  view_->setFrameShape(QFrame::NoFrame);
  view_->setMouseTracking(true);
  view_->setVerticalScrollMode(QListView::ScrollPerPixel);
  view_->setDragDropMode(QListView::InternalMove);
  view_->setDefaultDropAction(Qt::MoveAction);
  view_->setEditTriggers(QListView::NoEditTriggers);
  view_->setContextMenuPolicy(Qt::CustomContextMenu);
  view_->installEventFilter(this);
  setFocusProxy(view_);

  auto* bar = new QHBoxLayout;
  bar->setContentsMargins(12, 6, 6, 4);
  bar->setSpacing(8);
  bar->addWidget(summary_, 1);
  bar->addWidget(hold_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(bar);
  column->addWidget(nothing_, 1);
  column->addWidget(view_, 1);

  connect(hold_, &QToolButton::toggled, this, [this](bool held) {
    describe();
    emit holdChanged(held);
  });
  connect(model_, &QueueModel::moveRequested, this, &QueuePanel::moveRequested);
  connect(delegate_, &QueueDelegate::buttonClicked, this, [this](int row, QueueDelegate::Button button) {
    button == QueueDelegate::Button::Pause ? pauseOrResume(row) : stop(row);
  });
  connect(view_, &QListView::activated, this,
          [this](const QModelIndex& index) { emit runActivated(model_->entry(index.row()).run.id); });
  connect(view_, &QWidget::customContextMenuRequested, this, &QueuePanel::showMenu);
  applyTheme();
  describe();
}

void QueuePanel::setEntries(const std::vector<QueueEntry>& entries) {
  const QModelIndex current = view_->currentIndex();
  const auto job = current.isValid() ? std::optional(model_->entry(current.row()).job.id) : std::nullopt;
  model_->setEntries(entries);
  if (const auto row = job ? model_->row(*job) : std::nullopt; row && view_->currentIndex().row() != *row)
    view_->setCurrentIndex(model_->index(*row));
  describe();
}

void QueuePanel::describe() {
  const auto& entries = model_->entries();
  nothing_->setVisible(entries.empty());
  view_->setVisible(!entries.empty());
  const auto waiting =
      std::count_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.isWaiting(); });
  const QueueTime time = queueTime(entries);
  QStringList parts;
  if (waiting > 0) parts << tr("%1 waiting").arg(waiting);
  if (hold_->isChecked()) {
    parts << tr("held");
  } else if (time.ms > 0) {
    const QString clock = text::clockTime(QDateTime::currentMSecsSinceEpoch() + time.ms);
    parts << (time.complete ? tr("ends %1").arg(clock) : tr("ends after %1").arg(clock));
  }
  summary_->setText(parts.join(QStringLiteral(" · ")));
}

void QueuePanel::pauseOrResume(int row) {
  const QueueEntry& entry = model_->entry(row);
  if (entry.isWaiting()) return;
  if (entry.job.state == JobState::Paused)
    emit resumeRequested(entry.run.id);
  else if (entry.run.state == RunState::Running)
    emit pauseRequested(entry.run.id);
}

void QueuePanel::stop(int row) {
  const QueueEntry& entry = model_->entry(row);
  if (entry.run.state != RunState::Stopping) emit stopRequested(entry.run.id);
}

void QueuePanel::moveBy(int places) {
  const int row = view_->currentIndex().row();
  if (row < 0 || !model_->entry(row).isWaiting()) return;
  const JobId job = model_->entry(row).job.id;
  model_->showMoved(row, places);
  emit moveByRequested(job, places);
}

bool QueuePanel::handleKey(int key, Qt::KeyboardModifiers modifiers) {
  const int row = view_->currentIndex().row();
  if (row < 0) return false;
  if (key == Qt::Key_Space && modifiers == Qt::NoModifier)
    pauseOrResume(row);
  else if (key == Qt::Key_Delete && modifiers == Qt::NoModifier)
    stop(row);
  else if (key == Qt::Key_Up && modifiers == Qt::AltModifier)
    moveBy(-1);
  else if (key == Qt::Key_Down && modifiers == Qt::AltModifier)
    moveBy(1);
  else
    return false;
  return true;
}

bool QueuePanel::eventFilter(QObject* watched, QEvent* event) {
  if (watched != view_ || event->type() != QEvent::KeyPress) return false;
  const auto* key = static_cast<QKeyEvent*>(event);
  return handleKey(key->key(), key->modifiers() & ~Qt::KeypadModifier);
}

void QueuePanel::showMenu(const QPoint& place) {
  const QModelIndex index = view_->indexAt(place);
  if (!index.isValid()) return;
  const QueueEntry entry = model_->entry(index.row());
  // The queue may change while the menu is open, so rows are looked up when an act is chosen.
  const auto onRow = [this, job = entry.job.id](void (QueuePanel::*act)(int)) {
    return [this, job, act] {
      if (const auto row = model_->row(job)) (this->*act)(*row);
    };
  };
  const bool stops = entry.run.state != RunState::Stopping;
  const QColor colour = Theme(palette()).text;
  QMenu menu;
  const auto add = [&](const char* icon, const QString& words, const QKeySequence& keys, bool possible,
                       auto&& command) {
    QAction* action = menu.addAction(themedIcon(QString::fromLatin1(icon), colour), words, this, command);
    action->setShortcut(keys);
    action->setEnabled(possible);
  };
  if (entry.isWaiting()) {
    add("up", tr("Move up"), Qt::ALT | Qt::Key_Up, true, [this] { moveBy(-1); });
    add("down", tr("Move down"), Qt::ALT | Qt::Key_Down, true, [this] { moveBy(1); });
    menu.addSeparator();
    add("close", tr("Take out of the queue"), Qt::Key_Delete, stops, onRow(&QueuePanel::stop));
  } else {
    const bool paused = entry.job.state == JobState::Paused;
    add(paused ? "play" : "pause", paused ? tr("Go on") : tr("Pause"), Qt::Key_Space,
        stops && (paused || entry.run.state == RunState::Running), onRow(&QueuePanel::pauseOrResume));
    add("stop", tr("Stop"), Qt::Key_Delete, stops, onRow(&QueuePanel::stop));
  }
  menu.exec(view_->viewport()->mapToGlobal(place));
}

void QueuePanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) applyTheme();
}

void QueuePanel::applyTheme() {
  delegate_->setTheme(Theme(palette()));
  view_->viewport()->update();
}

}  // namespace scanline
