// The main window: its parts, and which signal goes where.
#include "app/main_window.h"

#include <QAction>
#include <QDockWidget>
#include <QDropEvent>
#include <QMimeData>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolBar>

#include "app/code_explorer.h"
#include "app/features_page.h"
#include "app/help_window.h"
#include "app/importer.h"
#include "app/probe_explorer.h"
#include "app/run_list_feed.h"
#include "app/run_pages.h"
#include "app/run_starter.h"
#include "app/studio_page.h"
#include "core/data/dataset.h"
#include "core/spec/presets.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/filter_box.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/message_frame.h"
#include "widgets/parts/opening_state.h"
#include "widgets/parts/status_strip.h"

namespace scanline {

namespace {

/// Asks for the room of the page that it shows, not of the widest that it has.
class PageStack : public QStackedWidget {
 public:
  using QStackedWidget::QStackedWidget;
  QSize minimumSizeHint() const override { return currentWidget() ? currentWidget()->minimumSizeHint() : QSize(); }
};

}  // namespace

MainWindow::MainWindow(const QString& workspace, Settings& settings, std::function<std::shared_ptr<Engine>()> engine)
    : workspace_(workspace),
      settings_(settings),
      reader_(workspace.toStdString(), StoreMode::ReadOnly),
      listReader_(workspace.toStdString(), StoreMode::ReadOnly),
      slowReader_(workspace.toStdString(), StoreMode::ReadOnly),
      engine_(sharedEngine(std::move(engine))),
      actions_(workspace.toStdString(), engine_, nullptr),
      feed_(new RunFeed(reader_, this)),
      edits_(new EditHistory(this)) {
  messages_ = new MessageBar(this);
  makeCentre();
  makeDocks();
  makeMenus();
  makeToolBar();
  connectLists();
  connectViews();
  connectNewRuns();
  connectImporter();
  connectNews();
  connectOutside();
  restoreLayout();
  updateActions();
  open();
}

MainWindow::~MainWindow() {
  finishWriting();
}

void MainWindow::makeCentre() {
  tabs_ = new QTabWidget(this);
  tabs_->setDocumentMode(true);
  views_ = new RunPages(slowReader_, settings_, this);
  for (const auto& [widget, title] : views_->pages()) tabs_->addTab(widget, title);
  studio_ = new StudioPage(reader_, actions_, *edits_, engine_, this);
  tabs_->insertTab(tabs_->indexOf(views_->completionsPage()) + 1, studio_->page(), tr("Studio"));
  features_ = new FeaturesPage(reader_, engine_, this);
  tabs_->insertTab(tabs_->indexOf(studio_->page()) + 1, features_->view(), tr("Features"));
  probeExplorer_ = new ProbeExplorer(*views_->probePage(), reader_, engine_, this);
  codeExplorer_ = new CodeExplorer(*views_->completionsView(), reader_, engine_, this);
  makeOutside();
  opening_ = new OpeningState(this);
  empty_ = new EmptyState(this);
  starter_ = new RunStarter([this] { return makeForm(); }, reader_, actions_, this);
  importer_ = new Importer(workspace_, this);
  centre_ = new PageStack(this);
  centre_->addWidget(opening_);
  centre_->addWidget(empty_);
  centre_->addWidget(tabs_);
  setCentralWidget(new MessageFrame(centre_, messages_, this));
}

NewRunPage* MainWindow::makeForm() {
  newRun_ = new NewRunPage(this);
  newRun_->setDatasets(datasetRegistry());
  centre_->addWidget(newRun_);
  connect(newRun_, &NewRunPage::cancelled, this,
          [this] { showCentre(anyRun() ? static_cast<QWidget*>(tabs_) : empty_); });
  connect(newRun_, &NewRunPage::dataRequested, views_,
          [this](const RunSpec& spec) { views_->showDataOf(spec, newRun_); });
  return newRun_;
}

void MainWindow::makeDocks() {
  setDockOptions(AnimatedDocks | AllowNestedDocks);
  const auto dock = [this](const char* name, const QString& title, QWidget* content, Qt::DockWidgetArea area) {
    auto* widget = new QDockWidget(title, this);
    widget->setObjectName(QString::fromLatin1(name));  // saved layouts know docks by it
    widget->setWidget(content);
    addDockWidget(area, widget);
    return widget;
  };
  table_ = new RunTable(this);
  table_->setMinimumWidth(240);
  list_ = new RunListFeed(listReader_, reader_, *table_, this);
  queue_ = new QueuePanel(this);
  auto* runs = dock("runs", tr("Runs"), table_, Qt::LeftDockWidgetArea);
  auto* queue = dock("queue", tr("Queue"), queue_, Qt::LeftDockWidgetArea);
  auto* inspector = dock("inspector", tr("Inspector"), views_->inspector(), Qt::RightDockWidgetArea);
  views_->inspector()->setMinimumWidth(300);
  docks_ = {runs, queue, inspector};
}

void MainWindow::connectLists() {
  connect(empty_, &EmptyState::quickStartRequested, starter_,
          [this] { starter_->startAlone(preset("quick-start").spec); });
  connect(empty_, &EmptyState::newRunRequested, newAction_, &QAction::trigger);
  connect(empty_, &EmptyState::openWorkspaceRequested, this, &MainWindow::askForWorkspace);
  connect(strip_, &StatusStrip::runActivated, this, [this](RunId run) { table_->select({run}); });

  connect(list_, &RunListFeed::listed, this, &MainWindow::showFirstRuns);
  connect(list_, &RunListFeed::failed, this, &MainWindow::complain);
  connect(list_, &RunListFeed::done, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Success, sentence, {}, {}});
  });
  connect(table_, &RunTable::modeChanged, this, &MainWindow::widenList);
  table_->filter()->setHistory(settings_.questions());
  connect(table_->filter(), &FilterBox::historyChanged, this,
          [this](const QStringList& questions) { settings_.setQuestions(questions); });
  connect(table_, &RunTable::helpRequested, this, [this] {
    if (!help_) help_ = new HelpWindow(this);
    help_->open(QStringLiteral("asking"));
  });
  connect(table_, &RunTable::viewSaved, this, [this](const QString& name, const QString& content) {
    changeView(tr("Save the view “%1”").arg(name), name, content);
  });
  connect(table_, &RunTable::viewRemoved, this,
          [this](const QString& name) { changeView(tr("Remove the view “%1”").arg(name), name, {}); });
  connect(table_, &RunTable::selectionChanged, this, &MainWindow::selectionChanged);
  connect(table_, &RunTable::runHovered, views_, &RunPages::emphasise);
  connect(table_, &RunTable::overlayChanged, this, &MainWindow::ticksChanged);
  connect(table_, &RunTable::renameRequested, this, &MainWindow::rename);
  connect(table_, &RunTable::duplicateRequested, starter_, &RunStarter::duplicate);
  connect(table_, &RunTable::nextRequested, starter_,
          [this](RunId run, RunKind kind) { starter_->goOn(run, -1, kind); });
  connect(table_, &RunTable::forkRequested, starter_, [this](RunId run) { starter_->fork(run, -1); });
  connect(table_, &RunTable::completeRequested, this, [this](RunId run) { openStudio(run, -1); });
  connect(table_, &RunTable::searchRequested, starter_, &RunStarter::search);
  connect(table_, &RunTable::winnerRequested, starter_, &RunStarter::startWinner);
  connect(table_, &RunTable::resumeRequested, &actions_, &RunActions::resume);
  connect(table_, &RunTable::pauseRequested, this, [this](const auto& runs) {
    for (const RunId run : runs) actions_.pause(run);
  });
  connect(table_, &RunTable::stopRequested, this, &MainWindow::stop);
  connect(table_, &RunTable::trashRequested, this, &MainWindow::trash);
  connect(table_, &RunTable::restoreRequested, this, &MainWindow::restore);
  connect(table_, &RunTable::purgeRequested, this, &MainWindow::purge);
  connect(table_, &RunTable::compareRequested, this, &MainWindow::compare);
  connect(table_, &RunTable::openFolderRequested, this, &MainWindow::openFolder);

  connect(queue_, &QueuePanel::pauseRequested, &actions_, &RunActions::pause);
  connect(queue_, &QueuePanel::resumeRequested, this, [this](RunId run) { actions_.resume({run}); });
  connect(queue_, &QueuePanel::stopRequested, this, [this](RunId run) { stop({run}); });
  connect(queue_, &QueuePanel::moveRequested, this, qOverload<JobId, std::optional<JobId>>(&MainWindow::moveJob));
  connect(queue_, &QueuePanel::moveByRequested, this, &MainWindow::moveJobBy);
  connect(queue_, &QueuePanel::holdChanged, this, [this](bool held) { actions_.pool().setQueueHeld(held); });
  connect(queue_, &QueuePanel::runActivated, this, [this](RunId run) { table_->select({run}); });
}

