#include "app/sql_dialog.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QTableWidget>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <type_traits>

#include "app/deliver.h"
#include "core/base/control.h"
#include "widgets/parts/plain_table.h"
#include "widgets/parts/table_copy.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr QSize kFirstSize{860, 560};

}  // namespace

SqlDialog::SqlDialog(std::filesystem::path workspace, QWidget* parent)
    : QDialog(parent),
      workspace_(std::move(workspace)),
      views_(new QTreeWidget(this)),
      question_(new QPlainTextEdit(this)),
      answer_(new QTableWidget(this)),
      said_(new QLabel(this)),
      ask_(new QPushButton(tr("Ask"), this)),
      stop_(new QPushButton(tr("Stop"), this)),
      copy_(new QPushButton(tr("Copy as CSV"), this)) {
  setWindowTitle(tr("Ask in SQL"));
  setObjectName(QStringLiteral("sqlDialog"));
  resize(kFirstSize);
  views_->setHeaderHidden(true);
  views_->setAccessibleName(tr("Views and their columns"));
  views_->setToolTip(tr("A double click or Enter puts the name into the question"));
  connect(views_, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
    question_->insertPlainText(item->text(0));
    question_->setFocus();
  });
  question_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  question_->setAccessibleName(tr("Question in SQL"));
  question_->setTabChangesFocus(true);
  question_->setPlainText(
      QStringLiteral("SELECT name, best_loss, best_accuracy FROM v_run ORDER BY best_loss LIMIT 20"));
  question_->selectAll();  // the example gives way to what is typed
  answer_->setAccessibleName(tr("Answer"));
  makePlain(*answer_);
  answer_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  copyAsTable(*answer_);
  answer_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
  answer_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  said_->setWordWrap(true);
  said_->setTextFormat(Qt::PlainText);
  said_->setObjectName(QStringLiteral("sqlSaid"));
  ask_->setToolTip(tr("Ctrl+Enter"));
  for (QPushButton* button : {ask_, stop_, copy_}) button->setAutoDefault(false);
  connect(ask_, &QPushButton::clicked, this, &SqlDialog::ask);
  connect(stop_, &QPushButton::clicked, this, &SqlDialog::stop);
  connect(copy_, &QPushButton::clicked, this, &SqlDialog::copy);
  connect(question_, &QPlainTextEdit::textChanged, this, &SqlDialog::updateButtons);
  connect(this, &QDialog::finished, this, [this] {
    if (isBusy_) stop();  // nobody waits for the answer
  });

  auto* buttons = new QHBoxLayout;
  buttons->addWidget(said_, 1);
  for (QPushButton* button : {copy_, stop_, ask_}) buttons->addWidget(button);
  auto* right = new QWidget(this);
  auto* column = new QVBoxLayout(right);
  column->setContentsMargins({});
  column->addWidget(question_, 1);
  column->addLayout(buttons);
  column->addWidget(answer_, 3);
  auto* split = new QSplitter(this);
  split->addWidget(views_);
  split->addWidget(right);
  split->setStretchFactor(1, 1);
  split->setSizes({kFirstSize.width() / 4, 3 * kFirstSize.width() / 4});
  auto* all = new QVBoxLayout(this);
  all->addWidget(split);
  setTabOrder(question_, ask_);
  question_->setFocus();
  readViews();
}

template <class Work, class Done>
void SqlDialog::start(Work work, Done done) {
  thread_.request_stop();
  isBusy_ = true;
  updateButtons();
  const auto here = [self = QPointer<QObject>(this), this, number = ++asked_](auto act) {
    deliver(self, [this, number, act = std::move(act)] {
      if (number != asked_) return;
      isBusy_ = false;
      act();
      updateButtons();
    });
  };
  // The one before is joined by the assignment; SQLite looks at the wish to stop every few thousand of its steps.
  thread_ = std::jthread([here, work = std::move(work), done = std::move(done)](const std::stop_token& stop) {
    try {
      here([done, result = work(stop)] { done(result); });
    } catch (const Stopped&) {
      // Who stopped it has said so.
    } catch (const std::exception& error) {
      here([done, sentence = QString::fromUtf8(error.what())] { done(sentence); });
    }
  });
}

