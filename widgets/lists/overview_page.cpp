#include "widgets/lists/overview_page.h"

#include <QCoreApplication>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <utility>

#include "core/base/error.h"
#include "core/spec/spec_text.h"
#include "widgets/lists/next_steps.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

constexpr int kNotePauseMs = 800;
constexpr int kLongestButton = 230;  // pixels of text: the narrowest inspector has room for it

QStringList tagList(const QString& text) {
  QStringList tags;
  for (const QString& part : text.split(QLatin1Char(',')))
    if (const QString tag = part.simplified(); !tag.isEmpty() && !tags.contains(tag)) tags << tag;
  return tags;
}

QStringList tagList(const std::vector<std::string>& stored) {
  QStringList tags;
  for (const auto& tag : stored) tags << QString::fromStdString(tag);
  return tags;
}

/// With every word shortened that the narrowest inspector has no room for: fingerprints, paths and the like have no
/// place where a label could break them, and would push everything beside them out of sight.
QString fitting(const QString& text, const QFontMetrics& metrics) {
  constexpr int kLongestWord = 20;
  QStringList words = text.split(QLatin1Char(' '));
  for (QString& word : words)
    word = metrics.elidedText(word, Qt::ElideMiddle, kLongestWord * metrics.averageCharWidth());
  return words.join(QLatin1Char(' '));
}

}  // namespace