void MainWindow::connectViews() {
  connect(opening_, &OpeningState::retryRequested, this, &MainWindow::open);
  connect(opening_, &OpeningState::readingRequested, this, &MainWindow::openForReading);
  connect(opening_, &OpeningState::otherFolderRequested, this, &MainWindow::askForWorkspace);
  connect(&actions_, &RunActions::opened, this, &MainWindow::opened);
  connect(&actions_, &RunActions::notOpened, this, &MainWindow::notOpened);
  connect(edits_, &EditHistory::changed, this, &MainWindow::updateEdits);
  connect(edits_, &EditHistory::done, this, [this](int id, const QString& announcement) {
    if (announcement.isEmpty()) return;
    offers_[id] = messages_->show({Message::Level::Info, announcement, tr("Undo"), [this, id] { edits_->undo(id); }});
  });
  connect(edits_, &EditHistory::gone, this, [this](int id) {
    if (const auto offer = offers_.extract(id)) messages_->dismiss(offer.mapped());
  });
  connect(&actions_.notifier(), &UiNotifier::notified, feed_, &RunFeed::refresh);
  connect(feed_, &RunFeed::changed, this, &MainWindow::showNews);
  connect(feed_, &RunFeed::runUpdated, views_, &RunPages::take);
  connect(feed_, &RunFeed::runUpdated, this, [this](const RunUpdate& update) {
    if (update.reset) updateActions();  // its settings are known now
  });
  connect(feed_, &RunFeed::failed, this, &MainWindow::complain);
  connect(&actions_, &RunActions::failed, this, &MainWindow::complain);
  connect(views_, &RunPages::failed, this, &MainWindow::complain);
  connect(&actions_, &RunActions::started, this, [this](RunId run) { wanted_ = run; });
  connect(&actions_, &RunActions::stopped, this, [this] {
    if (leaving_) close();
  });
  connect(views_, &RunPages::noteChanged, this, &MainWindow::setNote);
  connect(views_, &RunPages::tagsChanged, this, &MainWindow::setTags);
  connect(views_, &RunPages::dataPathChosen, this, &MainWindow::locateData);
  connect(views_, &RunPages::done, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Success, sentence, {}, {}});
  });
  connect(views_, &RunPages::runRequested, this, [this](RunId run) { table_->select({run}); });
  connect(views_, &RunPages::completeRequested, this, &MainWindow::openStudio);
  connect(studio_, &StudioPage::quickStartRequested, starter_,
          [this] { starter_->startAlone(preset("quick-start").spec); });
  connect(studio_, &StudioPage::done, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Success, sentence, {}, {}});
  });
  connect(studio_, &StudioPage::failed, this, &MainWindow::complain);
  connect(feed_, &RunFeed::changed, studio_, [this](const WorkspaceNews& news) { studio_->refresh(news.changed); });
  const auto openPicture = [this](RunId run, qint64 step, const SourcePicture& picture) {
    studio_->open(run, step, picture);
    tabs_->setCurrentWidget(studio_->page());
  };
  connect(features_, &FeaturesPage::studioRequested, this, openPicture);
  connect(probeExplorer_, &ProbeExplorer::studioRequested, this, openPicture);
  connect(probeExplorer_, &ProbeExplorer::failed, this, &MainWindow::complain);
  connect(features_, &FeaturesPage::failed, this, &MainWindow::complain);
  connect(feed_, &RunFeed::changed, features_, [this](const WorkspaceNews& news) { features_->refresh(news.changed); });
  connect(views_, &RunPages::overlayRequested, this, [this](const std::vector<RunId>& runs) {
    table_->setOverlay(runs);
    tabs_->setCurrentWidget(views_->curvesPage());
  });
}

