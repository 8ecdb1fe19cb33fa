#include "app/settings.h"

#include <QVariantMap>
#include <algorithm>

#include "core/base/gpus.h"

namespace scanline {

namespace {
constexpr auto kTheme = "window/theme";
constexpr auto kGeometry = "window/geometry";
constexpr auto kDocks = "window/docks";
constexpr auto kSmoothing = "curves/smoothing";
constexpr auto kCurves = "curves/state";
constexpr auto kRunTable = "runs/table";
constexpr auto kQuestions = "runs/questions";
constexpr auto kRecent = "workspaces/recent";
constexpr auto kStopped = "session/stoppedAtExit";
constexpr auto kSpeeds = "machine/speeds";
constexpr auto kThreads = "runs/threads";
constexpr auto kDefaultWorkspace = "workspaces/default";
constexpr auto kOwnProcess = "runs/ownProcess";
constexpr auto kNotifies = "alerts/notify";
constexpr auto kStopsDiverging = "alerts/stopDiverging";
constexpr auto kTourSeen = "window/tourSeen";
constexpr auto kLayouts = "layouts";

/// Folders hold characters that keys may not.
QString keyOf(const QString& group, const QString& workspace) {
  return group + QString::fromLatin1(workspace.toUtf8().toBase64(QByteArray::Base64UrlEncoding));
}
QString tickedKey(const QString& workspace) {
  return keyOf(QStringLiteral("ticked/"), workspace);
}
QString watchedKey(const QString& workspace) {
  return keyOf(QStringLiteral("watched/"), workspace);
}
constexpr auto kRunCharts = "runs/charts";

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
QByteArray Settings::curves() const {
  return file_.value(kCurves).toByteArray();
}
void Settings::setCurves(const QByteArray& state) {
  file_.setValue(kCurves, state);
}
QByteArray Settings::runTable() const {
  return file_.value(kRunTable).toByteArray();
}
void Settings::setRunTable(const QByteArray& layout) {
  file_.setValue(kRunTable, layout);
}

std::vector<RunId> Settings::ticked(const QString& workspace) const {
  std::vector<RunId> runs;
  for (const QString& id : file_.value(tickedKey(workspace)).toStringList()) runs.push_back({id.toLongLong()});
  return runs;
}
void Settings::setTicked(const QString& workspace, const std::vector<RunId>& runs) {
  QStringList ids;
  for (const RunId run : runs) ids << QString::number(run.value);
  file_.setValue(tickedKey(workspace), ids);
}

QByteArray Settings::runCharts() const {
  return file_.value(kRunCharts).toByteArray();
}
void Settings::setRunCharts(const QByteArray& choices) {
  file_.setValue(kRunCharts, choices);
}

QStringList Settings::watchedFolders(const QString& workspace) const {
  return file_.value(watchedKey(workspace)).toStringList();
}
void Settings::setWatchedFolders(const QString& workspace, const QStringList& folders) {
  file_.setValue(watchedKey(workspace), folders);
}

QStringList Settings::questions() const {
  return file_.value(kQuestions).toStringList();
}
void Settings::setQuestions(const QStringList& questions) {
  file_.setValue(kQuestions, questions);
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

std::vector<MeasuredSpeed> Settings::speeds() const {
  return speedsOf(file_.value(kSpeeds).toStringList());
}
void Settings::setSpeeds(const std::vector<MeasuredSpeed>& speeds) {
  file_.setValue(kSpeeds, speedLines(speeds));
}

int Settings::threads() const {
  return std::max(0, file_.value(kThreads, 0).toInt());
}
void Settings::setThreads(int threads) {
  file_.setValue(kThreads, threads);
}
QString Settings::defaultWorkspace() const {
  return file_.value(kDefaultWorkspace).toString();
}
void Settings::setDefaultWorkspace(const QString& folder) {
  file_.setValue(kDefaultWorkspace, folder);
}
bool Settings::ownProcess() const {
  // A process trains one run at a time: several GPUs need several.
  return file_.value(kOwnProcess, gpuCount() > 1).toBool();
}
void Settings::setOwnProcess(bool own) {
  file_.setValue(kOwnProcess, own);
}
bool Settings::notifies() const {
  return file_.value(kNotifies, true).toBool();
}
void Settings::setNotifies(bool notifies) {
  file_.setValue(kNotifies, notifies);
}
bool Settings::stopsDiverging() const {
  return file_.value(kStopsDiverging, false).toBool();
}
void Settings::setStopsDiverging(bool stops) {
  file_.setValue(kStopsDiverging, stops);
}
bool Settings::tourSeen() const {
  return file_.value(kTourSeen, false).toBool();
}
void Settings::setTourSeen() {
  file_.setValue(kTourSeen, true);
}

QStringList Settings::layoutNames() const {
  return file_.value(kLayouts).toMap().keys();
}
QByteArray Settings::namedLayout(const QString& name) const {
  return file_.value(kLayouts).toMap().value(name).toByteArray();
}
void Settings::setNamedLayout(const QString& name, const QByteArray& docks) {
  QVariantMap layouts = file_.value(kLayouts).toMap();
  if (docks.isEmpty())
    layouts.remove(name);
  else
    layouts.insert(name, docks);
  file_.setValue(kLayouts, layouts);
}

}  // namespace scanline
