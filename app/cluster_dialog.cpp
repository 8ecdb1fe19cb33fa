#include "app/cluster_dialog.h"

#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/folder_dialog.h"
#include "core/base/error.h"
#include "core/base/user_folders.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

QString joinedLines(const std::vector<std::string>& lines) {
  QStringList list;
  for (const std::string& line : lines) list << QString::fromStdString(line);
  return list.join(QLatin1Char('\n'));
}

std::vector<std::string> splitLines(const QPlainTextEdit& edit) {
  std::vector<std::string> lines;
  for (const QString& line : edit.toPlainText().split(QLatin1Char('\n')))
    if (!line.trimmed().isEmpty()) lines.push_back(line.trimmed().toStdString());
  return lines;
}

}  // namespace

ClusterDialog::ClusterDialog(const ClusterSettings& settings, QWidget* parent)
    : QDialog(parent),
      folder_(new QLineEdit(QString::fromStdString(settings.folder), this)),
      program_(new QLineEdit(QString::fromStdString(settings.program), this)),
      partition_(new QLineEdit(QString::fromStdString(settings.partition), this)),
      timeLimit_(new QLineEdit(QString::fromStdString(settings.timeLimit), this)),
      gres_(new QLineEdit(QString::fromStdString(settings.gres), this)),
      nodes_(new QSpinBox(this)),
      tasks_(new QSpinBox(this)),
      lines_(new QPlainTextEdit(joinedLines(settings.lines), this)),
      setup_(new QPlainTextEdit(joinedLines(settings.setup), this)),
      problem_(new QLabel(this)) {
  setWindowTitle(tr("Cluster"));
  setObjectName(QStringLiteral("clusterDialog"));
  folder_->setObjectName(QStringLiteral("clusterFolder"));
  folder_->setMinimumWidth(320);
  folder_->setPlaceholderText(tr("On a disk that its machines share with this one"));
  program_->setPlaceholderText(tr("scanline-cli of this installation"));
  partition_->setPlaceholderText(tr("The cluster’s own"));
  timeLimit_->setPlaceholderText(tr("The cluster’s own; as sbatch takes it, 12:00:00"));
  gres_->setPlaceholderText(tr("None; as sbatch takes it, gpu:1"));
  constexpr int kMost = 10'000;
  for (auto [box, value] : {std::pair{nodes_, settings.nodes}, std::pair{tasks_, settings.tasks}}) {
    box->setRange(1, kMost);
    box->setValue(value);
  }
  tasks_->setToolTip(tr("More than one process in all share a run; its train.slices have to be a multiple of them"));
  for (QPlainTextEdit* edit : {lines_, setup_}) {
    edit->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    edit->setTabChangesFocus(true);
    edit->setFixedHeight(3 * edit->fontMetrics().lineSpacing() + 2 * edit->frameWidth() + 8);
  }
  lines_->setPlaceholderText(tr("--mem=8G"));
  setup_->setPlaceholderText(tr("module load cuda"));

  auto* browse = new QPushButton(tr("Choose…"), this);
  browse->setAccessibleName(tr("Choose the shared folder"));
  browse->setAutoDefault(false);
  connect(browse, &QPushButton::clicked, this, [this] {
    if (const QString chosen = chooseFolder(this, tr("Shared folder"), folder_->text()); !chosen.isEmpty())
      folder_->setText(chosen);
  });
  auto* folderRow = new QHBoxLayout;
  folderRow->addWidget(folder_, 1);
  folderRow->addWidget(browse);
  auto* form = new QFormLayout;
  auto* folderLabel = new QLabel(tr("Shared f&older"));
  folderLabel->setBuddy(folder_);  // a row with two widgets has none of its own
  form->addRow(folderLabel, folderRow);
  form->addRow(tr("P&rogram"), program_);
  form->addRow(tr("&Partition"), partition_);
  form->addRow(tr("&Time limit"), timeLimit_);
  form->addRow(tr("&Machines of a run"), nodes_);
  form->addRow(tr("Processes on &each"), tasks_);
  form->addRow(tr("&Generic resources"), gres_);
  form->addRow(tr("&Further options of sbatch"), lines_);
  form->addRow(tr("&Before the program"), setup_);
  auto* words = new QLabel(
      tr("Runs are sent by sbatch. Each writes into a folder of its own on the shared disk, and is shown here as any other."),
      this);
  words->setWordWrap(true);
  problem_->setObjectName(QStringLiteral("clusterProblem"));
  problem_->setTextFormat(Qt::PlainText);
  problem_->setWordWrap(true);
  problem_->hide();
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 12);
  column->setSpacing(12);
  column->addWidget(words);
  column->addLayout(form);
  column->addWidget(problem_);
  column->addWidget(buttons);
}

void ClusterDialog::accept() {
  try {
    checkClusterSettings(settings());
  } catch (const Error& error) {
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, Theme(palette()).bad);
    problem_->setPalette(colours);
    problem_->setText(QString::fromUtf8(error.what()));
    problem_->show();
    return;
  }
  QDialog::accept();
}

ClusterSettings ClusterDialog::settings() const {
  const auto text = [](const QLineEdit* edit) { return edit->text().trimmed().toStdString(); };
  return {.folder = expandHome(text(folder_)),
          .program = expandHome(text(program_)),
          .partition = text(partition_),
          .timeLimit = text(timeLimit_),
          .gres = text(gres_),
          .nodes = nodes_->value(),
          .tasks = tasks_->value(),
          .lines = splitLines(*lines_),
          .setup = splitLines(*setup_)};
}

}  // namespace scanline
