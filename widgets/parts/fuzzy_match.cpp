#include "widgets/parts/fuzzy_match.h"

#include <QStringList>
#include <algorithm>
#include <vector>

namespace scanline {

namespace {

constexpr int kLetter = 1, kSideBySide = 6, kWordStart = 8, kImpossible = -1;

bool startsWord(const QString& text, qsizetype at) {
  return at == 0 || (text[at].isLetterOrNumber() && !text[at - 1].isLetterOrNumber()) ||
         (text[at].isUpper() && text[at - 1].isLower());
}

/// The best way to find all letters of `word` in order: for every place of `text`, the best sum that ends there.
int bestSum(const QString& word, const QString& text) {
  const auto length = static_cast<size_t>(text.size());
  std::vector<int> ending(length, kImpossible);
  for (qsizetype letter = 0; letter < word.size(); ++letter) {
    std::vector<int> next(length, kImpossible);
    int before = letter == 0 ? 0 : kImpossible;  // best of all places further left than the last one
    for (size_t at = 0; at < length; ++at) {
      const auto place = static_cast<qsizetype>(at);
      const int beside = at > 0 && letter > 0 ? ending[at - 1] : kImpossible;
      if (text[place].toCaseFolded() == word[letter].toCaseFolded()) {
        const int bonus = kLetter + (startsWord(text, place) ? kWordStart : 0);
        if (before != kImpossible) next[at] = before + bonus;
        if (beside != kImpossible) next[at] = std::max(next[at], beside + bonus + kSideBySide);
      }
      if (letter > 0) before = std::max(before, beside);
    }
    ending = std::move(next);
  }
  return ending.empty() ? kImpossible : *std::ranges::max_element(ending);
}

}  // namespace

std::optional<int> fuzzyMatch(const QString& typed, const QString& text) {
  int sum = 0;
  for (const QString& word : typed.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    const int best = bestSum(word, text);
    if (best == kImpossible) return std::nullopt;
    sum += best;
  }
  return sum * 100 - static_cast<int>(std::min<qsizetype>(text.size(), 99));
}

}  // namespace scanline
