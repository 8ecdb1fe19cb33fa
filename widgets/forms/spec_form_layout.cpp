// How SpecForm lays out its fields, and which of them it shows.
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/spec/fields.h"
#include "widgets/forms/fetch_row.h"
#include "widgets/forms/field_row.h"
#include "widgets/forms/spec_form.h"

namespace scanline {

namespace {

constexpr int kLabelWidth = 144, kEditorWidth = 176, kResetWidth = 24, kPaperWidth = 112;
constexpr int kLeastWidth = 432, kLeastWithPaper = 540;  // of the columns, with margins and the scroll bar
constexpr int kWidest = 640;                             // farther apart, a row is hard to follow

QString groupTitle(const QString& group) {
  static const std::map<QString, const char*> kTitles{
      {"", QT_TRANSLATE_NOOP("scanline::SpecForm", "Run")},
      {"data", QT_TRANSLATE_NOOP("scanline::SpecForm", "Data")},
      {"palette", QT_TRANSLATE_NOOP("scanline::SpecForm", "Palette")},
      {"model", QT_TRANSLATE_NOOP("scanline::SpecForm", "Model")},
      {"optimizer", QT_TRANSLATE_NOOP("scanline::SpecForm", "Optimiser")},
      {"train", QT_TRANSLATE_NOOP("scanline::SpecForm", "Training")},
      {"probe", QT_TRANSLATE_NOOP("scanline::SpecForm", "Probe")},
      {"sample", QT_TRANSLATE_NOOP("scanline::SpecForm", "Samples")},
      {"finetune", QT_TRANSLATE_NOOP("scanline::SpecForm", "Fine-tuning")},
      {"lowdata", QT_TRANSLATE_NOOP("scanline::SpecForm", "Low data")},
      {"vqvae", QT_TRANSLATE_NOOP("scanline::SpecForm", "VQ-VAE")},
      {"search", QT_TRANSLATE_NOOP("scanline::SpecForm", "Learning-rate search")}};
  const auto found = kTitles.find(group);
  return found == kTitles.end() ? group : SpecForm::tr(found->second);
}

/// Where a group stands: settings of one kind of run alone come first, a search after the optimiser,
/// or at the top where the form is for a search.
int groupRank(const QString& group, bool searchFirst) {
  if (searchFirst && group == QStringLiteral("search")) return 0;
  static const QStringList kOrder{QString(),
                                  QStringLiteral("finetune"),
                                  QStringLiteral("lowdata"),
                                  QStringLiteral("vqvae"),
                                  QStringLiteral("data"),
                                  QStringLiteral("palette"),
                                  QStringLiteral("model"),
                                  QStringLiteral("optimizer"),
                                  QStringLiteral("search"),
                                  QStringLiteral("train"),
                                  QStringLiteral("probe"),
                                  QStringLiteral("sample")};
  const auto place = kOrder.indexOf(group);
  return 1 + static_cast<int>(place < 0 ? kOrder.size() : place);
}

template <class T>
QStringList choicesOf() {
  QStringList result;
  if constexpr (std::is_enum_v<T>)
    for (const auto name : Names<T>::all) result << QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
  if constexpr (std::is_same_v<T, bool>) result << QStringLiteral("false") << QStringLiteral("true");
  return result;
}

FieldRow::Editor editorFor(const FieldInfo& info, const QStringList& choices) {
  if (info.key == "data.path") return FieldRow::Editor::Path;
  const bool offers = !choices.isEmpty() || info.key == "data.name" || info.key == "palette.vqvae";
  return offers ? FieldRow::Editor::Box : FieldRow::Editor::Line;
}

}  // namespace

void SpecForm::build(QWidget* body) {
  auto* columns = new QWidget(body);
  columns->setMaximumWidth(kWidest);
  auto* grid = grid_ = new QGridLayout(columns);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->setColumnMinimumWidth(0, kLabelWidth);
  grid->setColumnMinimumWidth(1, kEditorWidth);
  grid->setColumnMinimumWidth(2, kResetWidth);
  grid->setColumnMinimumWidth(3, kPaperWidth);
  grid->setColumnStretch(1, 3);
  grid->setColumnStretch(3, 2);
  fetch_ = new FetchRow(columns);
  paper_ = new QLabel(tr("In the paper"), columns);
  paper_->setForegroundRole(QPalette::PlaceholderText);
  paper_->setContentsMargins(0, 0, 0, 4);
  const RunSpec defaults;
  forEachField(defaults, [&](const FieldInfo& info, const auto& field) {
    const QStringList choices = choicesOf<std::remove_cvref_t<decltype(field)>>();
    auto* made = new FieldRow(info, editorFor(info, choices), columns);
    made->setChoices(choices);
    if (made->key() == QStringLiteral("data.path")) made->setBelow(fetch_);
    rows_.push_back(made);
    connect(made, &FieldRow::textChanged, this, &SpecForm::check);
    connect(made, &FieldRow::accepted, this, &SpecForm::accepted);
    if (!groups_.contains(made->group())) makeHeading(made->group());
    if (made->isExpert() && !groups_[made->group()].more) makeMore(made->group());
  });
  arrange(false);
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(16, 0, 16, 16);
  auto* line = new QHBoxLayout;
  line->addWidget(columns, 1);
  line->addStretch(0);  // takes the rest of a wide window
  layout->addLayout(line);
  layout->addStretch(1);
}

/// Puts the rows into the grid, in the order of their groups, and Tab goes the same way.
void SpecForm::arrange(bool searchFirst) {
  searchFirst_ = searchFirst;
  std::stable_sort(rows_.begin(), rows_.end(), [searchFirst](const FieldRow* a, const FieldRow* b) {
    return groupRank(a->group(), searchFirst) < groupRank(b->group(), searchFirst);
  });
  int at = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Group& group = groups_[rows_[i]->group()];
    if (i == 0 || rows_[i]->group() != rows_[i - 1]->group()) {
      group.heading->setContentsMargins(0, i == 0 ? 0 : 16, 0, 4);
      grid_->addWidget(group.heading, at, 0, 1, 3);
      if (i == 0) grid_->addWidget(paper_, at, 3);
      ++at;
    }
    rows_[i]->placeIn(grid_, at);
    at += FieldRow::kGridRows;
    if (endsGroup(i) && group.more) grid_->addWidget(group.more, at++, 0, 1, 2, Qt::AlignLeft);
  }
  const auto stops = tabStops();
  for (qsizetype i = 1; i < stops.size(); ++i) QWidget::setTabOrder(stops[i - 1], stops[i]);
}

