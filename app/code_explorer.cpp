#include "app/code_explorer.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"
#include "core/jobs/prepare_data.h"
#include "core/spec/spec_text.h"
#include "widgets/pages/completions_view.h"

namespace scanline {

namespace {
constexpr int64_t kMostPictures = 500;
}

/// A VQ-VAE and its run's settings.
struct CodeExplorer::Subject {
  std::filesystem::path file;
  std::string specToml;
};

CodeExplorer::CodeExplorer(CompletionsView& view, StoreThread& reader, const EngineSource& engine, QObject* parent)
    : QObject(parent), view_(view), reader_(reader), lane_(engine) {
  connect(&view_, &CompletionsView::codesWanted, this, &CodeExplorer::ask);
}

CodeExplorer::~CodeExplorer() {
  cancel();
}

void CodeExplorer::cancel() {
  lane_.cancel();
}

void CodeExplorer::setRun(RunId run) {
  if (run == run_) return;
  run_ = run;
  ++request_;
  lane_.stop(StudioQuestion::Codes);
}

void CodeExplorer::ask(qint64 step) {
  if (run_.value == 0) return;
  ++request_;
  reader_.post(
      this,
      [run = run_, step](RunStore& store) {
        const RunDetails details = store.details(run);
        const auto nearest = std::ranges::min_element(
            details.checkpoints, {}, [step](const CheckpointRow& row) { return std::abs(row.step - step); });
        if (nearest == details.checkpoints.end())
          throw Error(tr("This run has no checkpoint yet; with the first one its codes can be seen.").toStdString());
        return Subject{std::filesystem::path(details.folder) / nearest->file, details.specToml};
      },
      [this, request = request_](const Subject& subject) {
        if (request == request_) read(subject);
      },
      [this, request = request_](const QString& sentence) {
        if (request == request_) view_.setCodes(nullptr, sentence);
      });
}

void CodeExplorer::read(const Subject& subject) {
  lane_.ask(
      StudioQuestion::Codes, Older::Stops, this,
      [subject](Engine& engine, const Control& control) {
        const auto codec = engine.openVqvae(subject.file, 0);
        const PrepareContext reading{
            .begin = [](const std::string&) {}, .control = control, .warn = [](const std::string&) {}};
        RunSpec spec = fromToml(subject.specToml, "the run's settings");
        spec.data.augment = Augment::None;
        const Dataset data = prepareData(spec, reading, {.tokens = false}).images;
        const ImageSet& all = data.validation;
        ImageSet some{.count = std::min(kMostPictures, all.count), .width = all.width, .height = all.height};
        for (int64_t image = 0; image < some.count; ++image) {
          const auto bytes = all.image(image);
          some.rgb.insert(some.rgb.end(), bytes.begin(), bytes.end());
        }
        return std::make_shared<const CodeAtlas>(codeAtlasOf(*codec, std::move(some), control));
      },
      [this](const SharedCodeAtlas& atlas) { view_.setCodes(atlas, {}); },
      [this](const QString& sentence) { view_.setCodes(nullptr, sentence); });
}

}  // namespace scanline
