#include "app/settings.h"

#include <algorithm>

namespace scanline {

namespace {
constexpr auto kTheme = "window/theme";
constexpr auto kGeometry = "window/geometry";
constexpr auto kDocks = "window/docks";
constexpr auto kSmoothing = "curves/smoothing";
constexpr auto kRunTable = "runs/table";
constexpr auto kRecent = "workspaces/recent";
constexpr auto kStopped = "session/stoppedAtExit";
constexpr auto kThroughput = "machine/gflops";
}  // namespace

Settings::Settings()
    : file_(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("scanline"), QStringLiteral("scanline")) {}
Settings::Settings(const QString& file) : file_(file, QSettings::IniFormat) {}

ThemeChoice Settings::theme() const {
  const auto text = file_.value(kTheme).toString();
  if (text == QStringLiteral("light")) return ThemeChoice::Light;
  if (text == QStringLiteral("dark")) return ThemeChoice::Dark;
  return ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice) {
  file_.setValue(kTheme, choice == ThemeChoice::Light  ? QStringLiteral("light")
                         : choice == ThemeChoice::Dark ? QStringLiteral("dark")
                                                       : QStringLiteral("system"));
}

QByteArray Settings::geometry() const {
  return file_.value(kGeometry).toByteArray();
}
QByteArray Settings::docks() const {
  return file_.value(kDocks).toByteArray();
}
void Settings::setLayout(const QByteArray& geometry, const QByteArray& docks) {
  file_.setValue(kGeometry, geometry);
  file_.setValue(kDocks, docks);
}
void Settings::clearLayout() {
  file_.remove(kGeometry);
  file_.remove(kDocks);
  file_.remove(kRunTable);
}

double Settings::smoothing() const {
  return std::clamp(file_.value(kSmoothing, 0.6).toDouble(), 0.0, 0.99);
}
void Settings::setSmoothing(double smoothing) {
  file_.setValue(kSmoothing, smoothing);
}
QByteArray Settings::runTable() const {
  return file_.value(kRunTable).toByteArray();
}
void Settings::setRunTable(const QByteArray& layout) {
  file_.setValue(kRunTable, layout);
}

QStringList Settings::recentWorkspaces() const {
  return file_.value(kRecent).toStringList();
}
void Settings::addRecentWorkspace(const QString& folder) {
  QStringList recent = recentWorkspaces();
  recent.removeAll(folder);
  recent.prepend(folder);
  file_.setValue(kRecent, QStringList(recent.mid(0, 10)));
}

QStringList Settings::stoppedAtExit() const {
  return file_.value(kStopped).toStringList();
}
void Settings::setStoppedAtExit(const QStringList& uuids) {
  file_.setValue(kStopped, uuids);
}

double Settings::throughput() const {
  return std::max(0.0, file_.value(kThroughput, 0).toDouble());
}
void Settings::setThroughput(double gflops) {
  file_.setValue(kThroughput, gflops);
}

}  // namespace scanline
