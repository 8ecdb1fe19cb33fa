#include "core/store/query_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/edit_distance.h"
#include "core/spec/fields.h"
#include "core/store/run_types.h"
#include "core/store/search_series.h"
#include "core/store/search_text.h"

namespace scanline {

namespace {

using Type = QueryField::Type;
using Part = QueryField::Part;

#define OF_RUN(expression) "SELECT id, " expression " FROM run WHERE id BETWEEN ?1 AND ?2"

constexpr std::array kFacts{
    QueryFact{"name", Type::Text, "the run's name", OF_RUN("name")},
    QueryFact{"note", Type::Text, "the note on the run", OF_RUN("note")},
    QueryFact{"tag", Type::Tags, "each of the run's tags",
              "SELECT run, group_concat(name, char(10)) FROM tag WHERE run BETWEEN ?1 AND ?2 GROUP BY run", "tags"},
    QueryFact{"state", Type::Text, "queued, running, finished, failed, ...", OF_RUN("state"), "status"},
    QueryFact{"kind", Type::Text, "pretrain, probe, finetune, lowdata, vqvae, search, curves", OF_RUN("kind")},
    QueryFact{"id", Type::Text, "identifier; its beginning names the run in the terminal", OF_RUN("uuid"), "uuid run"},
    QueryFact{"parent", Type::Text, "name of the run that it comes from",
              OF_RUN("(SELECT name FROM run AS origin WHERE origin.id = run.parent)"), "search from"},
    QueryFact{"step", Type::Number, "steps done", OF_RUN("step")},
    QueryFact{"progress", Type::Share, "share of the steps that is done",
              OF_RUN("CASE WHEN steps > 0 THEN min(1.0, CAST(step AS REAL) / steps) END")},
    QueryFact{"parameters", Type::Number, "size of the model", OF_RUN("nullif(parameters, 0)"), "params size"},
    QueryFact{"loss", Type::Number, "best validation loss", OF_RUN("best_loss"), "bestLoss"},
    QueryFact{"step(best(loss))", Type::Number, "step of the best validation loss", OF_RUN("best_loss_step")},
    QueryFact{"probe", Type::Share, "best accuracy of a linear probe",
              OF_RUN("CASE WHEN best_layer IS NOT NULL THEN best_accuracy END"), "bestProbe"},
    QueryFact{"step(best(probe))", Type::Number, "step of the best probe",
              OF_RUN("CASE WHEN best_layer IS NOT NULL THEN best_accuracy_step END")},
    QueryFact{"bestLayer", Type::Number, "layer of the best probe", OF_RUN("best_layer")},
    QueryFact{"accuracy", Type::Share, "best accuracy, of a probe or of a classifier", OF_RUN("best_accuracy"),
              "bestAccuracy acc"},
    QueryFact{"step(best(accuracy))", Type::Number, "step of the best accuracy", OF_RUN("best_accuracy_step")},
    QueryFact{"created", Type::Time, "when it was made", OF_RUN("created_ms"), "date"},
    QueryFact{"started", Type::Time, "when it was started first", OF_RUN("nullif(started_ms, 0)")},
    QueryFact{"ended", Type::Time, "when it ended", OF_RUN("nullif(ended_ms, 0)"), "finished"},
    QueryFact{"age", Type::Age, "time since it was made", OF_RUN("created_ms")},
    QueryFact{"duration", Type::Duration, "time at work, pauses left out",
              OF_RUN("nullif(active_ms + CASE WHEN active_since_ms > 0 THEN max(0, (julianday('now') - 2440587.5) * "
                     "86400000.0 - active_since_ms) ELSE 0 END, 0) / 1000.0"),
              "time runtime"},
};
#undef OF_RUN

/// Names that people use for settings whose last word alone would not do.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kAliases{{
    {"lr", "optimizer.learningRate"},
    {"learningRate", "optimizer.learningRate"},
    {"batch", "train.batchSize"},
    {"batchSize", "train.batchSize"},
    {"layers", "model.layers"},
    {"depth", "model.layers"},
    {"width", "model.width"},
    {"steps", "train.steps"},
    {"data", "data.name"},
    {"dataset", "data.name"},
    {"path", "data.path"},
    {"warmup", "optimizer.warmupSteps"},
    {"wd", "optimizer.weightDecay"},
    {"clip", "optimizer.clipNorm"},
    {"palette", "palette.size"},
    {"colours", "palette.size"},
    {"colors", "palette.size"},
    {"rates", "search.rates"},
}};

