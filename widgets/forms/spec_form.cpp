#include "widgets/forms/spec_form.h"

#include <QScrollBar>
#include <algorithm>

#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/run/checkpoint_settings.h"
#include "core/spec/spec_text.h"
#include "widgets/forms/fetch_row.h"
#include "widgets/forms/field_row.h"
#include "widgets/forms/form_checks.h"

namespace scanline {

SpecForm::SpecForm(QWidget* parent) : QScrollArea(parent) {
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFrameShape(QFrame::NoFrame);
  auto* body = new QWidget;
  build(body);
  setWidget(body);
  setSpec({});
}

/// Whether a field can make a difference to one of the runs that the form describes.
bool SpecForm::isUsed(const FieldRow& field) const {
  const std::string key = field.key().toStdString();
  if (gpus_ && gpus_->empty() && isOfGpus(field.key()) && !field.isChanged()) return false;
  return std::any_of(described_.begin(), described_.end(),
                     [&](const RunSpec& spec) { return scanline::isUsed(spec, key); });
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
  if (const bool searches = !spec.search.rates.empty(); searches != searchFirst_) arrange(searches);
  for (auto* field : rows_) {
    const QString text = QString::fromStdString(fieldWords(spec, field->key().toStdString()));
    field->setText(text);
    field->setBase(text);
  }
  filling_ = false;
  data_.forget();
  check();
  verticalScrollBar()->setValue(0);
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
      const QString text = QString::fromStdString(fieldWords(*checkpoint_, key));
      field->setText(text);
      field->setBase(text);
    }
    field->setFixed(fixed ? tr("from the checkpoint") : QString());
  }
  filling_ = false;
}

void SpecForm::setChoices(const QString& key, const QStringList& choices) {
  row(key)->setChoices(choices);
}

void SpecForm::setCodeSources(std::vector<CodeSource> coders) {
  coders_ = std::move(coders);
  QStringList names;
  for (const CodeSource& coder : *coders_)
    if (!names.contains(coder.name)) names << coder.name;
  setChoices(QStringLiteral("palette.vqvae"), names);
  check();
}

const CodeSource* SpecForm::codeSource(const RunSpec& spec) const {
  return coders_ && !spec.palette.vqvae.empty() ? coderOf(*coders_, spec.palette.vqvae) : nullptr;
}

void SpecForm::setGpus(std::vector<Gpu> gpus) {
  gpus_ = std::move(gpus);
  QStringList devices{QStringLiteral("auto"), QStringLiteral("cpu")};
  if (!gpus_->empty()) devices << QStringLiteral("cuda");
  setChoices(QStringLiteral("device"), devices);
  check();
}

void SpecForm::setKnownData(std::optional<KnownData> known) {
  data_.setKnown(std::move(known));
  check();
}

void SpecForm::lookAgain() {
  data_.forget();
  check();
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

/// Reads every field into `base` (a sweep's first value) and the sweep's axes; returns the problems by key. `notes`
/// says which values stand there twice.
std::map<QString, QString> SpecForm::checkFields(RunSpec& base, std::vector<SweepAxis>& axes,
                                                 std::map<QString, QString>* notes) const {
  std::map<QString, QString> wrong;
  for (const auto* field : rows_) {
    const std::string key = field->key().toStdString(), text = field->text().toStdString();
    try {
      std::vector<std::string> repeated;
      const auto values = distinctValues(key, fieldValues(key, text), &repeated);
      setField(base, key, values.front());
      if (values.size() > 1) axes.push_back({key, values});
      if (notes && !repeated.empty())
        (*notes)[field->key()] =
            tr("%1 stands there already: it makes one run, not two.").arg(QString::fromStdString(repeated.front()));
    } catch (const Error& error) {
      wrong[field->key()] = QString::fromUtf8(error.what());
    }
  }
  return wrong;
}

/// Checks the settings of each run against each other, the files and the checkpoint.
void SpecForm::checkRuns(std::map<QString, QString>& wrong, std::map<QString, QString>& notes) const {
  const FormFacts facts{data_, coders_, checkpointStep_, gpus_};
  for (const auto& spec : described_) {
    for (const auto& [key, sentence] : formProblems(spec, facts)) wrong.try_emplace(key, sentence);
    for (const auto& problem : problems(spec))
      wrong.try_emplace(QString::fromStdString(problem.key), QString::fromStdString(problem.sentence));
    for (const auto& [key, sentence] : formNotes(spec, facts))
      if (!sentence.isEmpty()) notes.try_emplace(key, sentence);
  }
}

void SpecForm::check() {
  if (filling_) return;
  fixDecided();
  RunSpec base;
  std::vector<SweepAxis> axes;
  std::map<QString, QString> notes;
  std::map<QString, QString> wrong = checkFields(base, axes, &notes);
  isCounted_ = wrong.empty();
  generalProblem_.clear();
  specs_.clear();
  try {
    // With a field that cannot be read the rest is still checked, each against that field's default.
    specs_ = expandSweep(base, axes);
  } catch (const Error& error) {
    generalProblem_ = QString::fromUtf8(error.what());
    isCounted_ = false;
  }
  described_ = specs_.empty() ? std::vector{base} : specs_;
  checkRuns(wrong, notes);
  for (auto* field : rows_) {
    const auto problem = wrong.find(field->key()), note = notes.find(field->key());
    field->setProblem(problem == wrong.end() ? QString() : problem->second);
    field->setNote(note == notes.end() ? QString() : note->second);
  }
  if (!wrong.empty()) specs_.clear();
  followKind();
  offerFetch();
  showFields();
  emit changed();
}

/// Of a set that is not there, and that a program can get.
void SpecForm::offerFetch() {
  const RunSpec& first = described_.front();
  const QString size = row(QStringLiteral("data.path"))->hasProblem() ? fetchOffer(first.data.name) : QString();
  fetch_->setOffer(size.isEmpty() ? QString() : QString::fromStdString(first.data.name), size);
}

int SpecForm::problemCount() const {
  const auto fields = std::count_if(rows_.begin(), rows_.end(), [](const FieldRow* row) { return row->hasProblem(); });
  return static_cast<int>(fields) + (generalProblem_.isEmpty() ? 0 : 1);
}

std::set<QString> SpecForm::wrongFields() const {
  std::set<QString> wrong;
  for (const auto* field : rows_)
    if (field->hasProblem()) wrong.insert(field->key());
  return wrong;
}

int SpecForm::changedCount() const {
  return static_cast<int>(std::count_if(rows_.begin(), rows_.end(),
                                        [this](const FieldRow* row) { return row->isChanged() && isUsed(*row); }));
}

void SpecForm::focusFirstProblem() {
  for (auto* field : rows_) {
    if (field->hasProblem()) return focusField(field->key());
  }
}

}  // namespace scanline
