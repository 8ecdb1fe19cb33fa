#include "core/learn/model/decoder_pass.h"

namespace scanline {

namespace {

constexpr int64_t kPassRows = 2048;  ///< rows of activations of one pass, about

/// The first row of each prompt, -1 for one that has none.
std::vector<int32_t> firstRows(std::span<const int32_t> promptOfRow, size_t prompts) {
  std::vector<int32_t> first(prompts, -1);
  for (size_t row = promptOfRow.size(); row-- > 0;)
    first[static_cast<size_t>(promptOfRow[row])] = static_cast<int32_t>(row);
  return first;
}

/// How many of `count` rows of so many positions are seen together: passes of about the same size, so that none is left
/// with too little to share out.
size_t rowsTogether(int64_t count, int64_t positions) {
  const auto most = std::max<int64_t>(kPassRows / positions, 1), passes = (count + most - 1) / most;
  return static_cast<size_t>((count + passes - 1) / passes);
}

}  // namespace

/// Each prompt is seen by its first row; the others share its keys and values.
void Decoder::State::prefill(std::span<const std::vector<Token>> prompts, int64_t given,
                             std::span<const int32_t> promptOfRow, std::span<double> nats, const Control& control) {
  const auto firstOf = firstRows(promptOfRow, prompts.size());
  std::vector<RowPass::Row> seen;
  std::vector<size_t> promptOf;
  for (size_t i = 0; i < prompts.size(); ++i)
    if (firstOf[i] >= 0) {
      seen.push_back({firstOf[i], prompts[i].data()});
      promptOf.push_back(i);
    }

  const bool isScored = !nats.empty();
  const int64_t R = isScored ? s.positions : given + 1;
  const auto together = rowsTogether(std::ssize(seen), R);
  RowPass pass(*this, 0, given + 1, R, static_cast<int64_t>(together));
  for (size_t begin = 0; begin < seen.size(); begin += together) {
    const auto some = std::span(seen).subspan(begin, std::min(together, seen.size() - begin));
    pass.run(some, isScored ? R : 0, control);
    for (size_t i = 0; isScored && i < some.size(); ++i) {
      const auto of = pass.nats().begin() + static_cast<int64_t>(i) * R;
      nats[promptOf[begin + i]] = std::accumulate(of, of + R, 0.0) / static_cast<double>(R);
    }
  }

  position = given + 1;
  std::vector<int32_t> sources;
  for (const auto prompt : promptOfRow) sources.push_back(firstOf[static_cast<size_t>(prompt)]);
  select(sources);
}

void Decoder::State::follow(std::span<const Token> tokens, std::span<double> nats, const Control& control) {
  if (tokens.size() == 1) {
    advance(std::vector<Token>(static_cast<size_t>(rows), tokens[0]));
    return;
  }
  // Scored in any case, which costs little: whether somebody wants the numbers is not to change the rounding.
  const int64_t M = std::ssize(tokens), scored = M - 1;
  const auto together = rowsTogether(rows, M);
  RowPass pass(*this, position, M, M, static_cast<int64_t>(together));
  std::vector<RowPass::Row> seen;
  for (const auto row : allRows) seen.push_back({row, tokens.data() + 1});
  for (size_t begin = 0; begin < seen.size(); begin += together) {
    const auto some = std::span(seen).subspan(begin, std::min(together, seen.size() - begin));
    pass.run(some, scored, control);
    for (size_t i = 0; i < some.size() && !nats.empty(); ++i)
      std::copy_n(pass.nats().begin() + static_cast<int64_t>(i) * M, scored,
                  nats.begin() + static_cast<int64_t>(begin + i) * scored);
  }
  position += M;
}

}  // namespace scanline
