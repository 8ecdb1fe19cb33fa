// A walk over every widget of the window, page by page, in both themes; run at scale 1, 1.5 and 2 (QT_SCALE_FACTOR).
// Once more with words that are longer, as those of other languages are.
// Everything that takes the keyboard has a name for screen readers and shows that it has it, and no words are cut off.
#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QTest>
#include <QTextDocument>
#include <QTranslator>
#include <functional>

#include "app/preferences.h"
#include "app/shortcut_sheet.h"
#include "tests/app/open_window_test.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/elided_label.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/theme.h"

using namespace scanline;

namespace {

/// Parts of Qt's own widgets, which speak through their owner.
bool isPartOfAnother(const QWidget* widget) {
  const QWidget* parent = widget->parentWidget();
  return widget->objectName().startsWith(QStringLiteral("qt_")) || qobject_cast<const QScrollBar*>(widget) ||
         qobject_cast<const QSplitterHandle*>(widget) || qobject_cast<const QMenuBar*>(widget) ||
         qobject_cast<const QAbstractSpinBox*>(parent) || qobject_cast<const QComboBox*>(parent) ||
         qobject_cast<const QLineEdit*>(parent) || qobject_cast<const QTabBar*>(parent);
}

/// Kind and place, to find it by.
QString described(const QWidget* widget) {
  QStringList path;
  for (const QWidget* at = widget; at && path.size() < 5; at = at->parentWidget()) {
    QString name = QString::fromLatin1(at->metaObject()->className()).remove(QStringLiteral("scanline::"));
    if (!at->objectName().isEmpty()) name += QStringLiteral(" #") + at->objectName();
    path.prepend(name);
  }
  return path.join(QStringLiteral(" > "));
}

QString nameOf(QWidget* widget) {
  QAccessibleInterface* said = QAccessible::queryAccessibleInterface(widget);
  return said ? said->text(QAccessible::Name) : widget->accessibleName();
}

/// Another language than English: every text is longer by two fifths, and a short one by more. Names of keys stay.
class LongerWords : public QTranslator {
 public:
  QString translate(const char*, const char* source, const char*, int) const override { return said(source); }
  bool isEmpty() const override { return false; }
  static QString said(const char* source) {
    const QString text = QString::fromUtf8(source);
    static const QRegularExpression keys(QStringLiteral("^((Ctrl|Shift|Alt|Meta)\\+.*|F[0-9]+|.)$"));
    if (text.isEmpty() || keys.match(text).hasMatch()) return text;
    constexpr qsizetype kShort = 12;
    const qsizetype more = text.size() < kShort ? text.size() / 2 + 1 : 2 * text.size() / 5;
    QString filler;
    while (filler.size() < more) filler += QStringLiteral(" langes");
    return text + filler.first(more);
  }
};

/// Shows words of its own in one or few lines.
bool showsWords(const QWidget& widget) {
  const auto* label = qobject_cast<const QLabel*>(&widget);
  if (label) return !label->text().isEmpty() && label->pixmap().isNull();
  const auto* button = qobject_cast<const QAbstractButton*>(&widget);
  return (button && !button->text().isEmpty()) || qobject_cast<const QComboBox*>(&widget) ||
         qobject_cast<const QLineEdit*>(&widget) || qobject_cast<const QAbstractSpinBox*>(&widget);
}

/// Another widget with words on which this one lies, or the edge that it sticks out of; empty if neither. What a person
/// can scroll to has room.
QString overlapOf(const QWidget& widget) {
  if (!showsWords(widget)) return {};
  for (const QWidget* other : widget.parentWidget()->findChildren<QWidget*>(Qt::FindDirectChildrenOnly))
    if (other != &widget && other->isVisible() && showsWords(*other) &&
        other->geometry().intersects(widget.geometry().adjusted(1, 1, -1, -1)))
      return QStringLiteral("lies on ") + described(other);
  for (const QWidget* at = widget.parentWidget(); at && !at->isWindow(); at = at->parentWidget()) {
    if (qobject_cast<const QAbstractScrollArea*>(at->parentWidget())) break;
    const QRect place(widget.mapTo(at, QPoint(0, 0)), widget.size());
    if (!at->rect().adjusted(-1, -1, 1, 1).contains(place)) return QStringLiteral("sticks out of ") + described(at);
  }
  return {};
}

/// The words of a label that have no room; empty if all have.
QString cutWords(const QLabel& label) {
  if (label.text().isEmpty() || !label.pixmap().isNull()) return {};
  if (label.wordWrap() || label.textFormat() == Qt::RichText) {
    const int needs = label.heightForWidth(label.width());
    return needs > label.height() + 1 ? label.text() : QString();
  }
  return label.minimumSizeHint().width() > label.width() + 1 || label.sizeHint().height() > label.height() + 1
             ? label.text()
             : QString();
}

}  // namespace

class WindowWalkTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() {
    makeWorkspace();
    addRun(fakeSpec("a"));
    RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
    std::vector<TrainEvent> events{StateChanged{RunState::Running, ""}};
    for (int64_t step = 1; step <= 60; ++step)
      events.push_back(StepStats{.step = step, .loss = 3 - 0.01 * double(step)});
    events.push_back(StateChanged{RunState::Finished, ""});
    writer.append({1}, events);
    enqueue(fakeSpec("waits"));
  }

  void everyWidgetIsNamedAndNothingIsCut_data() {
    QTest::addColumn<bool>("dark");
    QTest::addColumn<QString>("page");
    for (const bool dark : {false, true})
      for (const char* page : {"Curves", "Probe", "Completions", "Features", "Data", "Compare", "Results", "form",
                               "empty", "preferences", "shortcuts"})
        QTest::newRow(qPrintable(QStringLiteral("%1, %2").arg(dark ? "dark" : "light", page))) << dark << page;
  }

  void longerWordsHaveRoom_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("page");
    for (const QSize size : {QSize(1440, 900), QSize(1280, 720)})
      for (const char* page : {"Curves", "Probe", "Completions", "Studio", "Features", "Data", "Compare", "Results",
                               "form", "empty", "preferences", "shortcuts"})
        QTest::newRow(qPrintable(QStringLiteral("%1, %2").arg(size.width()).arg(page))) << size << page;
  }
  void longerWordsHaveRoom() {
    QFETCH(QSize, size);
    QFETCH(QString, page);
    applyTheme(*qApp, ThemeChoice::Light);
    LongerWords words;
    QCoreApplication::installTranslator(&words);
    said_ = &LongerWords::said;
    open(page, size);
    QWidget* walked = window_.get();
    if (page == QStringLiteral("preferences")) walked = window_->findChild<Preferences*>();
    if (page == QStringLiteral("shortcuts")) walked = window_->findChild<ShortcutSheet*>();
    said_ = [](const char* text) { return QString::fromUtf8(text); };
    QVERIFY(walked);
    QStringList faults;
    for (QWidget* widget : walked->findChildren<QWidget*>()) {
      if (!widget->isVisible() || isPartOfAnother(widget) || widget->window() != walked) continue;
      // Where a title gives way, it says so by its end, and a tool tip has all words.
      const auto* elided = dynamic_cast<const ElidedLabel*>(widget);
      const bool givesWay = elided && elided->isElided();
      const QString cut = givesWay ? QString() : cutText(*widget), overlap = overlapOf(*widget);
      if (!cut.isEmpty()) faults << QStringLiteral("“%1” is cut: %2").arg(cut.left(60), described(widget));
      if (!overlap.isEmpty()) faults << described(widget) + QLatin1Char(' ') + overlap;
    }
    faults.removeDuplicates();
    window_.reset();
    QVERIFY2(faults.isEmpty(), qPrintable(QLatin1Char('\n') + faults.join(QLatin1Char('\n'))));
  }

  void everyWidgetIsNamedAndNothingIsCut() {
    QFETCH(bool, dark);
    QFETCH(QString, page);
    applyTheme(*qApp, dark ? ThemeChoice::Dark : ThemeChoice::Light);
    open(page);
    QWidget* walked = window_.get();
    if (page == QStringLiteral("preferences")) walked = window_->findChild<Preferences*>();
    if (page == QStringLiteral("shortcuts")) walked = window_->findChild<ShortcutSheet*>();
    QVERIFY(walked);
    QTest::keyClick(walked, Qt::Key_Tab);  // from now on the style marks the focus, until a mouse is used
    QStringList faults;
    int named = 0;
    for (QWidget* widget : walked->findChildren<QWidget*>()) {
      if (!widget->isVisible() || isPartOfAnother(widget) || widget->window() != walked) continue;
      if (takesKeys(*widget)) {
        ++named;
        if (nameOf(widget).isEmpty()) faults << QStringLiteral("has no name: ") + described(widget);
        if (!showsFocus(*widget)) faults << QStringLiteral("does not show the focus: ") + described(widget);
      }
      const QString cut = cutText(*widget);
      if (!cut.isEmpty()) faults << QStringLiteral("“%1” is cut: %2").arg(cut.left(60), described(widget));
    }
    faults.removeDuplicates();
    QVERIFY(named > 0);
    QVERIFY2(faults.isEmpty(), qPrintable(QLatin1Char('\n') + faults.join(QLatin1Char('\n'))));
  }

 private:
  void open(const QString& page, const QSize& size = QSize(1440, 900)) {
    workspace_ = folder_->filePath(page == QStringLiteral("empty") ? "empty" : "workspace");
    openWindow(noEngine, size);
    if (page == QStringLiteral("empty")) {
      QTRY_VERIFY(window_->findChild<EmptyState*>()->isVisible());
      return;
    }
    auto* tabs = window_->findChild<QTabWidget*>();
    QTRY_VERIFY(tabs->isVisible() && !window_->findChild<RunTable*>()->selection().empty());
    window_->findChild<RunTable*>()->select({{1}});
    for (int at = 0; at < tabs->count(); ++at)
      if (tabs->tabText(at) == said_(qPrintable(page))) tabs->setCurrentIndex(at);
    if (page == QStringLiteral("form")) {
      choose(*window_, said_("&New run…").remove(QLatin1Char('&')));
      QVERIFY(shownForm(*window_));
    } else if (page == QStringLiteral("preferences")) {
      choose(*window_, said_("&Preferences…").remove(QLatin1Char('&')));
      QTRY_VERIFY(window_->findChild<Preferences*>());
    } else if (page == QStringLiteral("shortcuts")) {
      choose(*window_, said_("&Shortcuts").remove(QLatin1Char('&')));
      QTRY_VERIFY(window_->findChild<ShortcutSheet*>());
    }
    QTest::qWait(300);  // until the store has answered and everything is laid out
  }

  static bool takesKeys(const QWidget& widget) {
    // Of a label with links Tab marks one after the other.
    return widget.isEnabled() && !widget.focusProxy() && (widget.focusPolicy() & Qt::TabFocus) &&
           !qobject_cast<const QScrollArea*>(&widget) && !qobject_cast<const QLabel*>(&widget);
  }

  /// Something in or just around the widget looks different with the keyboard in it.
  static bool showsFocus(QWidget& widget) {
    QWidget* window = widget.window();
    if (QWidget* focus = QApplication::focusWidget()) focus->clearFocus();
    for (QWidget* at = widget.parentWidget(); at; at = at->parentWidget())
      if (auto* area = qobject_cast<QScrollArea*>(at)) area->ensureWidgetVisible(&widget);  // as Tab does
    QTest::qWait(1);
    constexpr int kAround = 4, kUnder = 40;  // the line of a dock's header stands above its content
    const QRect place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
                            .adjusted(-kAround, -kUnder, kAround, kAround)
                            .intersected(window->rect());
    const QImage before = window->grab(place).toImage();
    widget.setFocus(Qt::TabFocusReason);
    if (QApplication::focusWidget() != &widget) return true;  // it is handed on
    QTest::qWait(1);
    return window->grab(place).toImage() != before;
  }

  static QString cutText(const QWidget& widget) {
    if (const auto* label = qobject_cast<const QLabel*>(&widget)) return cutWords(*label);
    const auto* button = qobject_cast<const QAbstractButton*>(&widget);
    if (button && !button->text().isEmpty() && button->minimumSizeHint().isValid() &&
        button->fontMetrics().horizontalAdvance(button->text().remove(QLatin1Char('&'))) > button->width())
      return button->text();
    return {};
  }

  /// A text of the window as it is said there.
  std::function<QString(const char*)> said_ = [](const char* text) { return QString::fromUtf8(text); };
};

QTEST_MAIN(WindowWalkTest)
#include "window_walk_test.moc"