constexpr std::array kUsualSeries{series::kTrainLoss,    series::kValidationLoss,  series::kLearningRate,
                                  series::kGradientNorm, series::kImagesPerSecond, series::kValidationAccuracy,
                                  series::kTestLoss,     series::kTestAccuracy,    series::kClassifierLoss,
                                  series::kSearchRate,   series::kSearchLoss};

struct Setting {
  std::string key, shortName, folded, foldedLast;
  Type type = Type::Number;
};

std::string_view lastWord(std::string_view key, char separator) {
  return key.substr(key.rfind(separator) + 1);  // npos + 1 is 0
}

/// As names are compared: case and underscores make no difference.
std::string plain(std::string_view name) {
  std::string result = foldCase(name);
  std::erase(result, '_');
  return result;
}

std::string_view aliasTarget(std::string_view plainName) {
  for (const auto& [alias, key] : kAliases)
    if (plain(alias) == plainName) return key;
  return {};
}

bool hasAlias(std::string_view aliases, std::string_view plainName) {
  while (!aliases.empty()) {
    const size_t end = std::min(aliases.find(' '), aliases.size());
    if (plain(aliases.substr(0, end)) == plainName) return true;
    aliases.remove_prefix(std::min(end + 1, aliases.size()));
  }
  return false;
}

bool isFactName(std::string_view plainName) {
  return std::ranges::any_of(kFacts, [&](const QueryFact& fact) {
    return plain(fact.name) == plainName || hasAlias(fact.aliases, plainName);
  });
}

std::vector<Setting> makeSettings() {
  std::vector<Setting> settings;
  const RunSpec defaults;
  forEachField(defaults, [&]<class Field>(const FieldInfo& info, const Field&) {
    const auto type = std::is_same_v<Field, bool>   ? Type::Bool
                      : std::is_arithmetic_v<Field> ? Type::Number
                                                    : Type::Text;
    settings.push_back({std::string(info.key), {}, plain(info.key), plain(lastWord(info.key, '.')), type});
  });
  for (Setting& setting : settings) {
    const auto same = std::ranges::count(settings, setting.foldedLast, &Setting::foldedLast);
    const std::string_view alias = aliasTarget(setting.foldedLast);
    const bool isFree = alias.empty() ? same == 1 : alias == setting.key;
    setting.shortName =
        isFree && !isFactName(setting.foldedLast) ? std::string(lastWord(setting.key, '.')) : setting.key;
    if (setting.key == "optimizer.learningRate") setting.shortName = "lr";
    if (setting.key == "train.batchSize") setting.shortName = "batch";
    if (setting.key == "data.name") setting.shortName = "data";
  }
  return settings;
}

const std::vector<Setting>& allSettings() {
  static const std::vector<Setting> settings = makeSettings();
  return settings;
}

QueryField settingField(const Setting& setting) {
  return {QueryField::Source::Setting, setting.type, Part::Last, 0, setting.shortName, setting.key};
}

QueryField factField(const QueryFact& fact) {
  return {QueryField::Source::Fact, fact.type, Part::Last, 0, std::string(fact.name), std::string(fact.name)};
}

constexpr std::array<std::pair<std::string_view, Part>, 7> kParts{{{"first", Part::First},
                                                                   {"last", Part::Last},
                                                                   {"min", Part::Min},
                                                                   {"max", Part::Max},
                                                                   {"best", Part::Max},
                                                                   {"count", Part::Count},
                                                                   {"mean", Part::Mean}}};

Part stepOf(Part part) {
  switch (part) {
    case Part::First:
      return Part::FirstStep;
    case Part::Min:
      return Part::MinStep;
    case Part::Max:
      return Part::MaxStep;
    default:
      return Part::LastStep;
  }
}

/// The full name of a series that is given by its last word. Empty: it is no usual one, or several are.
std::string usualSeries(std::string_view part, std::string_view name, std::vector<std::string>& candidates) {
  const std::string wanted = plain(name);
  if (wanted == "speed") return std::string(series::kImagesPerSecond);
  if (wanted == "lr") return std::string(series::kLearningRate);
  if (wanted == "gradient") return std::string(series::kGradientNorm);
  const bool isExtreme = part == "best" || part == "min" || part == "max";
  if (isExtreme && wanted == "loss") return std::string(series::kValidationLoss);
  if (isExtreme && wanted == "accuracy") return std::string(series::kValidationAccuracy);
  std::vector<std::string> found;
  for (const std::string_view each : kUsualSeries) {
    if (plain(each) == wanted) return std::string(each);
    if (plain(lastWord(each, '/')) == wanted && !each.starts_with("search/")) found.emplace_back(each);
  }
  if (found.size() == 1) return found.front();
  candidates = std::move(found);
  return {};
}

}  // namespace

