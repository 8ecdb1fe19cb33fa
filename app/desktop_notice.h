#pragma once

#include <QObject>
#include <QString>
#include <optional>

namespace scanline {

/// Tells the desktop through its session bus: notifications, and how far a training is on the launcher's icon. Where
/// there is no bus, or no program shows notifications, nothing happens. Never waits. UI thread.
class DesktopNotice : public QObject {
  Q_OBJECT
 public:
  explicit DesktopNotice(QObject* parent);

  /// The next one takes the place of the last.
  void tell(const QString& title, const QString& text);
  /// 0..1; nullopt: nothing trains.
  void showProgress(std::optional<double> share);

 signals:
  /// The notification was clicked.
  void activated();

 private slots:
  void acted(quint32 id, const QString& action);

 private:
  quint32 last_ = 0;
};

}  // namespace scanline
