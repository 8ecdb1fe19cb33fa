#include "widgets/forms/spec_form.h"

#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/error.h"
#include "core/base/user_folders.h"
#include "core/data/spec_check.h"
#include "core/run/checkpoint_settings.h"
#include "core/spec/fields.h"
#include "core/spec/spec_text.h"
#include "widgets/forms/field_row.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kEditorWidth = 168, kResetWidth = 48, kPaperWidth = 112;
constexpr int kLeastWidth = 432, kLeastWithPaper = 560;  // of the columns, with margins and the scroll bar

QString groupTitle(const QString& group) {
  static const std::map<QString, const char*> kTitles{{"", QT_TR_NOOP("Run")},
                                                      {"data", QT_TR_NOOP("Data")},
                                                      {"palette", QT_TR_NOOP("Palette")},
                                                      {"model", QT_TR_NOOP("Model")},
                                                      {"optimizer", QT_TR_NOOP("Optimiser")},
                                                      {"train", QT_TR_NOOP("Training")},
                                                      {"probe", QT_TR_NOOP("Probe")},
                                                      {"sample", QT_TR_NOOP("Samples")},
                                                      {"finetune", QT_TR_NOOP("Fine-tuning")},
                                                      {"lowdata", QT_TR_NOOP("Low data")},
                                                      {"vqvae", QT_TR_NOOP("VQ-VAE")},
                                                      {"search", QT_TR_NOOP("Learning-rate search")}};
  const auto found = kTitles.find(group);
  return found == kTitles.end() ? group : SpecForm::tr(found->second);
}

/// Where a group stands: settings of one kind of run alone come first, a search after the optimiser.
int groupRank(const QString& group) {
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
  return static_cast<int>(place < 0 ? kOrder.size() : place);
}

template <class T>
QStringList choicesOf() {
  QStringList result;
  if constexpr (std::is_enum_v<T>)
    for (const auto name : Names<T>::all) result << QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
  if constexpr (std::is_same_v<T, bool>) result << QStringLiteral("false") << QStringLiteral("true");
  return result;
}

QString pathProblem(const RunSpec& spec) {
  if (spec.data.path.empty()) return {};
  const QString path = QString::fromStdString(expandHome(spec.data.path));
  if (QFileInfo::exists(path)) return {};
  return SpecForm::tr("data.path is \"%1\", which does not exist; give the folder or file of the data set.").arg(path);
}

}  // namespace

SpecForm::SpecForm(QWidget* parent) : QScrollArea(parent) {
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFrameShape(QFrame::NoFrame);
  auto* body = new QWidget;
  build(body);
  setWidget(body);
  setSpec({});
}

void SpecForm::build(QWidget* body) {
  auto* grid = grid_ = new QGridLayout;
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->setColumnMinimumWidth(0, 152);
  grid->setColumnMinimumWidth(1, kEditorWidth);
  grid->setColumnMinimumWidth(2, kResetWidth);
  grid->setColumnMinimumWidth(3, kPaperWidth);
  grid->setColumnStretch(1, 3);
  grid->setColumnStretch(3, 2);
  const RunSpec defaults;
  forEachField(defaults, [&](const FieldInfo& info, const auto& field) {
    using T = std::remove_cvref_t<decltype(field)>;
    const bool isSet = info.key == "data.name";
    auto* made = new FieldRow(info, isSet ? QStringList{QStringLiteral("digits")} : choicesOf<T>(),
                              info.key == "data.path", body);
    rows_.push_back(made);
    connect(made, &FieldRow::textChanged, this, &SpecForm::check);
    connect(made, &FieldRow::accepted, this, &SpecForm::accepted);
  });
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const FieldRow* a, const FieldRow* b) { return groupRank(a->group()) < groupRank(b->group()); });
  int at = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const QString group = rows_[i]->group();
    if (i == 0 || group != rows_[i - 1]->group()) addHeading(grid, at++, group);
    rows_[i]->placeIn(grid, at);
    at += 2;
    if (i + 1 == rows_.size() || group != rows_[i + 1]->group()) addMore(grid, at++, group);
  }
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(16, 0, 16, 16);
  layout->addLayout(grid);
  layout->addStretch(1);
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

