#include "widgets/lists/overview_page.h"

#include <QCoreApplication>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QVBoxLayout>

#include "widgets/lists/next_steps.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kNotePauseMs = 800;

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

QString nextLink(RunKind kind) {
  return QStringLiteral("next%1").arg(static_cast<int>(kind));
}

}  // namespace

OverviewPage::OverviewPage(QWidget* parent) : QScrollArea(parent) {
  auto* body = new QWidget(this);
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(12, 10, 12, 16);
  column->setSpacing(4);
  const auto section = [&](const QString& title) {
    QLabel* label = heading(title);
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
  links_ = new QLabel(body);
  links_->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
  links_->setAccessibleName(tr("Links"));
  links_->setWordWrap(true);
  column->addWidget(links_);
  column->addSpacing(12);
  column->addWidget(heading(tr("Notes")));
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
  std::tie(machine_, machineTitle_) = section(tr("Environment"));
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
  connect(links_, &QLabel::linkActivated, this, [this](const QString& link) {
    for (const auto& [kind, words] : nextSteps())
      if (link == nextLink(kind)) return emit nextRequested(kind);
    if (link == QLatin1String("winner"))
      emit winnerRequested();
    else if (link == QLatin1String("parent"))
      emit parentActivated(*details_.summary.parent);
    else
      emit openFolderRequested(details_.summary.id);
  });
}

QLabel* OverviewPage::heading(const QString& text) {
  auto* label = new QLabel(text, this);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  label->setFont(bold);
  return label;
}

void OverviewPage::setDetails(const RunDetails& details, const QString& parentName) {
  parentName_ = parentName;
  if (details.summary.id != details_.summary.id) {
    flushNote();
    verticalScrollBar()->setValue(0);
  }
  const bool another = details.summary.id != details_.summary.id;
  details_ = details;
  const QString stored = QString::fromStdString(details.summary.note),
                tags = tagList(details.summary.tags).join(QStringLiteral(", "));
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
  emit noteChanged(details_.summary.id, note);
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

std::vector<OverviewPage::Fact> OverviewPage::resultFacts() const {
  const RunSummary& run = details_.summary;
  std::vector<Fact> facts;
  if (takesSteps(run) && (run.step > 0 || run.steps > 0))
    facts.emplace_back(
        text::isSearch(run) ? tr("Learning rates") : tr("Steps"),
        run.steps > 0 ? tr("%1 of %2").arg(text::steps(run.step), text::steps(run.steps)) : text::steps(run.step));
  const auto at = [](const QString& value, const std::optional<int64_t>& step) {
    return step ? QStringLiteral("%1, step %2").arg(value, text::steps(*step)) : value;
  };
  if (run.bestLoss) facts.emplace_back(tr("Best validation"), at(text::bestLoss(run), run.bestLossStep));
  if (run.bestAccuracy)
    facts.emplace_back(run.kind == RunKind::Finetune ? tr("Best accuracy") : tr("Best probe"),
                       at(text::bestProbe(run), run.bestAccuracyStep));
  if (const auto left = text::remainingMs(run)) facts.emplace_back(tr("Remaining"), text::duration(*left));
  return facts;
}

std::vector<OverviewPage::Fact> OverviewPage::dataFacts() const {
  const RunPrepared& prepared = details_.prepared;
  std::vector<Fact> facts{{tr("Data set"), QString::fromStdString(details_.summary.dataset)}};
  if (prepared.trainImages == 0) return facts;
  facts.emplace_back(tr("Training images"), text::steps(prepared.trainImages));
  facts.emplace_back(tr("Validation images"), text::steps(prepared.validationImages));
  const bool ofCodes = details_.summary.kind == RunKind::Vqvae;
  facts.emplace_back(ofCodes ? tr("Grid of codes") : tr("Pixels"),
                     QStringLiteral("%1 × %2").arg(prepared.width).arg(prepared.height));
  facts.emplace_back(ofCodes ? tr("Codebook") : tr("Palette"),
                     (ofCodes ? tr("%1 codes") : tr("%1 colours")).arg(prepared.paletteSize));
  facts.emplace_back(tr("Parameters"), text::steps(prepared.parameters));
  return facts;
}

std::vector<OverviewPage::Fact> OverviewPage::timeFacts() const {
  const RunSummary& run = details_.summary;
  std::vector<Fact> facts{{tr("Created"), text::dateTime(run.createdMs)}};
  if (run.startedMs > 0) facts.emplace_back(tr("Started"), text::dateTime(run.startedMs));
  if (run.endedMs > 0) facts.emplace_back(tr("Ended"), text::dateTime(run.endedMs));
  if (run.activeMs > 0) facts.emplace_back(tr("Running time"), text::duration(run.activeMs));
  return facts;
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
  const auto results = resultFacts();
  showFacts(results_, results);
  resultsTitle_->setVisible(!results.empty());
  showFacts(data_, dataFacts());
  showFacts(times_, timeFacts());
  std::vector<Fact> machine;
  for (const auto& [key, value] : details_.prepared.environment)
    machine.emplace_back(QString::fromStdString(key), QString::fromStdString(value));
  showFacts(machine_, machine);
  machineTitle_->setVisible(!machine.empty());

  const QString colour = Theme(palette()).accent.name();
  const auto link = [&](const QString& target, const QString& words) {
    return QStringLiteral("<a href='%1' style='color:%2; text-decoration:none'>%3</a>")
        .arg(target, colour, words.toHtmlEscaped());
  };
  QStringList links;
  const QString parentName =
      parentName_.isEmpty() ? tr("another run") : QStringLiteral("“%1”").arg(fitting(parentName_, fontMetrics()));
  if (details_.summary.parent)
    links << link(QStringLiteral("parent"),
                  details_.summary.parentStep > 0
                      ? tr("Comes from %1, step %2").arg(parentName, text::steps(details_.summary.parentStep))
                      : tr("Comes from %1").arg(parentName));
  if (text::hasWinner(details_.summary)) links << link(QStringLiteral("winner"), tr("Start the winner…"));
  if (text::canGoOn(details_.summary) && !details_.checkpoints.empty()) {
    QStringList next;
    for (const auto& [kind, words] : nextSteps()) next << link(nextLink(kind), words);
    links << tr("From its best checkpoint: %1").arg(next.join(QStringLiteral(" · ")));
  }
  links << link(QStringLiteral("folder"), tr("Open folder"));
  links_->setText(links.join(QStringLiteral("<br>")));
}

void OverviewPage::showEvent(QShowEvent* event) {
  QScrollArea::showEvent(event);
  // Changes while it was hidden were laid out without telling the scroll area, which sets the height.
  QEvent changed(QEvent::LayoutRequest);
  QCoreApplication::sendEvent(widget(), &changed);
}

void OverviewPage::changeEvent(QEvent* event) {
  QScrollArea::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && links_) refresh();
}

}  // namespace scanline
