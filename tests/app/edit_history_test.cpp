#include "app/edit_history.h"

#include <QSignalSpy>
#include <QTest>

using namespace scanline;

class EditHistoryTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    history_ = std::make_unique<EditHistory>();
    said_.clear();
    answers_.clear();
  }

  void editsAreUndoneAndRedoneInTurn() {
    history_->push(edit("a"));
    history_->push(edit("b"));
    QCOMPARE(history_->undoText(), QStringLiteral("b"));
    history_->undo();
    history_->undo();
    history_->undo();  // nothing left
    QCOMPARE(history_->redoText(), QStringLiteral("a"));
    history_->redo();
    QCOMPARE(said_, (QStringList{"do a", "do b", "undo b", "undo a", "do a"}));
    history_->push(edit("c"));
    QVERIFY(history_->redoText().isEmpty());
  }

  /// The act that a message offers to undo, with others done since.
  void anEditIsUndoneByItsNumber() {
    int trash = 0;
    connect(history_.get(), &EditHistory::done, this, [&](int id, const QString& announcement) {
      if (announcement == QStringLiteral("trash!")) trash = id;
    });
    QSignalSpy gone(history_.get(), &EditHistory::gone);
    history_->push(edit("note"));
    history_->push(edit("trash", "trash!"));
    history_->push(edit("rename"));
    history_->undo(trash);
    QCOMPARE(said_.last(), QStringLiteral("undo trash"));
    QCOMPARE(gone.count(), 1);
    QCOMPARE(gone[0][0].toInt(), trash);
    history_->undo(trash);  // it is undone already
    QCOMPARE(said_.count(QStringLiteral("undo trash")), 1);
    QCOMPARE(history_->undoText(), QStringLiteral("rename"));
    const int first = trash;
    history_->redo();  // and announces itself once more
    QCOMPARE(trash, first);
    QCOMPARE(history_->undoText(), QStringLiteral("trash"));
  }

  void whatTheStoreRefusesIsForgotten() {
    QSignalSpy gone(history_.get(), &EditHistory::gone);
    history_->push(edit("a"));
    history_->push(edit("b"));
    answers_[1](false);
    QCOMPARE(history_->undoText(), QStringLiteral("a"));
    QCOMPARE(gone.count(), 1);
    history_->undo();
    answers_[0](false);  // known only now that it was never done
    QVERIFY(history_->redoText().isEmpty() && history_->undoText().isEmpty());
  }

  void anUndoThatIsRefusedCanBeTriedAgain() {
    history_->push(edit("a"));
    answers_[0](true);
    history_->undo();
    answers_[1](false);
    QCOMPARE(history_->undoText(), QStringLiteral("a"));
    QVERIFY(history_->redoText().isEmpty());
  }

  void editsOfRunsThatAreGoneAreForgotten() {
    history_->push(edit("a", {}, {{1}, {2}}));
    history_->push(edit("b", {}, {{3}}));
    history_->push(edit("c", {}, {{2}}));
    history_->undo();
    history_->forget({{2}});
    QVERIFY(history_->redoText().isEmpty());
    QCOMPARE(history_->undoText(), QStringLiteral("b"));
  }

  void anAnswerAfterTheEndIsNoMatter() {
    history_->push(edit("a"));
    history_.reset();
    answers_[0](false);
  }

 private:
  Edit edit(const QString& name, const QString& announcement = {}, std::vector<RunId> runs = {}) {
    const auto say = [this](const QString& what) {
      return [this, what](EditDone done) {
        said_ << what;
        answers_.push_back(std::move(done));
      };
    };
    return {name, std::move(runs), say("do " + name), say("undo " + name), announcement};
  }

  std::unique_ptr<EditHistory> history_;
  QStringList said_;
  std::vector<EditDone> answers_;
};

QTEST_GUILESS_MAIN(EditHistoryTest)
#include "edit_history_test.moc"
