#include "widgets/lists/next_steps.h"

#include <QCoreApplication>

namespace scanline {

namespace {
QString tr(const char* words) {
  return QCoreApplication::translate("scanline", words);
}
}  // namespace

std::vector<std::pair<RunKind, QString>> nextSteps() {
  return {{RunKind::Probe, tr("Probe…")}, {RunKind::Finetune, tr("Fine-tune…")}, {RunKind::LowData, tr("Low data…")}};
}

std::vector<std::pair<ExportForm, QString>> exportForms() {
  return {{ExportForm::HuggingFace, tr("As a Hugging Face folder…")},
          {ExportForm::Csv, tr("As CSV tables…")},
          {ExportForm::Json, tr("As JSON…")}};
}

}  // namespace scanline