std::string_view QueryField::description() const {
  if (source == Source::Setting) return "setting";
  return source == Source::Fact ? "fact of the run" : "summary of a series";
}

std::span<const QueryFact> queryFacts() {
  return kFacts;
}

const QueryFact& queryFact(std::string_view name) {
  return *std::ranges::find(kFacts, name, &QueryFact::name);
}

QueryField namedField(std::string_view name, std::vector<std::string>& candidates) {
  const std::string wanted = plain(name);
  for (const QueryFact& fact : kFacts)
    if (plain(fact.name) == wanted || hasAlias(fact.aliases, wanted)) return factField(fact);
  const auto& settings = allSettings();
  if (const auto full = std::ranges::find(settings, wanted, &Setting::folded); full != settings.end())
    return settingField(*full);
  if (const std::string_view key = aliasTarget(wanted); !key.empty())
    return settingField(*std::ranges::find(settings, key, &Setting::key));
  std::vector<const Setting*> found;
  for (const Setting& setting : settings)
    if (setting.foldedLast == wanted) found.push_back(&setting);
  if (found.size() == 1) return settingField(*found.front());
  for (const Setting* setting : found) candidates.push_back(setting->key);
  if (!found.empty() || name.find('/') == std::string_view::npos) return {};
  return summaryField("last", name, false, candidates);
}

bool isSeriesPart(std::string_view part) {
  return std::ranges::find(kParts, part, &std::pair<std::string_view, Part>::first) != kParts.end();
}

bool isBestHighest(std::string_view series) {
  const std::string name = foldCase(series);
  constexpr std::array kHigher{"acc", "probe", "persecond", "psnr", "score", "f1", "auc", "precision", "recall"};
  return std::ranges::any_of(kHigher, [&](const char* word) { return name.find(word) != std::string::npos; });
}

QueryField summaryField(std::string_view part, std::string_view series, bool ofStep,
                        std::vector<std::string>& candidates, int64_t points) {
  const auto fact = [&](std::string_view name) {
    return factField(queryFact(ofStep ? fmt::format("step(best({}))", name) : std::string(name)));
  };
  const std::string wanted = plain(series);
  if (part == "best" && (wanted == "probe" || wanted == "accuracy")) return fact(wanted);
  std::string name = usualSeries(part, series, candidates);
  if (!candidates.empty()) return {};
  if (name.empty()) name = series;
  QueryField field{QueryField::Source::Summary, Type::Number, Part::Last, 0, {}, name};
  field.part = std::ranges::find(kParts, part, &std::pair<std::string_view, Part>::first)->second;
  if (part == "best" && !isBestHighest(name)) field.part = Part::Min;
  if (field.part == Part::Min && name == series::kValidationLoss) return fact("loss");
  if (name == series::kValidationAccuracy || name == series::kTestAccuracy) field.type = Type::Share;
  if (field.part == Part::Count) field.type = Type::Number;
  const bool isPlain = name.find_first_of(" ()\"<>=!~,") == std::string::npos;
  field.name = fmt::format("{}({})", part, isPlain ? name : '"' + name + '"');
  if (field.part == Part::Mean) {
    field.points = points;
    field.name.insert(field.name.size() - 1, fmt::format(", {}", points));
  }
  if (!ofStep) return field;
  field.name = fmt::format("step({})", field.name);
  field.part = stepOf(field.part);
  field.type = Type::Number;
  return field;
}

std::vector<std::pair<std::string, std::string>> settingNames() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const Setting& setting : allSettings()) names.emplace_back(setting.shortName, setting.key);
  return names;
}

std::string nearestFieldName(std::string_view name) {
  const std::string wanted = plain(name.substr(0, 60));
  std::string nearest;
  size_t least = std::max<size_t>(2, wanted.size() / 3 + 1);
  const auto look = [&](std::string_view candidate) {
    const size_t distance = editDistance(wanted, plain(candidate));
    if (distance >= least) return;
    least = distance;
    nearest = candidate;
  };
  for (const auto& [alias, key] : kAliases) look(alias);
  for (const QueryFact& fact : kFacts) look(fact.name);
  for (const Setting& setting : allSettings()) {
    look(setting.shortName);
    if (editDistance(wanted, setting.foldedLast) + 1 < least) look(lastWord(setting.key, '.'));
    look(setting.key);
  }
  return nearest;
}

}  // namespace scanline
