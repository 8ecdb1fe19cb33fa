#include "core/formats/strict_json.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace scanline {

nlohmann::json parseStrictJson(std::string_view text, std::string_view source, int maxDepth) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int depth, Event event, nlohmann::json& parsed) {
    if (depth >= maxDepth && (event == Event::object_start || event == Event::array_start))
      throw Error(fmt::format("{} is nested more than {} levels deep, which no such file needs. It is damaged.", source,
                              maxDepth));
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key) {
      if (!keys.back().insert(parsed.get_ref<const std::string&>()).second)
        throw Error(fmt::format("{} has the key \"{}\" twice. It is damaged; get it again.", source,
                                parsed.get_ref<const std::string&>()));
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(
        fmt::format("{} is not valid JSON at byte {}. It is damaged or another kind of file.", source, error.byte));
  }
}

}  // namespace scanline
