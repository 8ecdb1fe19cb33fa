// Lists of runs: which, in which order, and changes; each against a plain look at every run.
#include "core/store/run_list.h"

#include <fmt/format.h>

#include <QTest>
#include <cmath>
#include <map>

#include "core/store/run_query_grammar.h"
#include "core/store/search_text.h"
#include "tests/core/store/random_runs.h"

using namespace scanline;

namespace {

/// Everything of a run, read in the plain way.
struct Plain {
  RunSummary run;
  RunSpec spec;
  KnownSettings known;
  std::map<std::string, SeriesSummary> series;
  double meanOfTwo = 0;  ///< of the last two points of the training loss; NaN: none
  std::string parent;
};

using Predicate = std::function<bool(const Plain&)>;
using Number = std::function<double(const Plain&)>;  // NaN: the run has none

struct Question {
  std::string text;
  Predicate holds;
};

Number setting(std::string key, std::function<double(const RunSpec&)> value) {
  return [key, value](const Plain& p) { return p.known.has(key) ? value(p.spec) : std::nan(""); };
}

Number summary(const std::string& name, double SeriesSummary::*value) {
  return [name, value](const Plain& p) {
    const auto found = p.series.find(name);
    return found == p.series.end() ? std::nan("") : found->second.*value;
  };
}

/// Writes questions, and answers them in plain C++.
class Questions {
 public:
  explicit Questions(RandomRuns& random) : random_(random) {}

  Question any(int depth) {
    if (depth == 0 || random_.oneIn(4)) return leaf();
    Question a = any(depth - 1);
    switch (random_.below(5)) {
      case 0:
        return {"not (" + a.text + ")", [a](const Plain& p) { return !a.holds(p); }};
      case 1:
        return {"-(" + a.text + ")", [a](const Plain& p) { return !a.holds(p); }};
      default:
        break;
    }
    const Question b = any(depth - 1);
    const auto both = [a, b](const Plain& p) { return a.holds(p) && b.holds(p); };
    switch (random_.below(3)) {
      case 0:
        return {"(" + a.text + ") and (" + b.text + ")", both};
      case 1:
        return {"(" + a.text + ") (" + b.text + ")", both};
      default:
        return {"(" + a.text + " or " + b.text + ")", [a, b](const Plain& p) { return a.holds(p) || b.holds(p); }};
    }
  }

 private:
  Question leaf() {
    switch (random_.below(6)) {
      case 0:
        return text();
      case 1:
        return word();
      case 2:
        return tag();
      default:
        return number();
    }
  }

