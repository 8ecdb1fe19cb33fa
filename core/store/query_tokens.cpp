#include <algorithm>

#include "core/store/run_query_grammar.h"

namespace scanline {

namespace {

bool isBlank(char c) {
  return static_cast<unsigned char>(c) <= ' ';
}

/// The operator that `text` begins with; empty if it begins with none.
std::string_view operatorAt(std::string_view text) {
  for (const std::string_view each : {"<=", ">=", "!=", "==", "<", ">", "=", "~"})
    if (text.starts_with(each)) return each;
  return {};
}

bool endsWord(std::string_view rest) {
  return isBlank(rest.front()) || std::string_view("\"(),").find(rest.front()) != std::string_view::npos ||
         !operatorAt(rest).empty();
}

}  // namespace

std::vector<QueryToken> queryTokens(std::string_view text) {
  std::vector<QueryToken> tokens;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const char c = rest.front();
    size_t length = 1;
    if (isBlank(c)) {
      ++i;
      continue;
    }
    if (c == '"') {
      const size_t end = std::min(rest.find('"', 1), rest.size());
      length = std::min(end + 1, rest.size());
      tokens.push_back({QueryToken::Kind::Quoted, std::string(rest.substr(1, end - 1)), i, length});
    } else if (c == '(' || c == ')' || c == ',') {
      const auto kind = c == '('   ? QueryToken::Kind::Open
                        : c == ')' ? QueryToken::Kind::Close
                                   : QueryToken::Kind::Comma;
      tokens.push_back({kind, std::string(1, c), i, 1});
    } else if (const std::string_view operation = operatorAt(rest); !operation.empty()) {
      length = operation.size();
      tokens.push_back({QueryToken::Kind::Operator, std::string(operation), i, length});
    } else {
      while (length < rest.size() && !endsWord(rest.substr(length))) ++length;
      tokens.push_back({QueryToken::Kind::Word, std::string(rest.substr(0, length)), i, length});
    }
    i += length;
  }
  tokens.push_back({QueryToken::Kind::End, {}, text.size(), 0});
  return tokens;
}

}  // namespace scanline
