#pragma once

#include <QProcess>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/temp_folder.h"

/// A model that trains in a moment.
inline const QStringList kTiny{"--set", "data.limit=120",
                               "--set", "palette.size=4",
                               "--set", "model.layers=1",
                               "--set", "model.width=8",
                               "--set", "model.heads=1",
                               "--set", "train.steps=5",
                               "--set", "train.batchSize=8",
                               "--set", "train.evaluateEvery=2",
                               "--set", "train.evaluateImages=8",
                               "--set", "train.checkpointEvery=2",
                               "--set", "probe.every=0",
                               "--set", "probe.trainImages=60",
                               "--set", "probe.testImages=12",
                               "--set", "sample.prompts=2",
                               "--set", "sample.perPrompt=2",
                               "--set", "sample.unconditional=2",
                               "--set", "threads=1",
                               "--set", "name=tiny"};

/// One call of scanline-cli, in a workspace of its own if it has to do with runs.
struct CliResult {
  int code = -1;  ///< -1: it crashed, or did not end
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// The program without terminal, colours or a home of its own.
inline void prepareCli(QProcess& process, const QStringList& arguments) {
  auto environment = QProcessEnvironment::systemEnvironment();
  for (const char* name : {"COLORTERM", "CLICOLOR_FORCE", "COLUMNS"}) environment.remove(QLatin1String(name));
  process.setProcessEnvironment(environment);
  process.setProgram(QStringLiteral(SCANLINE_CLI));
  process.setArguments(arguments);
}

inline CliResult runCli(const QStringList& arguments) {
  QProcess process;
  prepareCli(process, arguments);
  process.start(QIODevice::ReadOnly);
  constexpr int kLongest = 300'000;  // ms; the machine may be busy
  if (!process.waitForFinished(kLongest) || process.exitStatus() != QProcess::NormalExit) return {};
  return {process.exitCode(), process.readAllStandardOutput().toStdString(),
          process.readAllStandardError().toStdString()};
}

/// Base of tests that call the program again and again in one workspace, which is folder_.
class CliWorkspaceTest {
 protected:
  QStringList inWorkspace(QStringList arguments) const {
    return arguments << "--workspace" << QString::fromStdString(folder_.path().string());
  }
  QString file(const char* name) const { return QString::fromStdString((folder_ / name).string()); }

  TempFolder folder_;
};