  Question number() {
    const std::vector<std::tuple<std::string, Number, std::vector<double>>> fields{
        {"lr",
         setting("optimizer.learningRate", [](const RunSpec& s) { return s.optimizer.learningRate; }),
         {1e-4, 1e-3, 3e-3, 0.005}},
        {"layers",
         setting("model.layers", [](const RunSpec& s) { return static_cast<double>(s.model.layers); }),
         {2, 4, 8, 9}},
        {"seed", setting("seed", [](const RunSpec& s) { return static_cast<double>(s.seed); }), {0, 2, 4}},
        {"steps",
         setting("train.steps", [](const RunSpec& s) { return static_cast<double>(s.train.steps); }),
         {100, 200, 250}},
        {"last(train/loss)", summary("train/loss", &SeriesSummary::last), {0.5, 1.25, 3.5}},
        {"first(train/loss)", summary("train/loss", &SeriesSummary::first), {0.5, 1.25, 3.5}},
        {"max(train/loss)", summary("train/loss", &SeriesSummary::max), {1.25, 2}},
        {"last(own/metric)", summary("own/metric", &SeriesSummary::last), {0.25, 0.5}},
        {"count(train/loss)",
         [](const Plain& p) {
           const auto found = p.series.find("train/loss");
           return found == p.series.end() ? std::nan("") : static_cast<double>(found->second.count);
         },
         {1, 2, 4}},
        {"mean(train/loss, 2)", [](const Plain& p) { return p.meanOfTwo; }, {0.5, 1.25, 1.625, 2}},
        {"loss", [](const Plain& p) { return p.run.bestLoss.value_or(std::nan("")); }, {0.75, 1.5, 2}},
        {"probe",
         [](const Plain& p) { return p.run.bestLayer ? p.run.bestAccuracy.value_or(std::nan("")) : std::nan(""); },
         {0.3, 0.5, 0.8}},
        {"step", [](const Plain& p) { return static_cast<double>(p.run.step); }, {0, 10, 30}},
        {"progress",
         [](const Plain& p) {
           if (p.run.steps == 0) return std::nan("");
           return std::min(1.0, static_cast<double>(p.run.step) / static_cast<double>(p.run.steps));
         },
         {0, 0.1, 0.5}}};
    const auto& [name, value, numbers] = fields[static_cast<size_t>(random_.below(static_cast<int>(fields.size())))];
    const double wanted = random_.one(numbers), other = random_.one(numbers);
    const double low = std::min(wanted, other), high = std::max(wanted, other);
    const auto holds = [value = value](const std::function<bool(double)>& test) -> Predicate {
      return [value, test](const Plain& p) { return !std::isnan(value(p)) && test(value(p)); };
    };
    const std::string percent =
        name == "probe" && random_.oneIn(2) ? fmt::format("{}", 100 * wanted) : fmt::format("{}", wanted);
    const double given = name == "probe" && percent != fmt::format("{}", wanted) ? 100 * wanted / 100 : wanted;
    switch (random_.below(9)) {
      case 8:
        return {fmt::format("has({})", name), holds([](double) { return true; })};
      case 0:
        return {name + " < " + percent, holds([given](double v) { return v < given; })};
      case 1:
        return {name + "<=" + percent, holds([given](double v) { return v <= given; })};
      case 2:
        return {name + " > " + percent, holds([given](double v) { return v > given; })};
      case 3:
        return {name + " >= " + percent, holds([given](double v) { return v >= given; })};
      case 4:
        return {name + " = " + percent, holds([given](double v) { return v == given; })};
      case 5:
        return {name + " != " + percent, holds([given](double v) { return v != given; })};
      case 6:
        return {fmt::format("{} in {}..{}", name, low, high),
                holds([low, high](double v) { return v >= low && v <= high; })};
      default:
        return {fmt::format("{} in ({}, {})", name, low, high),
                holds([low, high](double v) { return v == low || v == high; })};
    }
  }

  Question text() {
    using Text = std::function<std::optional<std::string>(const Plain&)>;
    const std::vector<std::tuple<std::string, Text, std::vector<std::string>>> fields{
        {"data",
         [](const Plain& p) { return p.known.has("data.name") ? std::optional(p.spec.data.name) : std::nullopt; },
         {"digits", "CIFAR10", "cifar"}},
        {"objective",
         [](const Plain& p) -> std::optional<std::string> {
           if (!p.known.has("model.objective")) return std::nullopt;
           return p.spec.model.objective == Objective::Bert ? "bert" : "autoregressive";
         },
         {"bert", "Autoregressive"}},
        {"name",
         [](const Plain& p) { return std::optional(p.run.name); },
         {"quick start 3", "large", "GRÖSSE", "größe", "a, b"}},
        {"note", [](const Plain& p) { return std::optional(p.run.note); }, {"a note on large model", "quick"}},
        {"state",
         [](const Plain& p) { return std::optional(std::string(stateName(p.run.state))); },
         {"finished", "fail"}},
        {"kind", [](const Plain& p) { return std::optional(std::string(nameOf(p.run.kind))); }, {"search", "pretrain"}},
        {"parent",
         [](const Plain& p) { return p.run.parent ? std::optional(p.parent) : std::nullopt; },
         {"quick", "a, b"}}};
    const auto& [name, value, texts] = fields[static_cast<size_t>(random_.below(static_cast<int>(fields.size())))];
    const std::string wanted = random_.one(texts), other = random_.one(texts);
    const auto holds = [value = value](const std::function<bool(const std::string&)>& test) -> Predicate {
      return [value, test](const Plain& p) {
        const auto text = value(p);
        return text && test(foldCase(*text));
      };
    };
    const std::string a = foldCase(wanted), b = foldCase(other);
    switch (random_.below(6)) {
      case 5:
        return {fmt::format("has({})", name), holds([](const std::string&) { return true; })};
      case 0:
        return {name + " = \"" + wanted + '"', holds([a](const std::string& v) { return v == a; })};
      case 1:
        return {name + " != \"" + wanted + '"', holds([a](const std::string& v) { return v != a; })};
      case 2:
        return {name + " ~ \"" + wanted + '"', holds([a](const std::string& v) { return v.find(a) != v.npos; })};
      case 3:
        return {name + ":\"" + wanted + '"', holds([a](const std::string& v) { return v.find(a) != v.npos; })};
      default:
        return {name + " in (\"" + wanted + "\", \"" + other + "\")",
                holds([a, b](const std::string& v) { return v == a || v == b; })};
    }
  }

