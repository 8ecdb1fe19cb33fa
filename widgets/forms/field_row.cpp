#include "widgets/forms/field_row.h"

#include <QComboBox>
#include <QCompleter>
#include <QEvent>
#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

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
  if (!info.paper.empty()) result += QObject::tr("<p>In the paper: %1.</p>").arg(fromView(info.paper).toHtmlEscaped());
  return result;
}

}  // namespace

FieldRow::FieldRow(const FieldInfo& info, const QStringList& choices, bool browses, QWidget* form)
    : QObject(form),
      key_(fromView(info.key)),
      group_(key_.contains('.') ? key_.section('.', 0, 0) : QString()),
      expert_(info.expert),
      label_(new QLabel(fromView(info.label), form)),
      line_(nullptr),
      value_(new QLabel(form)),
      why_(new QLabel(form)),
      reset_(new QToolButton(form)),
      paper_(new QLabel(form)),
      problem_(new QLabel(form)) {
  if (choices.isEmpty()) {
    line_ = new QLineEdit(form);
  } else {
    box_ = new QComboBox(form);
    box_->setEditable(true);
    box_->setInsertPolicy(QComboBox::NoInsert);
    box_->completer()->setCaseSensitivity(Qt::CaseInsensitive);
    box_->setMinimumContentsLength(8);
    box_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    line_ = box_->lineEdit();
    setChoices(choices);
    needFocusForWheel(box_);
    connect(line_, &QLineEdit::returnPressed, this, &FieldRow::accepted);
  }
  if (!box_) connect(line_, &QLineEdit::returnPressed, this, &FieldRow::accepted);
  if (browses) {
    browse_ = new QToolButton(form);
    browse_->setText(tr("Browse…"));
    browse_->setFixedHeight(kRowHeight);
    connect(browse_, &QToolButton::clicked, this, &FieldRow::browse);
  }
  label_->setBuddy(editor());
  editor()->setObjectName(key_);
  editor()->setAccessibleName(label_->text());
  editor()->setAccessibleDescription(fromView(info.help));
  editor()->setFixedHeight(kRowHeight);
  reset_->setText(tr("Reset"));
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
  problem_->setWordWrap(true);
  problem_->hide();
  const QString help = explanation(info);
  for (QWidget* widget : std::initializer_list<QWidget*>{label_, editor(), value_, paper_}) {
    widget->setToolTip(help);
    widget->setWhatsThis(help);
  }
  label_->installEventFilter(this);
  connect(line_, &QLineEdit::textChanged, this, &FieldRow::onTextChanged);
  onTextChanged();
}

void FieldRow::placeIn(QGridLayout* grid, int row) {
  grid->addWidget(label_, row, 0);
  auto* line = new QHBoxLayout;
  line->setSpacing(8);
  line->addWidget(editor(), 1);
  line->addWidget(value_);
  line->addWidget(why_, 1);
  if (browse_) line->addWidget(browse_);
  grid->addLayout(line, row, 1);
  grid->addWidget(reset_, row, 2);
  grid->addWidget(paper_, row, 3);
  grid->addWidget(problem_, row + 1, 1, 1, 3);
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

bool FieldRow::isChanged() const {
  return text() != base_;
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
  problem_->setVisible(hasProblem_ && visible_);
  label_->setForegroundRole(hasProblem_ ? QPalette::BrightText : QPalette::WindowText);
}

void FieldRow::setVisible(bool visible) {
  visible_ = visible;
  label_->setVisible(visible);
  showEditor();
  reset_->setVisible(visible && isChanged());
  paper_->setVisible(visible && paperShown_);
  problem_->setVisible(visible && hasProblem_);
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
  // A change of the program's style sheet gives back the font that the label had at first.
  if (watched == label_ && event->type() == QEvent::StyleChange)
    QMetaObject::invokeMethod(this, &FieldRow::markChanged, Qt::QueuedConnection);
  return QObject::eventFilter(watched, event);
}

}  // namespace scanline