void MainWindow::connectNewRuns() {
  connect(starter_, &RunStarter::opened, this, &MainWindow::showForm);
  connect(starter_, &RunStarter::failed, this, &MainWindow::complain);
  connect(starter_, &RunStarter::started, this, [this](const QString& sentence) {
    showCentre(tabs_);
    startMessage_ = messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(views_, &RunPages::forkRequested, starter_, &RunStarter::fork);
  connect(views_, &RunPages::startWinnerRequested, starter_, &RunStarter::startWinner);
  connect(views_, &RunPages::searchRequested, starter_, &RunStarter::searchAgain);
  const auto* inspector = static_cast<const Inspector*>(views_->inspector());
  connect(inspector, &Inspector::nextRequested, starter_,
          [this](RunId run, qint64 step, RunKind kind) { starter_->goOn(run, step, kind); });
  connect(inspector, &Inspector::winnerRequested, starter_, &RunStarter::startWinner);
}

void MainWindow::connectImporter() {
  connect(table_, &RunTable::exportRequested, this, &MainWindow::askToExport);
  connect(importer_, &Importer::busy, this, &MainWindow::showBusy);
  connect(importer_, &Importer::imported, this, [this](RunId run) {
    wanted_ = run;
    feed_->refresh();
  });
  connect(importer_, &Importer::cancelled, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Info, sentence, {}, {}});
  });
  connect(importer_, &Importer::specFound, starter_, &RunStarter::open);
  connect(importer_, &Importer::failed, this, &MainWindow::complain);
  connect(importer_, &Importer::warned, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Warning, sentence, {}, {}});
  });
  connect(importer_, &Importer::done, this, [this](const QString& sentence) {
    messages_->show({Message::Level::Success, sentence, {}, {}});
  });
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!Importer::files(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  importer_->import(Importer::files(*event->mimeData()));
  event->acceptProposedAction();
}

bool MainWindow::event(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && bar_) tintIcons();
  return QMainWindow::event(event);
}

}  // namespace scanline
