#pragma once

#include <QListWidget>
#include <QString>
#include <vector>

namespace scanline {

/// A short list below a line of text, to choose from with the keyboard of that line or by a click. It lies over the
/// window's other contents, takes no focus, and goes when it has no entries. The first entry is only chosen by
/// choose().
class ProposalList : public QListWidget {
  Q_OBJECT
 public:
  struct Entry {
    QString text, description;
  };
  /// `below`: the widget that it belongs to.
  explicit ProposalList(QWidget* below);

  void offer(const std::vector<Entry>& entries);
  bool isOpen() const { return isVisible(); }
  /// By one entry down or up, around the ends.
  void move(int by);
  bool hasCurrent() const { return currentRow() >= 0; }
  /// The current entry, or the first.
  void choose();

 signals:
  void chosen(const QString& text);

 private:
  QWidget* below_;
};

}  // namespace scanline
