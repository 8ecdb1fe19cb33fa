#include "widgets/pages/results_view.h"

#include <QEvent>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <utility>

#include "widgets/pages/low_data_view.h"
#include "widgets/pages/search_view.h"
#include "widgets/parts/theme.h"

namespace scanline {

ResultsView::ResultsView(QWidget* parent)
    : QWidget(parent),
      heading_(new QLabel(this)),
      numbers_(new QLabel(this)),
      empty_(new QLabel(this)),
      lowData_(new LowDataView(this)),
      search_(new SearchView(this)) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  heading_->setFont(bold);
  heading_->setTextFormat(Qt::PlainText);
  numbers_->setObjectName(QStringLiteral("numbers"));
  numbers_->setTextFormat(Qt::RichText);
  numbers_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  numbers_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  numbers_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  auto* scroll = new QScrollArea(this);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* body = new QWidget;
  body->setBackgroundRole(QPalette::Base);
  auto* numbers = new QVBoxLayout(body);
  numbers->setContentsMargins(12, 4, 12, 4);
  numbers->setSpacing(8);
  numbers->addWidget(heading_);
  numbers->addWidget(numbers_);
  numbers->addStretch(1);
  scroll->setWidget(body);
  scroll_ = scroll;
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 8, 0, 8);
  column->setSpacing(8);
  column->addWidget(lowData_, 3);
  column->addWidget(search_, 3);
  column->addWidget(scroll, 2);
  column->addWidget(empty_, 1);
  setEmptyText(tr("Choose a run in the table to see its results."));
}

void ResultsView::setResults(const QString& heading, std::vector<ResultRow> rows, Part part) {
  heading_->setText(heading);
  part_ = part;
  if (rows == rows_) return refresh();
  rows_ = std::move(rows);
  refresh();
}

void ResultsView::setEmptyText(const QString& text) {
  empty_->setText(text);
  refresh();
}

void ResultsView::refresh() {
  lowData_->setVisible(part_ == Part::LowData);
  search_->setVisible(part_ == Part::Search);
  scroll_->setVisible(!rows_.empty());
  empty_->setVisible(rows_.empty() && part_ == Part::None);
  const QString muted = Theme(palette()).mutedText.name();
  QString table;
  for (const ResultRow& row : rows_)
    table +=
        QStringLiteral(
            "<tr><td style='padding: 3px 24px 3px 0'>%1</td><td align='right' style='padding: 3px 24px 3px 0'><b>%2</b></td><td style='padding: 3px 0; color: %4'>%3</td></tr>")
            .arg(row.name.toHtmlEscaped(), row.value.toHtmlEscaped(), row.detail.toHtmlEscaped(), muted);
  numbers_->setText(QStringLiteral("<table cellspacing='0' cellpadding='0'>%1</table>").arg(table));
}

void ResultsView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && scroll_) refresh();  // it is sent while the parts are made, too
}

}  // namespace scanline