void SpecForm::addHeading(QGridLayout* grid, int row, const QString& group) {
  auto* label = new QLabel(groupTitle(group));
  QFont font = label->font();
  font.setBold(true);
  font.setPointSizeF(font.pointSizeF() * 1.1);
  label->setFont(font);
  label->setContentsMargins(0, row == 0 ? 0 : 16, 0, 4);
  grid->addWidget(label, row, 0, 1, 3);
  groups_[group].heading = label;
  if (row == 0) {
    paper_ = new QLabel(tr("In the paper"));
    paper_->setForegroundRole(QPalette::PlaceholderText);
    paper_->setContentsMargins(0, 0, 0, 4);
    grid->addWidget(paper_, row, 3);
  }
}

void SpecForm::addMore(QGridLayout* grid, int row, const QString& group) {
  const bool any = std::any_of(rows_.begin(), rows_.end(),
                               [&](const FieldRow* field) { return field->group() == group && field->isExpert(); });
  if (!any) return;
  auto* more = new QToolButton;
  more->setAutoRaise(true);
  more->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  more->setObjectName(QStringLiteral("more.") + group);
  grid->addWidget(more, row, 0, 1, 2, Qt::AlignLeft);
  groups_[group].more = more;
  connect(more, &QToolButton::clicked, this, [this, group] { setExpanded(group, !groups_[group].expanded); });
}

void SpecForm::setExpanded(const QString& group, bool expanded) {
  groups_[group].expanded = expanded;
  showFields();
}

/// Whether a field can make a difference to one of the runs that the form describes.
bool SpecForm::isUsed(const FieldRow& field) const {
  const std::string key = field.key().toStdString();
  return std::any_of(described_.begin(), described_.end(),
                     [&](const RunSpec& spec) { return scanline::isUsed(spec, key); });
}

void SpecForm::showFields() {
  struct Seen {
    int fields = 0, folded = 0;
  };
  std::map<QString, Seen> seen;
  for (auto* field : rows_) {
    const bool used = isUsed(*field);
    const bool folded = field->isExpert() && !groups_[field->group()].expanded && !field->isChanged();
    const bool shown = field->hasProblem() || (used && !folded);
    field->setVisible(shown);
    seen[field->group()].fields += shown;
    seen[field->group()].folded += used && !shown;
  }
  for (auto& [name, group] : groups_) {
    const auto& [fields, folded] = seen[name];
    group.heading->setVisible(fields + folded > 0);
    if (!group.more) continue;
    const bool anyExpert = std::any_of(rows_.begin(), rows_.end(), [&, group = name](const FieldRow* field) {
      return field->group() == group && field->isExpert() && isUsed(*field);
    });
    group.more->setArrowType(group.expanded ? Qt::DownArrow : Qt::RightArrow);
    group.more->setText(group.expanded ? tr("Fewer settings") : tr("More settings (%1)").arg(folded));
    group.more->setVisible(anyExpert && (group.expanded || folded > 0));
  }
}

/// The settings of a probe are not folded away where a run does nothing else.
void SpecForm::followKind() {
  const RunKind kind = described_.front().kind;
  if (kind == kind_) return;
  kind_ = kind;
  groups_[QStringLiteral("probe")].expanded = isOneLook(kind);
}

void SpecForm::setSpec(const RunSpec& spec) {
  filling_ = true;
  for (auto* field : rows_) {
    const QString text = QString::fromStdString(fieldText(spec, field->key().toStdString()));
    field->setText(text);
    field->setBase(text);
  }
  filling_ = false;
  check();
}

void SpecForm::setCheckpoint(const std::optional<RunSpec>& settings, int64_t step) {
  checkpoint_ = settings;
  checkpointStep_ = step;
  check();
}

/// Settings that the checkpoint decides get its values. A change of the kind may free some, or fix more.
void SpecForm::fixDecided() {
  filling_ = true;
  RunSpec described;
  std::vector<SweepAxis> axes;
  if (checkpoint_) checkFields(described, axes);
  for (auto* field : rows_) {
    const std::string key = field->key().toStdString();
    const bool fixed = checkpoint_ && isDecidedByCheckpoint(described, key);
    if (fixed) {
      const QString text = QString::fromStdString(fieldText(*checkpoint_, key));
      field->setText(text);
      field->setBase(text);
    }
    field->setFixed(fixed ? tr("from the checkpoint") : QString());
  }
  filling_ = false;
}

