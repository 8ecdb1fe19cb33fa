#include "widgets/studio/model_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

namespace scanline {

ModelBar::ModelBar(QWidget* parent)
    : QWidget(parent),
      keep_(new QToolButton(this)),
      other_(new QToolButton(this)),
      menu_(new QMenu(this)),
      facts_(new QLabel(this)) {
  keep_->setObjectName(QStringLiteral("keepModel"));
  keep_->setText(tr("Keep this model"));
  keep_->setToolTip(tr("The studio stays with this model when another run is chosen in the list"));
  keep_->setCheckable(true);
  other_->setObjectName(QStringLiteral("otherModel"));
  other_->setText(tr("Another model"));
  other_->setToolTip(tr("The model of another run, or one from a file"));
  other_->setPopupMode(QToolButton::InstantPopup);
  other_->setMenu(menu_);
  facts_->setObjectName(QStringLiteral("modelFacts"));
  facts_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // long facts must not widen the window
  facts_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  facts_->setForegroundRole(QPalette::PlaceholderText);
  for (QToolButton* button : {keep_, other_}) {
    button->setMinimumHeight(28);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setAccessibleName(button->text());
    button->setAccessibleDescription(button->toolTip());
  }
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 8, 12, 0);
  row->setSpacing(8);
  row->addWidget(keep_);
  row->addWidget(other_);
  row->addWidget(facts_, 1);
  connect(keep_, &QToolButton::clicked, this, &ModelBar::keptChanged);
  connect(menu_, &QMenu::aboutToShow, this, [this] {
    fillMenu();
    emit choicesRequested();
  });
}

void ModelBar::setFacts(const QString& facts) {
  words_ = facts;
  facts_->setToolTip(facts);
  facts_->setAccessibleName(facts);
  showFacts();
}

void ModelBar::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showFacts();
}

void ModelBar::showFacts() {
  facts_->setText(facts_->fontMetrics().elidedText(words_, Qt::ElideRight, facts_->width()));
}

void ModelBar::setKept(bool kept) {
  keep_->setChecked(kept);
}

bool ModelBar::isKept() const {
  return keep_->isChecked();
}

void ModelBar::setChoices(const std::vector<RunChoice>& choices) {
  choices_ = choices;
  fillMenu();
}

void ModelBar::fillMenu() {
  menu_->clear();
  for (const RunChoice& choice : choices_)
    menu_->addAction(
        QString(choice.name).replace(QLatin1Char('&'), QStringLiteral("&&")) + QLatin1Char('\t') + choice.words, this,
        [this, run = choice.run] { emit runChosen(run); });
  if (choices_.empty()) menu_->addAction(tr("No other run has a checkpoint yet"))->setEnabled(false);
  menu_->addSeparator();
  menu_->addAction(tr("A checkpoint file…"), this, &ModelBar::fileRequested);
  menu_->addAction(tr("A model's folder…"), this, &ModelBar::folderRequested);
}

}  // namespace scanline