  Question word() {
    const std::string wanted =
        random_.one(std::vector<std::string>{"quick", "cifar", "BEST", "note", "search", "größe", "fin"});
    const std::string a = foldCase(wanted);
    return {wanted, [a](const Plain& p) {
              std::vector<std::string> texts{p.run.name, p.run.note, p.run.dataset, std::string(nameOf(p.run.kind)),
                                             std::string(stateName(p.run.state))};
              texts.insert(texts.end(), p.run.tags.begin(), p.run.tags.end());
              return std::ranges::any_of(texts, [&](const auto& text) { return foldCase(text).find(a) != text.npos; });
            }};
  }

  Question tag() {
    const std::string wanted = random_.one(std::vector<std::string>{"best", "BAD", "two words", "be"});
    const std::string a = foldCase(wanted);
    const auto is = [a](const Plain& p) { return std::ranges::find(p.run.tags, a) != p.run.tags.end(); };
    switch (random_.below(3)) {
      case 0:
        return {"tag = \"" + wanted + '"', is};
      case 1:
        return {"tag != \"" + wanted + '"', [is](const Plain& p) { return !is(p); }};
      default:
        return {"tag:\"" + wanted + '"', [a](const Plain& p) {
                  return std::ranges::any_of(p.run.tags, [&](const auto& t) { return t.find(a) != t.npos; });
                }};
    }
  }

  RandomRuns& random_;
};

/// Of those that are numbers.
double meanOfLastTwo(const RunStore& store, RunId run) {
  const std::vector<Point> points = store.points(run, series::kTrainLoss, -1);
  double sum = 0;
  int count = 0;
  for (size_t at = points.size() - std::min<size_t>(2, points.size()); at < points.size(); ++at)
    if (!std::isnan(points[at].value)) {
      sum += points[at].value;
      ++count;
    }
  return count == 0 ? std::nan("") : sum / count;
}

std::set<int64_t> idsOf(const RunList& list) {
  std::set<int64_t> ids;
  for (const RunList::Row& row : list.rows) ids.insert(row.run.value);
  return ids;
}

RunListRequest asked(std::string_view text) {
  RunListRequest request;
  request.where = RunQuery(text);
  return request;
}

}  // namespace

class RunListTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  /// Every operator and field, nested at random, says the same of each run as a look at that run.
  void questionsMeanWhatTheySay() {
    RandomRuns random(*store_, 3);
    for (int i = 0; i < 120; ++i) random.make();
    std::vector<Plain> plains;
    for (const RunSummary& run : store_->runs()) {
      Plain plain{run, specOf(*store_, run.id), store_->details(run.id).known, {}, meanOfLastTwo(*store_, run.id), {}};
      for (const SeriesSummary& each : store_->summaries(run.id)) plain.series[each.name] = each;
      if (run.parent) plain.parent = store_->run(*run.parent).name;
      plains.push_back(std::move(plain));
    }
    Questions questions(random);
    size_t hits = 0;
    for (int i = 0; i < 4000; ++i) {
      const Question question = questions.any(i % 4);
      std::set<int64_t> expected;
      for (const Plain& plain : plains)
        if (question.holds(plain)) expected.insert(plain.run.id.value);
      const RunList list = store_->list(asked(question.text));
      QVERIFY2(idsOf(list) == expected, qPrintable(QString::fromStdString(question.text)));
      QCOMPARE(list.total, static_cast<int64_t>(plains.size()));
      hits += expected.size();
    }
    QVERIFY(hits > 50000 && hits < 400000);  // neither all nor nothing
  }

  void valuesArePercentThousandsTimesAndDates() {
    const auto hits = [&](std::string_view text) { return store_->list(asked(text)).rows.size(); };
    appendOne(*store_, run_, ProbeResult{.step = 1, .layer = 2, .accuracy = 0.8});
    for (const char* text : {"probe > 79", "probe >= 0.8", "probe = 80%", "probe:80", "bestLayer = 2", "age < 1min",
                             "created = today", "created >= yesterday", "created in 2020-01..2999-12", "steps = 0.6k",
                             "not created < today", "data:dig", "bias = no", "layers:2..4"})
      QVERIFY2(hits(text) == 1, text);
    for (const char* text : {"probe > 80", "age > 1h30min", "created < today", "created = 2020-02", "bias = yes"})
      QVERIFY2(hits(text) == 0, text);
  }

  void orderIsByValueWithTrialsBelowTheirSearch() {
    RandomRuns random(*store_, 5);
    for (int i = 0; i < 80; ++i) random.make();
    for (const char* order :
         {"name", "lr", "created", "best(probe)", "last(train/loss)", "state", "tag", "age", "progress"})
      for (const bool descending : {false, true})
        for (const bool flat : {false, true}) {
          const RunListRequest request{
              .where = RunQuery("not note:quick"), .order = order, .descending = descending, .flat = flat};
          const RunList list = store_->list(request);
          std::vector<RunId> tops, all;
          RunId search;
          for (const RunList::Row& row : list.rows) {
            all.push_back(row.run);
            if (row.trial) QCOMPARE(store_->run(row.run).parent->value, search.value);
            if (!row.trial) tops.push_back(search = row.run);
            QVERIFY(!(flat && row.trial));
          }
          QCOMPARE(idsOf(list).size(), all.size());
          const std::array columns{std::string(order)};
          const auto rows = store_->rows(tops, columns);
          QCOMPARE(rows.size(), tops.size());
          for (size_t i = 1; i < rows.size(); ++i) {
            const RunCell &a = rows[i - 1].cells[0], &b = rows[i].cells[0];
            if (b.kind == RunCell::Kind::Nothing) continue;
            QVERIFY(a.kind == b.kind);
            const bool isAge = std::string_view(order) == "age";
            const int sign = a.kind == RunCell::Kind::Text ? naturalKey(a.text).compare(naturalKey(b.text))
                             : std::abs(a.number - b.number) <= (isAge ? 1 : 0) ? 0
                             : a.number < b.number                              ? -1
                                                                                : 1;
            if (std::string_view(order) != "tag") QVERIFY2(descending ? sign >= 0 : sign <= 0, order);
            if (sign == 0 && !isAge && std::string_view(order) != "tag") QVERIFY(rows[i - 1].run.id > rows[i].run.id);
          }
        }
  }

  /// The list of a reader that has been open all the time is that of one which has just been opened.
  void listsFollowWhatOthersChange() {
    RandomRuns random(*store_, 11);
    const RunStore reader(pathOf(*folder_), StoreMode::ReadOnly);
    const std::vector<RunListRequest> requests{
        {},
        {.order = "name", .descending = false},
        {.where = RunQuery("lr < 5e-3 quick"), .order = "last(train/loss)"},
        {.where = RunQuery("tag:best or probe > 0.5 or state:failed"), .order = "state", .flat = true},
        {.where = RunQuery("not has(probe)"), .order = "mean(train/loss, 2)"},
        {.trash = true, .order = "loss"},
        {.where = RunQuery("parent:quick"), .order = "parent"}};
    for (const char* field : {"name", "last(train/loss)", "parent", "tag"}) reader.readAhead(field);
    reader.readWordsAhead();
    int64_t version = 0;
    for (int i = 0; i < 150; ++i) {
      std::set<int64_t> touched;
      std::map<int64_t, RunRow> before;
      for (const RunSummary& run : store_->runs(true)) before[run.id.value] = {run, {}};
      bool purges = false;
      const auto all = store_->runs(true);
      const RunId some = all.empty() ? RunId{} : random.one(all).id;
      switch (all.empty() ? 0 : random.below(6)) {
        case 0:
        case 1:
          random.make();
          break;
        case 2:
          store_->setTrashed({some}, random.oneIn(2));
          break;
        case 3:
          store_->purge(some);
          random.forget(some);
          purges = true;
          break;
        default:
          random.decorate(some);
      }
      const RunChanges changes = reader.changesSince(version);
      QCOMPARE(changes.version, store_->dataVersion());
      if (i > 0) QCOMPARE(changes.removed, purges);
      for (const RunSummary& run : store_->runs(true)) {
        const auto old = before.find(run.id.value);
        const bool isSame = old != before.end() && old->second.run == run;
        if (!isSame) QVERIFY(std::ranges::find(changes.changed, run.id) != changes.changed.end());
      }
      QVERIFY(i == 0 || changes.changed.size() < 12);
      version = changes.version;
      const RunStore fresh(pathOf(*folder_), StoreMode::ReadOnly);
      for (const RunListRequest& request : requests) {
        const RunList old = reader.list(request), now = fresh.list(request);
        QVERIFY(old.rows == now.rows);
        QCOMPARE(old.total, now.total);
        QCOMPARE(old.version, version);
      }
    }
    QVERIFY(reader.changesSince(version).changed.empty());
    QCOMPARE(reader.count(true) + reader.count(false), static_cast<int64_t>(store_->runs(true).size()));
  }

  void groupsHaveMeanDeviationAndCount() {
    for (const double rate : {1e-3, 1e-3, 1e-2}) {
      RunSpec spec;
      spec.optimizer.learningRate = rate;
      const RunId run = store_->create(toToml(spec));
      appendOne(*store_, run, Evaluation{1, static_cast<double>(run.value), {}});
    }
    store_->purge(run_);
    run_ = {};
    const std::array columns{std::string("loss"), std::string("probe")};
    const auto groups = store_->groups({}, "lr", columns);
    QCOMPARE(groups.size(), size_t{2});
    QCOMPARE(groups[0].value.number, 1e-3);
    QCOMPARE(groups[0].count, int64_t{2});
    QCOMPARE(groups[0].spreads[0].mean, 2.5);
    QCOMPARE(groups[0].spreads[0].deviation, std::sqrt(0.5));
    QCOMPARE(groups[0].spreads[0].max, 3.0);
    QCOMPARE(groups[1].spreads[0].deviation, 0.0);
    QCOMPARE(groups[1].spreads[1].count, int64_t{0});
    const auto byName = store_->groups(asked("lr > 2"), "name", columns);
    QVERIFY(byName.empty());
  }

  void proposalsAreNamesValuesAndOperators() {
    store_->setTags(run_, {"two words", "best"});
    appendOne(*store_, run_, stepAt(1));
    const auto proposed = [&](std::string_view text) {
      const QueryProposals all = store_->proposals(text, text.size());
      std::vector<std::string> texts;
      for (const QueryProposal& each : all.proposals) texts.push_back(each.text);
      return std::pair(std::string(text.substr(all.at, all.length)), texts);
    };
    const auto holds = [](const std::vector<std::string>& texts, const std::string& text) {
      return std::ranges::find(texts, text) != texts.end();
    };
    QCOMPARE(proposed("seed = 1 and laye").second.front(), std::string("layers"));
    QCOMPARE(proposed("seed = 1 and laye").first, std::string("laye"));
    QCOMPARE(proposed("tag:tw").second, std::vector<std::string>{"\"two words\""});
    QCOMPARE(proposed("tag:tw").first, std::string("tw"));
    QCOMPARE(proposed("-tag:be").second, std::vector<std::string>{"best"});
    QCOMPARE(proposed("state = fin").second, std::vector<std::string>{"finished"});
    QCOMPARE(proposed("data = ").second, std::vector<std::string>{"digits"});
    QCOMPARE(proposed("data in (mnist, ").second, std::vector<std::string>{"digits"});
    QVERIFY(holds(proposed("last(tr").second, "train/loss"));
    QVERIFY(holds(proposed("last(train/loss) ").second, "<="));
    QVERIFY(holds(proposed("best(train/loss) > 3 ").second, "and"));
    QVERIFY(holds(proposed("las").second, "last(train/loss)"));
    QVERIFY(holds(proposed("mea").second, "mean(train/loss, 100)"));
    QVERIFY(holds(proposed("mean(tr").second, "train/loss"));
    QVERIFY(holds(proposed("mean(train/loss, 3) ").second, "<="));
    std::mt19937 random(5);
    const std::string half = "(lr in (1, \"x\" and step(best(tr)) > -tag:b ) ~ data:";
    for (int i = 0; i < 300; ++i) {
      std::string text = half.substr(random() % half.size());
      text[random() % text.size()] = static_cast<char>(random());
      const QueryProposals all = store_->proposals(text, random() % (text.size() + 2));
      QVERIFY(all.at + all.length <= text.size());
    }
    for (const RunField& field : store_->fields()) QCOMPARE(queryField(field.name).key, field.key);
  }

  void viewsAreSavedByName() {
    store_->saveView("b", "1");
    store_->saveView("a", "2");
    store_->saveView("b", "3");
    const std::vector<std::pair<std::string, std::string>> both{{"a", "2"}, {"b", "3"}};
    QVERIFY(store_->savedViews() == both);
    store_->removeView("a");
    QCOMPARE(store_->savedViews().size(), size_t{1});
  }
};

QTEST_GUILESS_MAIN(RunListTest)
#include "run_list_test.moc"
