#pragma once

#include <QPlainTextEdit>
#include <vector>

#include "core/store/run_types.h"

namespace scanline {

/// The lines a run wrote, newest at the bottom; follows them unless somebody scrolled up to read.
class LogPage : public QPlainTextEdit {
  Q_OBJECT
 public:
  explicit LogPage(QWidget* parent = nullptr);
  void append(const std::vector<LogRow>& rows);  ///< rows that are shown already are left out
  void clearLog();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void write(const LogRow& row);
  std::vector<LogRow> rows_;  ///< kept to be written again in the colours of another theme
  int64_t lastId_ = 0;
};

}  // namespace scanline
