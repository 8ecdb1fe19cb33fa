#include "widgets/pages/search_view.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "tests/widgets/images/take_pictures.h"

using namespace scanline;

class SearchViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void aBestRateAtTheEdgeIsNotBracketed_data() {
    QTest::addColumn<QList<double>>("rates");
    QTest::addColumn<QList<double>>("losses");
    QTest::addColumn<QString>("button");
    QTest::addColumn<QString>("beyond");
    QTest::newRow("the highest") << QList<double>{0.01, 0.003} << QList<double>{1.3, 1.4} << "Try higher…"
                                 << "0.1, 0.03, 0.01";
    QTest::newRow("the lowest") << QList<double>{0.01, 0.003, 0.001} << QList<double>{1.5, 1.4, 1.3} << "Try lower…"
                                << "0.001, 0.0003, 0.0001";
    QTest::newRow("of the threes") << QList<double>{0.003, 0.001} << QList<double>{1.3, 1.4} << "Try higher…"
                                   << "0.03, 0.01, 0.003";
    QTest::newRow("between") << QList<double>{0.01, 0.003, 0.001} << QList<double>{1.5, 1.3, 1.4} << ""
                             << "";
    QTest::newRow("the highest diverged") << QList<double>{0.01, 0.003} << QList<double>{INFINITY, 1.4} << "Try lower…"
                                          << "0.003, 0.001, 0.0003";
  }
  void aBestRateAtTheEdgeIsNotBracketed() {
    QFETCH(const QList<double>, rates);
    QFETCH(const QList<double>, losses);
    QFETCH(const QString, button);
    QFETCH(const QString, beyond);
    SearchView view;
    view.resize(900, 400);
    view.show();
    std::vector<SearchTrial> trials;
    for (qsizetype i = 0; i < rates.size(); ++i) trials.push_back({rates[i], losses[i]});
    view.setSearch(trials, "final validation loss, nats per pixel", 0);
    auto* more = view.findChild<QPushButton*>("beyond");
    auto* hint = view.findChild<QLabel*>("edge");
    QVERIFY(!more->isVisible());  // a search that goes on may find it yet
    view.setFinished(true);
    QCOMPARE(more->isVisible(), !button.isEmpty());
    QCOMPARE(hint->isVisible(), !button.isEmpty());
    QCOMPARE(view.ratesBeyond(), beyond);
    if (button.isEmpty()) return;
    QCOMPARE(more->text(), button);
    QSignalSpy asked(&view, &SearchView::searchRequested);
    QTest::mouseClick(more, Qt::LeftButton);
    QCOMPARE(asked.first().first().toString(), beyond);
    takePictures(view, QStringLiteral("search-edge"));
  }
};

QTEST_MAIN(SearchViewTest)
#include "search_view_test.moc"