bool SpecForm::endsGroup(size_t row) const {
  return row + 1 == rows_.size() || rows_[row]->group() != rows_[row + 1]->group();
}

QList<QWidget*> SpecForm::tabStops() const {
  QList<QWidget*> stops;
  for (size_t i = 0; i < rows_.size(); ++i) {
    stops << rows_[i]->tabStops();
    if (rows_[i]->key() == QStringLiteral("data.path")) stops << fetch_->button();
    if (QToolButton* more = groups_.at(rows_[i]->group()).more; more && endsGroup(i)) stops << more;
  }
  return stops;
}

void SpecForm::resizeEvent(QResizeEvent* event) {
  QScrollArea::resizeEvent(event);
  const bool roomy = width() >= kLeastWithPaper;
  if (roomy == paper_->isVisibleTo(this)) return;
  paper_->setVisible(roomy);
  for (FieldRow* row : rows_) row->setPaperShown(roomy);
  grid_->setColumnMinimumWidth(3, roomy ? kPaperWidth : 0);
}

QSize SpecForm::minimumSizeHint() const {
  return {kLeastWidth, 200};
}

void SpecForm::makeHeading(const QString& group) {
  auto* label = new QLabel(groupTitle(group), grid_->parentWidget());
  QFont font = label->font();
  font.setBold(true);
  font.setPointSizeF(font.pointSizeF() * 1.1);
  label->setFont(font);
  groups_[group].heading = label;
}

void SpecForm::makeMore(const QString& group) {
  auto* more = new QToolButton(grid_->parentWidget());
  more->setAutoRaise(true);
  more->setFocusPolicy(Qt::StrongFocus);
  more->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  more->setObjectName(QStringLiteral("more.") + group);
  groups_[group].more = more;
  connect(more, &QToolButton::clicked, this, [this, group] { setExpanded(group, !groups_[group].expanded); });
}

void SpecForm::setExpanded(const QString& group, bool expanded) {
  groups_[group].expanded = expanded;
  showFields();
}

int SpecForm::find(const QString& words) {
  words_ = words.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  showFields();
  verticalScrollBar()->setValue(0);
  return static_cast<int>(
      std::ranges::count_if(rows_, [this](const FieldRow* field) { return field->matches(words_) && isUsed(*field); }));
}

void SpecForm::focusFirstShown() {
  for (auto* field : rows_)
    if (field->editor()->isVisibleTo(this)) return focusField(field->key());
}

void SpecForm::focusField(const QString& key) {
  FieldRow* field = row(key);
  ensureWidgetVisible(field->editor(), 0, 64);
  field->focus();
}

bool SpecForm::isShown(const FieldRow& field, bool used) const {
  if (!words_.isEmpty()) return field.matches(words_) && (used || field.hasProblem());
  const bool isOfCodes = field.key() == QStringLiteral("palette.vqvae") && !field.text().isEmpty();
  const bool folded = field.isExpert() && !groups_.at(field.group()).expanded && !field.isChanged() && !isOfCodes;
  return field.hasProblem() || (used && !folded);
}

void SpecForm::showFields() {
  struct Seen {
    int fields = 0, folded = 0, experts = 0;
  };
  std::map<QString, Seen> seen;
  for (auto* field : rows_) {
    const bool used = isUsed(*field), shown = isShown(*field, used);
    field->setVisible(shown);
    if (field->key() == QStringLiteral("data.path")) fetch_->setShown(shown);
    Seen& group = seen[field->group()];
    group.fields += shown;
    group.folded += used && !shown;
    group.experts += used && field->isExpert();
  }
  for (auto& [name, group] : groups_) {
    const auto& [fields, folded, experts] = seen[name];
    group.heading->setVisible(fields > 0 || (folded > 0 && words_.isEmpty()));
    if (!group.more) continue;
    group.more->setArrowType(group.expanded ? Qt::DownArrow : Qt::RightArrow);
    group.more->setText(group.expanded ? tr("Fewer settings") : tr("More settings (%1)").arg(folded));
    group.more->setVisible(words_.isEmpty() && experts > 0 && (group.expanded || folded > 0));
  }
}

}  // namespace scanline