void SqlDialog::readViews() {
  using Views = std::vector<std::pair<std::string, std::string>>;
  start([workspace = workspace_](const std::stop_token&) { return sqlViews(workspace); },
        [this]<class Result>(const Result& result) {
          if constexpr (std::is_same_v<Result, Views>) {
            for (const auto& [name, columns] : result) {
              auto* view = new QTreeWidgetItem(views_, {QString::fromStdString(name)});
              for (const QString& each : QString::fromStdString(columns).split(QStringLiteral(", ")))
                new QTreeWidgetItem(view, {each});
            }
          } else {
            say(result, /*isError=*/true);
          }
        });
}

void SqlDialog::ask() {
  if (!ask_->isEnabled()) return;
  say(tr("Asking…"), /*isError=*/false);
  start([workspace = workspace_, sql = question_->toPlainText().toStdString()](
            const std::stop_token& stop) { return askSql(workspace, sql, kMostRows, stop); },
        [this]<class Result>(const Result& result) {
          if constexpr (std::is_same_v<Result, SqlTable>)
            showAnswer(result);
          else
            say(result, /*isError=*/true);
        });
}

void SqlDialog::stop() {
  thread_.request_stop();
  ++asked_;
  isBusy_ = false;
  say(tr("Stopped."), /*isError=*/false);
  updateButtons();
}

void SqlDialog::showAnswer(const SqlTable& table) {
  table_ = table;
  answer_->clear();
  answer_->setColumnCount(static_cast<int>(table.columns.size()));
  answer_->setRowCount(static_cast<int>(table.rows.size()));
  QStringList heads;
  for (const std::string& column : table.columns) heads << QString::fromStdString(column);
  answer_->setHorizontalHeaderLabels(heads);
  QFont slanted = answer_->font();
  slanted.setItalic(true);
  for (int row = 0; row < answer_->rowCount(); ++row)
    for (int column = 0; column < answer_->columnCount(); ++column) {
      const SqlTable::Cell& cell = table.rows[static_cast<size_t>(row)][static_cast<size_t>(column)];
      auto* item = new QTableWidgetItem(QString::fromStdString(cellText(cell, "NULL")));
      if (std::holds_alternative<std::monostate>(cell)) item->setFont(slanted);  // no text of this name
      if (std::holds_alternative<int64_t>(cell) || std::holds_alternative<double>(cell)) {
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        answer_->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      }
      answer_->setItem(row, column, item);
    }
  answer_->resizeColumnsToContents();
  const auto rows = static_cast<int>(table.rows.size());
  if (table.isCut)
    say(tr("The first %1 rows. Ask for fewer, or give the question a LIMIT and an OFFSET.").arg(rows), false);
  else
    say(rows == 1 ? tr("1 row.") : tr("%1 rows.").arg(rows), false);
}

void SqlDialog::say(const QString& sentence, bool isError) {
  QPalette colours = palette();
  if (isError) colours.setColor(QPalette::WindowText, Theme(palette()).bad);
  said_->setPalette(colours);
  said_->setText(sentence);
}

void SqlDialog::updateButtons() {
  ask_->setEnabled(!isBusy_ && !question_->toPlainText().trimmed().isEmpty());
  stop_->setEnabled(isBusy_);
  copy_->setEnabled(!table_.columns.empty());
}

void SqlDialog::copy() const {
  QApplication::clipboard()->setText(QString::fromStdString(csvText(table_)));
}

void SqlDialog::keyPressEvent(QKeyEvent* event) {
  const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (isEnter && event->modifiers().testFlag(Qt::ControlModifier)) return ask();
  QDialog::keyPressEvent(event);
}

}  // namespace scanline
