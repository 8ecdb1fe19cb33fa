#include "widgets/forms/field_row.h"

#include <QComboBox>
#include <QCompleter>
#include <QEvent>
#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "core/spec/fields.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/wheel_focus.h"

namespace scanline {

namespace {

constexpr int kRowHeight = 28;

QString fromView(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

/// Help, range and the paper's value, for tooltip and What's This.
QString explanation(const FieldInfo& info) {
  QString result =
      QStringLiteral("<p><b>%1</b><br>%2</p>").arg(fromView(info.key), fromView(info.help).toHtmlEscaped());
  if (std::isfinite(info.minimum) && std::isfinite(info.maximum) && info.minimum < info.maximum)
    result += QObject::tr("<p>From %1 to %2.</p>").arg(text::number(info.minimum, 6), text::number(info.maximum, 6));
  if (!info.leastWord.empty())
    result += QObject::tr("<p>The word <b>%1</b> stands for %2.</p>")
                  .arg(fromView(info.leastWord), text::number(info.minimum, 6));
  if (!info.paper.empty()) result += QObject::tr("<p>In the paper: %1.</p>").arg(fromView(info.paper).toHtmlEscaped());
  return result;
}

}  // namespace

FieldRow::FieldRow(const FieldInfo& info, Editor editor, QWidget* form)
    : QObject(form),
      key_(fromView(info.key)),
      group_(key_.contains('.') ? key_.section('.', 0, 0) : QString()),
      searched_(QStringLiteral("%1 %2 %3").arg(key_, fromView(info.label), fromView(info.help)).toLower()),
      leastWord_(fromView(info.leastWord)),
      least_(info.minimum),
      expert_(info.expert),
      label_(new QLabel(fromView(info.label), form)),
      line_(nullptr),
      value_(new QLabel(form)),
      why_(new QLabel(form)),
      cell_(new QWidget(form)),
      reset_(new QToolButton(form)),
      paper_(new QLabel(form)),
      problem_(new QLabel(form)),
      note_(new QLabel(form)) {
  if (editor == Editor::Box) {
    makeBox();
  } else {
    line_ = new QLineEdit(cell_);
    connect(line_, &QLineEdit::returnPressed, this, &FieldRow::accepted);
  }
  if (editor == Editor::Path) {
    browse_ = new QToolButton(cell_);
    browse_->setText(tr("Browse…"));
    browse_->setFixedHeight(kRowHeight);
    browse_->setFocusPolicy(Qt::StrongFocus);
    connect(browse_, &QToolButton::clicked, this, &FieldRow::browse);
  }
  label_->setBuddy(this->editor());
  this->editor()->setObjectName(key_);
  this->editor()->setAccessibleName(label_->text());
  this->editor()->setAccessibleDescription(fromView(info.help));
  this->editor()->setFixedHeight(kRowHeight);
  reset_->setText(QStringLiteral("↺"));
  reset_->setAutoRaise(true);
  reset_->setObjectName(key_ + QStringLiteral(".reset"));
  reset_->setFocusPolicy(Qt::TabFocus);
  connect(reset_, &QToolButton::clicked, this, [this] {
    setText(base_);
    focus();
  });
  value_->setObjectName(key_ + QStringLiteral(".value"));
  value_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  value_->setFixedHeight(kRowHeight);
  why_->setForegroundRole(QPalette::PlaceholderText);
  for (QLabel* label : {value_, why_}) label->hide();
  paper_->setText(fromView(info.paper));
  paper_->setWordWrap(true);
  paper_->setForegroundRole(QPalette::PlaceholderText);
  problem_->setForegroundRole(QPalette::BrightText);
  problem_->setObjectName(key_ + QStringLiteral(".problem"));
  note_->setForegroundRole(QPalette::PlaceholderText);
  note_->setObjectName(key_ + QStringLiteral(".note"));
  for (QLabel* label : {problem_, note_}) {
    label->setWordWrap(true);
    label->hide();
  }
  const QString help = explanation(info);
  for (QWidget* widget : std::initializer_list<QWidget*>{label_, this->editor(), value_, paper_}) {
    widget->setToolTip(help);
    widget->setWhatsThis(help);
  }
  label_->installEventFilter(this);
  connect(line_, &QLineEdit::textChanged, this, &FieldRow::onTextChanged);
  onTextChanged();
}

void FieldRow::makeBox() {
  box_ = new QComboBox(cell_);
  box_->setEditable(true);
  box_->setInsertPolicy(QComboBox::NoInsert);
  box_->completer()->setCaseSensitivity(Qt::CaseInsensitive);
  box_->setMinimumContentsLength(8);
  box_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  line_ = box_->lineEdit();
  needFocusForWheel(box_);
  box_->installEventFilter(this);
  line_->installEventFilter(this);
}

void FieldRow::placeIn(QGridLayout* grid, int row) {
  if (!cell_->layout()) {
    auto* line = new QHBoxLayout(cell_);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(editor(), 1);
    line->addWidget(value_);
    line->addWidget(why_, 1);
    if (browse_) line->addWidget(browse_);
  }
  grid->addWidget(label_, row, 0);
  grid->addWidget(cell_, row, 1);
  grid->addWidget(reset_, row, 2);
  grid->addWidget(paper_, row, 3);
  grid->addWidget(problem_, row + 1, 1, 1, 3);
  grid->addWidget(note_, row + 2, 1, 1, 3);
  if (below_) grid->addWidget(below_, row + 3, 1, 1, 3);
}

QList<QWidget*> FieldRow::tabStops() const {
  QList<QWidget*> stops{editor()};
  if (browse_) stops << browse_;
  return stops << reset_;
}

QString FieldRow::label() const {
  return label_->text();
}

bool FieldRow::matches(const QStringList& words) const {
  return std::ranges::all_of(words, [this](const QString& word) { return searched_.contains(word); });
}

QWidget* FieldRow::editor() const {
  return box_ ? static_cast<QWidget*>(box_) : line_;
}
QString FieldRow::text() const {
  return line_->text().trimmed();
}
void FieldRow::setText(const QString& text) {
  line_->setText(text);
}

void FieldRow::setBase(const QString& text) {
  base_ = text;
  reset_->setToolTip(base_.isEmpty() ? tr("Back to empty") : tr("Back to %1").arg(base_));
  reset_->setAccessibleName(tr("Reset %1").arg(label_->text()));
  onTextChanged();
}

/// 0 and "all" mean the same where that is the field's word.
QString FieldRow::normal(const QString& text) const {
  if (leastWord_.isEmpty()) return text;
  bool isNumber = false;
  const double number = text.toDouble(&isNumber);
  return isNumber && number == least_                         ? leastWord_
         : text.compare(leastWord_, Qt::CaseInsensitive) == 0 ? leastWord_
                                                              : text;
}

bool FieldRow::isChanged() const {
  return normal(text()) != normal(base_);
}

void FieldRow::setChoices(const QStringList& choices) {
  if (!box_) return;
  const QString kept = line_->text();
  const QSignalBlocker blocker(line_);
  box_->clear();
  box_->addItems(choices);
  line_->setText(kept);
}

void FieldRow::setProblem(const QString& sentence) {
  hasProblem_ = !sentence.isEmpty();
  problem_->setText(sentence);
  label_->setForegroundRole(hasProblem_ ? QPalette::BrightText : QPalette::WindowText);
  showSentences();
}

void FieldRow::setNote(const QString& sentence) {
  note_->setText(sentence);
  showSentences();
}

void FieldRow::showSentences() {
  problem_->setVisible(visible_ && hasProblem_);
  note_->setVisible(visible_ && !hasProblem_ && !note_->text().isEmpty());
}

void FieldRow::setVisible(bool visible) {
  visible_ = visible;
  label_->setVisible(visible);
  cell_->setVisible(visible);
  showEditor();
  reset_->setVisible(visible && isChanged());
  paper_->setVisible(visible && paperShown_);
  showSentences();
}

void FieldRow::setFixed(const QString& why) {
  if (why == fixed_) return;
  fixed_ = why;
  why_->setText(why);
  label_->setBuddy(why.isEmpty() ? editor() : nullptr);
  showEditor();
}

void FieldRow::showEditor() {
  const bool fixed = !fixed_.isEmpty();
  editor()->setVisible(visible_ && !fixed);
  if (browse_) browse_->setVisible(visible_ && !fixed);
  value_->setVisible(visible_ && fixed);
  why_->setVisible(visible_ && fixed);
}

void FieldRow::setPaperShown(bool shown) {
  paperShown_ = shown;
  paper_->setVisible(visible_ && shown);
}

void FieldRow::focus() {
  editor()->setFocus();
  line_->selectAll();
}

void FieldRow::onTextChanged() {
  markChanged();
  value_->setText(text().isEmpty() ? tr("none") : text());
  emit textChanged();
}

void FieldRow::markChanged() {
  QFont font = label_->font();
  font.setBold(isChanged());
  label_->setFont(font);
  reset_->setVisible(visible_ && isChanged());
}

void FieldRow::browse() {
  // Most data sets are folders; digits may be one file, which can be typed.
  const QString folder = QFileDialog::getExistingDirectory(editor(), tr("Folder of the data set"), text());
  if (!folder.isEmpty()) setText(folder);
}

bool FieldRow::eventFilter(QObject* watched, QEvent* event) {
  // A change of a style sheet gives back the font that the label had at first.
  if (watched == label_ && event->type() == QEvent::StyleChange)
    QMetaObject::invokeMethod(this, &FieldRow::markChanged, Qt::QueuedConnection);
  if (box_ && filterBox(watched, *event)) return true;
  return QObject::eventFilter(watched, event);
}

/// A click on the word opens the choices, and so do Up and Down, which would change the setting unseen. True: done.
bool FieldRow::filterBox(QObject* watched, const QEvent& event) {
  if (watched == line_ && event.type() == QEvent::MouseButtonRelease) {
    const auto& click = static_cast<const QMouseEvent&>(event);
    if (click.button() == Qt::LeftButton && !line_->hasSelectedText() && box_->count() > 0) box_->showPopup();
    return false;
  }
  if (watched != box_ || event.type() != QEvent::KeyPress) return false;
  const auto& key = static_cast<const QKeyEvent&>(event);
  if (key.modifiers() != Qt::NoModifier || (key.key() != Qt::Key_Down && key.key() != Qt::Key_Up)) return false;
  if (box_->count() > 0) box_->showPopup();
  return true;
}

}  // namespace scanline