/// A run that goes on with the training has to go farther than its checkpoint.
QString SpecForm::stepsProblem(const RunSpec& spec) const {
  if (needsModel(spec) || spec.train.steps > checkpointStep_) return {};
  return tr("train.steps is %1, and the checkpoint is at step %2, so nothing is left to train; give more, such as %3.")
      .arg(spec.train.steps)
      .arg(checkpointStep_)
      .arg(2 * std::max<int64_t>(1, checkpointStep_));
}

void SpecForm::setChoices(const QString& key, const QStringList& choices) {
  row(key)->setChoices(choices);
}

std::map<QString, QString> SpecForm::texts() const {
  std::map<QString, QString> result;
  for (const auto* field : rows_) result[field->key()] = field->text();
  return result;
}

void SpecForm::setTexts(const std::map<QString, QString>& texts) {
  filling_ = true;
  for (const auto& [key, text] : texts) row(key)->setText(text);
  filling_ = false;
  check();
}

FieldRow* SpecForm::row(const QString& key) const {
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const FieldRow* field) { return field->key() == key; });
  Q_ASSERT(found != rows_.end());
  return *found;
}

/// Reads every field into `base` (a sweep's first value) and the sweep's axes; returns the problems by key.
std::map<QString, QString> SpecForm::checkFields(RunSpec& base, std::vector<SweepAxis>& axes) const {
  std::map<QString, QString> wrong;
  for (const auto* field : rows_) {
    const std::string key = field->key().toStdString(), text = field->text().toStdString();
    try {
      const auto values = fieldValues(key, text);
      RunSpec tried;
      for (const auto& value : values) setField(tried, key, value);
      setField(base, key, values.front());
      if (values.size() > 1) axes.push_back({key, values});
    } catch (const Error& error) {
      wrong[field->key()] = QString::fromUtf8(error.what());
    }
  }
  return wrong;
}

void SpecForm::check() {
  if (filling_) return;
  fixDecided();
  RunSpec base;
  std::vector<SweepAxis> axes;
  std::map<QString, QString> wrong = checkFields(base, axes);
  generalProblem_.clear();
  specs_.clear();
  try {
    // With a field that cannot be read the rest is still checked, each against that field's default.
    specs_ = expandSweep(base, axes);
  } catch (const Error& error) {
    generalProblem_ = QString::fromUtf8(error.what());
  }
  for (const auto& spec : specs_)
    for (const auto& problem : problems(spec))
      wrong.try_emplace(QString::fromStdString(problem.key), QString::fromStdString(problem.sentence));
  for (const auto& spec : specs_)
    if (const QString steps = stepsProblem(spec); !steps.isEmpty())
      wrong.try_emplace(QStringLiteral("train.steps"), steps);
  if (const QString path = pathProblem(base); !path.isEmpty()) wrong.try_emplace(QStringLiteral("data.path"), path);
  for (auto* field : rows_) {
    const auto found = wrong.find(field->key());
    field->setProblem(found == wrong.end() ? QString() : found->second);
  }
  described_ = specs_.empty() ? std::vector{base} : specs_;
  if (!wrong.empty()) specs_.clear();
  followKind();
  showFields();
  emit changed();
}

int SpecForm::problemCount() const {
  const auto fields = std::count_if(rows_.begin(), rows_.end(), [](const FieldRow* row) { return row->hasProblem(); });
  return static_cast<int>(fields) + (generalProblem_.isEmpty() ? 0 : 1);
}

int SpecForm::changedCount() const {
  return static_cast<int>(std::count_if(rows_.begin(), rows_.end(),
                                        [this](const FieldRow* row) { return row->isChanged() && isUsed(*row); }));
}

void SpecForm::focusFirstProblem() {
  for (auto* field : rows_) {
    if (!field->hasProblem()) continue;
    ensureWidgetVisible(field->editor(), 0, 64);
    return field->focus();
  }
}

}  // namespace scanline
