#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace scanline {

/// A question that is no question yet: the problem, and its place in the text.
struct QueryError : Error {
  QueryError(const std::string& sentence, size_t place, size_t bytes) : Error(sentence), at(place), length(bytes) {}
  size_t at = 0, length = 0;  ///< bytes of the text
};

/// The runs that a person asks for, as in `lr < 1e-3 and best(probe) > 0.8 and not tag:bad`. Words look in names,
/// notes, tags, data sets, kinds and states; expressions compare settings, summaries of series and facts of the run.
/// The grammar stands in run_query_grammar.h, for people in the help. An empty text asks for every run.
class RunQuery {
 public:
  RunQuery() = default;
  /// Throws QueryError.
  explicit RunQuery(std::string_view text);

  bool empty() const { return !tree_; }
  const std::string& text() const { return text_; }

  struct Node;
  const Node* root() const { return tree_.get(); }  ///< for the SQL that the store makes of it; null: every run

 private:
  std::string text_;
  std::shared_ptr<const Node> tree_;
};

/// One proposal for the word at the cursor.
struct QueryProposal {
  std::string text;         ///< the text that replaces the word
  std::string description;  ///< a few words: "setting, 1e-5 to 1"
};
struct QueryProposals {
  size_t at = 0, length = 0;  ///< bytes of the text that a proposal replaces
  std::vector<QueryProposal> proposals;
};

}  // namespace scanline
