#include "widgets/lists/next_steps.h"

#include <QCoreApplication>

namespace scanline {

std::vector<std::pair<RunKind, QString>> nextSteps() {
  const auto tr = [](const char* words) { return QCoreApplication::translate("NextSteps", words); };
  return {{RunKind::Probe, tr("Probe…")}, {RunKind::Finetune, tr("Fine-tune…")}, {RunKind::LowData, tr("Low data…")}};
}

}  // namespace scanline