OverviewPage::OverviewPage(QWidget* parent) : QScrollArea(parent) {
  auto* body = new QWidget(this);
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(12, 10, 12, 16);
  column->setSpacing(4);
  const auto section = [&](const QString& title) {
    QLabel* label = headingLabel(title, this);
    column->addWidget(label);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    grid->setColumnMinimumWidth(0, fontMetrics().horizontalAdvance(QStringLiteral("Validation images")));
    column->addLayout(grid);
    column->addSpacing(12);
    return std::pair(grid, label);
  };
  std::tie(results_, resultsTitle_) = section(tr("Reached"));
  column->addWidget(makeWaysOn());
  column->addSpacing(12);
  column->addWidget(headingLabel(tr("Notes"), this));
  note_ = new QPlainTextEdit(body);
  note_->setPlaceholderText(tr("Purpose and outcome of this run"));
  note_->setAccessibleName(tr("Notes"));
  note_->setTabChangesFocus(true);
  note_->setFixedHeight(5 * fontMetrics().lineSpacing() + 12);
  note_->installEventFilter(this);
  column->addWidget(note_);
  column->addSpacing(4);
  tags_ = new QLineEdit(body);
  tags_->setPlaceholderText(tr("Tags, separated by commas"));
  tags_->setAccessibleName(tr("Tags"));
  column->addWidget(tags_);
  column->addSpacing(14);
  data_ = section(tr("Data and model")).first;
  times_ = section(tr("Times")).first;
  machineTitle_ = new QToolButton(body);
  machineTitle_->setText(tr("Environment"));
  machineTitle_->setObjectName(QStringLiteral("environment"));
  machineTitle_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  machineTitle_->setAutoRaise(true);
  machineTitle_->setCheckable(true);
  machineTitle_->setFont(resultsTitle_->font());
  column->addWidget(machineTitle_);
  machinePart_ = new QWidget(body);
  machine_ = new QGridLayout(machinePart_);
  machine_->setContentsMargins(0, 0, 0, 0);
  machine_->setHorizontalSpacing(12);
  machine_->setVerticalSpacing(3);
  machine_->setColumnStretch(1, 1);
  column->addWidget(machinePart_);
  connect(machineTitle_, &QToolButton::toggled, this, &OverviewPage::unfoldMachine);
  unfoldMachine(false);
  column->addStretch(1);
  setWidget(body);
  setWidgetResizable(true);
  setFrameShape(NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  body->setAutoFillBackground(false);
  viewport()->setAutoFillBackground(false);

  noteTimer_.setSingleShot(true);
  noteTimer_.setInterval(kNotePauseMs);
  connect(&noteTimer_, &QTimer::timeout, this, &OverviewPage::flushNote);
  connect(note_, &QPlainTextEdit::textChanged, this, [this] {
    if (note_->hasFocus()) noteTimer_.start();
  });
  connect(tags_, &QLineEdit::editingFinished, this, &OverviewPage::sendTags);
}

QWidget* OverviewPage::makeWaysOn() {
  auto* part = new QWidget(this);
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  const auto button = [&](const char* name, const QString& text) {
    auto* made = new QPushButton(text, part);
    made->setObjectName(QString::fromLatin1(name));
    made->setAutoDefault(false);
    made->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    return made;
  };
  parent_ = button("parent", {});
  winner_ = button("winner", tr("Start the winner…"));
  nextTitle_ = new QLabel(tr("From its best checkpoint"), part);
  nextTitle_->setForegroundRole(QPalette::PlaceholderText);
  next_ = new QWidget(part);
  auto* row = new QHBoxLayout(next_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  for (const auto& [kind, words] : nextSteps()) {
    auto* each = new QPushButton(words, next_);
    each->setAutoDefault(false);
    each->setMinimumWidth(fontMetrics().horizontalAdvance(words) + 12);
    each->setAccessibleName(tr("%1 from its best checkpoint").arg(words));
    connect(each, &QPushButton::clicked, this, [this, kind = kind] { emit nextRequested(kind); });
    row->addWidget(each);
  }
  row->addStretch(1);
  auto* folder = button("folder", tr("Open folder"));
  connect(parent_, &QPushButton::clicked, this, [this] {
    if (details_.summary.parent) emit parentActivated(*details_.summary.parent);
  });
  connect(winner_, &QPushButton::clicked, this, &OverviewPage::winnerRequested);
  connect(folder, &QPushButton::clicked, this, [this] { emit openFolderRequested(details_.summary.id); });
  for (QWidget* each : std::initializer_list<QWidget*>{nextTitle_, next_, winner_, parent_, folder})
    column->addWidget(each);
  return part;
}

void OverviewPage::unfoldMachine(bool unfolded) {
  machineTitle_->setArrowType(unfolded ? Qt::DownArrow : Qt::RightArrow);
  machinePart_->setVisible(unfolded);
}

void OverviewPage::setDetails(const RunDetails& details, const QString& parentName) {
  parentName_ = parentName;
  if (details.summary.id != details_.summary.id) {
    flushNote();
    verticalScrollBar()->setValue(0);
  }
  const bool another = details.summary.id != details_.summary.id;
  if (another || details.specToml != details_.specToml) {
    spec_.reset();
    try {
      if (!details.specToml.empty()) spec_ = fromToml(details.specToml, "the run's settings");
    } catch (const Error&) {
      // Of a later version; the settings page says so.
    }
  }
  details_ = details;
  const QString stored = QString::fromStdString(details.summary.note),
                tags = tagList(details.summary.tags).join(QStringLiteral(", "));
  if (another || !note_->hasFocus() || note_->toPlainText() == stored) storedNote_ = stored;
  if ((another || !note_->hasFocus()) && note_->toPlainText() != stored) note_->setPlainText(stored);
  if ((another || !tags_->hasFocus()) && tags_->text() != tags) tags_->setText(tags);
  refresh();
}

void OverviewPage::flushNote() {
  if (!noteTimer_.isActive() && !note_->hasFocus()) return;
  noteTimer_.stop();
  const QString note = note_->toPlainText();
  if (details_.summary.id.value == 0 || note == QString::fromStdString(details_.summary.note)) return;
  details_.summary.note = note.toStdString();
  emit noteChanged(details_.summary.id, note, std::exchange(storedNote_, note));
}

void OverviewPage::sendTags() {
  const QStringList tags = tagList(tags_->text());
  if (details_.summary.id.value == 0 || tags == tagList(details_.summary.tags)) return;
  details_.summary.tags.clear();
  for (const QString& tag : tags) details_.summary.tags.push_back(tag.toStdString());
  emit tagsChanged(details_.summary.id, tags);
}

bool OverviewPage::eventFilter(QObject* watched, QEvent* event) {
  if (watched == note_ && event->type() == QEvent::FocusOut && noteTimer_.isActive()) flushNote();
  return QScrollArea::eventFilter(watched, event);
}

void OverviewPage::showFacts(QGridLayout* grid, const std::vector<Fact>& facts) {
  const auto label = [&](int row, int column) {
    auto* item = grid->itemAtPosition(row, column);
    if (item) return static_cast<QLabel*>(item->widget());
    auto* made = new QLabel(widget());
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(column == 1);
    if (column == 0) made->setForegroundRole(QPalette::PlaceholderText);
    if (column == 1) made->setTextInteractionFlags(Qt::TextSelectableByMouse);
    grid->addWidget(made, row, column, Qt::AlignTop);
    return made;
  };
  const int rows = static_cast<int>(facts.size());
  for (int row = 0; row < std::max(rows, grid->rowCount()); ++row) {
    if (row >= rows && !grid->itemAtPosition(row, 0)) continue;
    for (const int column : {0, 1}) {
      QLabel* at = label(row, column);
      at->setVisible(row < rows);
      if (row >= rows) continue;
      const QString& text = column == 0 ? facts[size_t(row)].first : facts[size_t(row)].second;
      at->setText(fitting(text, at->fontMetrics()));
      at->setToolTip(at->text() == text ? QString() : text);
    }
  }
}

void OverviewPage::refresh() {
  const auto results = resultFacts(details_);
  showFacts(results_, results);
  resultsTitle_->setVisible(!results.empty());
  showFacts(data_, originFacts(details_, spec_, parentName_));
  showFacts(times_, timeFacts(details_.summary));
  std::vector<Fact> machine;
  for (const auto& [key, value] : details_.prepared.environment)
    machine.emplace_back(QString::fromStdString(key), QString::fromStdString(value));
  showFacts(machine_, machine);
  machineTitle_->setVisible(!machine.empty());
  machinePart_->setVisible(!machine.empty() && machineTitle_->isChecked());
  showWaysOn();
}

void OverviewPage::showWaysOn() {
  const RunSummary& run = details_.summary;
  const QString parent = tr("Show %1").arg(parentText(run, parentName_));
  parent_->setVisible(run.parent.has_value());
  parent_->setText(fontMetrics().elidedText(parent, Qt::ElideMiddle, kLongestButton));
  parent_->setToolTip(parent);
  winner_->setVisible(text::hasWinner(run));
  const bool goesOn = text::canGoOn(run) && !details_.checkpoints.empty();
  nextTitle_->setVisible(goesOn);
  next_->setVisible(goesOn);
}

void OverviewPage::showEvent(QShowEvent* event) {
  QScrollArea::showEvent(event);
  // Changes while it was hidden were laid out without telling the scroll area, which sets the height.
  QEvent changed(QEvent::LayoutRequest);
  QCoreApplication::sendEvent(widget(), &changed);
}

void OverviewPage::changeEvent(QEvent* event) {
  QScrollArea::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && note_) refresh();
}

}  // namespace scanline
