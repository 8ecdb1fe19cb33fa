#include "widgets/studio/question_panel.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace scanline {

namespace {
constexpr int kMargin = 12, kSpacing = 8;
}

QLabel* noteLabel(const QString& words) {
  auto* label = new QLabel(words);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

QLabel* partTitle(const QString& words) {
  auto* label = new QLabel(words);
  QFont bold = label->font();
  bold.setWeight(QFont::DemiBold);
  label->setFont(bold);
  return label;
}

QuestionPanel::QuestionPanel(const QString& name, QWidget* parent)
    : QWidget(parent), content_(new QVBoxLayout), state_(noteLabel()) {
  setAccessibleName(name);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
  column->setSpacing(kSpacing);
  content_->setSpacing(kSpacing);
  column->addLayout(content_);
  column->addWidget(state_);
  column->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(page);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(scroll);
  state_->setObjectName(QStringLiteral("state"));
  state_->hide();
}

void QuestionPanel::setLoading() {
  state_->setForegroundRole(QPalette::PlaceholderText);
  state_->setText(tr("The model is being asked…"));
  state_->show();
}

void QuestionPanel::setProblem(const QString& sentence) {
  state_->setForegroundRole(QPalette::BrightText);
  state_->setText(sentence);
  state_->setVisible(!sentence.isEmpty());
}

void QuestionPanel::setAnswered() {
  setProblem({});
}

QString QuestionPanel::state() const {
  return state_->isHidden() ? QString() : state_->text();
}

}  // namespace scanline
