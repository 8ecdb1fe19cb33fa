#include "core/jobs/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/jobs/html_text.h"
#include "core/jobs/report_parts.h"

namespace scanline {

namespace {

constexpr std::string_view kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1d2024; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #d8dade; } h3 { font-size: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: left; border-bottom: 1px solid #e6e8eb; vertical-align: top; }
th { font-weight: 600; } .wide { overflow-x: auto; } tr.differs td { background: #fff4d6; }
figure { margin: 1rem 0; } figcaption, .note { color: #5b616a; } img { image-rendering: pixelated; max-width: 100%; height: auto; }
svg { max-width: 100%; height: auto; } pre { background: #f4f5f7; padding: .8rem; overflow-x: auto; } summary { cursor: pointer; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e6ea; background: #1f2226; } h2 { border-color: #3a3f46; } th, td { border-color: #33383f; }
  tr.differs td { background: #4a3d12; } pre { background: #26292e; } figcaption, .note { color: #a4abb4; }
}
)";

ReportedRun read(const RunStore& store, RunId id) {
  ReportedRun run{.details = store.details(id),
                  .spec = {},
                  .series = store.summaries(id),
                  .probes = {},
                  .lowData = store.lowData(id)};
  try {
    run.spec = specOf(run.details);
  } catch (const Error&) {  // of a later version: its text is shown, its settings are not
  }
  run.probes = store.probes(id, -1);
  if (run.probes.empty()) return run;
  const int64_t newest = run.probes.back().step;
  std::erase_if(run.probes, [newest](const ProbeResult& probe) { return probe.step != newest; });
  return run;
}

}  // namespace

std::string reportHtml(const RunStore& store, std::span<const RunId> ids, const ReportOptions& options) {
  if (ids.empty()) throw Error("A report needs a run. Name one, or several to compare.");
  std::vector<ReportedRun> runs;
  for (const RunId id : ids) {
    options.control.check();
    runs.push_back(read(store, id));
  }
  const std::string title = htmlText(!options.title.empty() ? options.title
                                     : runs.size() == 1     ? runs.front().details.summary.name
                                                            : fmt::format("{} runs compared", runs.size()));
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>{0}</title>\n<style>{1}"
      "</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      title, kStyle);
  const std::span<const ReportedRun> all(runs);
  const auto add = [&](const std::string& section) {
    options.control.check();
    html += section;
  };
  add(resultsSection(all));
  add(settingsSection(all));
  add(curvesSection(store, all));
  add(probesSection(all));
  add(lowDataSection(all));
  add(samplesSection(store, all));
  add(specsSection(all));
  return html + "</body>\n</html>\n";
}

void writeReport(const RunStore& store, std::span<const RunId> runs, const std::filesystem::path& file,
                 const ReportOptions& options) {
  writeFileAtomically(file, reportHtml(store, runs, options));
}

}  // namespace scanline
