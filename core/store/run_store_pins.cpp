// RunStore: drawings that people keep with a run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/store/run_store_impl.h"

namespace scanline {

using Durability = Database::Durability;

namespace {

/// Of a run, or of a number; the newest first. Bytes that no drawing has are not read.
constexpr const char* kPins =
    "SELECT id, run, step, checkpoint, identity, width, height, pixel_width, pixel_height, candidate, candidates, "
    "picture_index, temperature, top_k, top_p, seed, conditioned, particles, passes, threads, nats, note, created_ms, "
    "CASE WHEN length(picture) <= ?4 THEN picture END, CASE WHEN length(mask) <= ?4 THEN mask END, CASE WHEN "
    "length(drawn) <= ?4 THEN drawn END, CASE WHEN length(pixels) <= ?5 THEN pixels END, length(pixels), bf16_cache, "
    "made_with FROM pin WHERE run = ?1 OR id = ?2 ORDER BY id DESC LIMIT ?3";
constexpr int64_t kMostTokenBytes = 2 * kMostPinnedPositions, kMostPixelBytes = 3 * kMostPinnedSide * kMostPinnedSide;

std::vector<uint8_t> bytesOf(std::string_view bytes) {
  return {bytes.begin(), bytes.end()};
}

/// One name=value a line.
std::string pinLines(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string lines;
  for (const auto& [name, value] : facts) lines += fmt::format("{}={}\n", name, value);
  return lines;
}
std::vector<std::pair<std::string, std::string>> pinFacts(std::string_view lines) {
  std::vector<std::pair<std::string, std::string>> facts;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto equals = std::min(line.find('='), line.size());
    facts.emplace_back(line.substr(0, equals), line.substr(std::min(line.size(), equals + 1)));
  }
  return facts;
}

/// The size of its blobs is checked before they are copied, all else by problemOf().
PinnedDrawing drawingOf(const Query& query) {
  PinnedDrawing d;
  d.id = PinId{query.integer(0)};
  d.run = RunId{query.integer(1)};
  d.step = query.integer(2);
  d.checkpoint = query.text(3);
  d.identity = query.text(4);
  d.across = query.integer(5);
  d.down = query.integer(6);
  d.pixelsAcross = query.integer(7);
  d.pixelsDown = query.integer(8);
  d.candidate = query.integer(9);
  DrawRequest& request = d.request;
  request.candidates = query.integer(10);
  request.pictureIndex = query.integer(11);
  request.temperature = query.real(12);
  request.topK = query.integer(13);
  request.topP = query.real(14);
  request.seed = static_cast<uint64_t>(query.integer(15));
  request.conditioned = query.integer(16) != 0;
  request.particles = query.integer(17);
  request.passes = query.integer(18);
  request.threads = query.integer(19);
  d.nats = query.real(20);
  d.note = query.text(21);
  d.createdMs = query.integer(22);
  const bool hasSize =
      d.across >= 1 && d.across <= kMostPinnedPositions && d.down >= 1 && d.down <= kMostPinnedPositions / d.across;
  if (hasSize) {
    request.picture = unpackTokens(query.blob(23), d.across * d.down);
    request.paint = bytesOf(query.blob(24));
    d.drawn = unpackTokens(query.blob(25), d.across * d.down);
  }
  d.pixels = bytesOf(query.blob(26));
  request.bf16Cache = query.integer(28) != 0;
  d.madeWith = pinFacts(query.text(29));
  return d;
}

/// Throws Error if the row is damaged.
PinnedDrawing checkedDrawingOf(const Query& query) {
  std::string problem;
  try {
    PinnedDrawing drawing = drawingOf(query);
    problem = problemOf(drawing);
    if (problem.empty()) return drawing;
  } catch (const Error&) {
    problem = "Its tokens are of another number than its size.";
  }
  throw Error(fmt::format(
      "The pinned drawing number {} is damaged. {} Check the store with `scanline-cli verify`; with --repair it is removed.",
      query.integer(0), problem));
}

}  // namespace

std::string problemOf(const PinnedDrawing& d) {
  const DrawRequest& request = d.request;
  if (d.across < 1 || d.down < 1 || d.across > kMostPinnedPositions || d.down > kMostPinnedPositions / d.across)
    return fmt::format("A drawing of {} x {} tokens cannot be kept; no model draws one.", d.across, d.down);
  const auto positions = static_cast<size_t>(d.across * d.down);
  if (request.picture.size() != positions || request.paint.size() != positions || d.drawn.size() != positions)
    return fmt::format("A drawing has {} tokens of the picture, {} of the mask and {} drawn ones, instead of {} each.",
                       request.picture.size(), request.paint.size(), d.drawn.size(), positions);
  if (std::ranges::any_of(request.paint, [](uint8_t value) { return value > 1; }) ||
      std::ranges::find(request.paint, uint8_t{1}) == request.paint.end())
    return "The mask of a drawing holds nothing to paint, or other values than 0 and 1.";
  if (d.candidate < 0 || d.candidate >= request.candidates)
    return fmt::format("A drawing is candidate {} of {}.", d.candidate, request.candidates);
  if (!(request.temperature > 0 && std::isfinite(request.temperature)) || request.topK < 0 ||
      !(request.topP > 0 && request.topP <= 1) || request.pictureIndex < 0 || request.particles < 1 ||
      request.passes < 1 || request.threads < 0)
    return "A setting of a drawing is out of its range.";
  if (std::ranges::any_of(d.madeWith, [](const auto& fact) {
        return fact.first.empty() || fact.first.find_first_of("=\n") != std::string::npos ||
               fact.second.find('\n') != std::string::npos;
      }))
    return "What a drawing was made with has no name, or a line break.";
  const bool hasPixels = d.pixelsAcross != 0 || d.pixelsDown != 0 || !d.pixels.empty();
  if (hasPixels && (d.pixelsAcross < 1 || d.pixelsDown < 1 || d.pixelsAcross > kMostPinnedSide ||
                    d.pixelsDown > kMostPinnedSide || std::ssize(d.pixels) != 3 * d.pixelsAcross * d.pixelsDown))
    return fmt::format("A drawing has {} bytes of pixels for {} x {}.", d.pixels.size(), d.pixelsAcross, d.pixelsDown);
  return {};
}

PinId RunStore::pin(const PinnedDrawing& drawing) {
  if (const std::string problem = problemOf(drawing); !problem.empty()) throw Error(problem);
  const DrawRequest& request = drawing.request;
  const std::string picture = packTokens(request.picture), drawn = packTokens(drawing.drawn);
  const auto pixels =
      drawing.pixels.empty() ? std::nullopt : std::optional(Blob{drawing.pixels.data(), drawing.pixels.size()});
  return impl_->db.write(Durability::Full, [&] {
    Database& db = impl_->db;
    impl_->require(drawing.run);
    const auto id = drawing.id.value > 0 ? std::optional(drawing.id.value) : std::nullopt;
    db.execute(
        "INSERT INTO pin (id, run, step, checkpoint, identity, width, height, picture, mask, drawn, pixel_width, "
        "pixel_height, pixels, candidate, candidates, picture_index, temperature, top_k, top_p, seed, conditioned, "
        "particles, passes, bf16_cache, threads, nats, note, created_ms, made_with) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        id, drawing.run.value, drawing.step, drawing.checkpoint, drawing.identity, drawing.across, drawing.down,
        Blob{picture.data(), picture.size()}, Blob{request.paint.data(), request.paint.size()},
        Blob{drawn.data(), drawn.size()}, drawing.pixelsAcross, drawing.pixelsDown, pixels, drawing.candidate,
        request.candidates, request.pictureIndex, request.temperature, request.topK, request.topP, request.seed,
        request.conditioned, request.particles, request.passes, request.bf16Cache, request.threads, drawing.nats,
        drawing.note, drawing.createdMs > 0 ? drawing.createdMs : nowMs(), pinLines(drawing.madeWith));
    impl_->touch(drawing.run);
    return id ? drawing.id : PinId{db.lastRow()};
  });
}

void RunStore::unpin(PinId pin) {
  impl_->db.write(Durability::Full, [&] {
    Database& db = impl_->db;
    Query query = db.query("SELECT run FROM pin WHERE id = ?", pin.value);
    if (!query.next()) return;
    impl_->touch(RunId{query.integer(0)});
    db.execute("DELETE FROM pin WHERE id = ?", pin.value);
  });
}

void RunStore::setPinNote(PinId pin, const std::string& note) {
  impl_->db.write(Durability::Full, [&] {
    Database& db = impl_->db;
    Query query = db.query("SELECT run FROM pin WHERE id = ?", pin.value);
    if (!query.next()) return;
    impl_->touch(RunId{query.integer(0)});
    db.execute("UPDATE pin SET note = ? WHERE id = ?", note, pin.value);
  });
}

std::vector<PinnedDrawing> RunStore::pins(RunId run, int64_t most) const {
  constexpr int64_t kMostBytes = 256 << 20;  // of pixels, in memory
  std::vector<PinnedDrawing> drawings;
  int64_t bytes = 0;
  Query query = impl_->db.query(kPins, run.value, nullptr, std::clamp<int64_t>(most, 0, kMostPins), kMostTokenBytes,
                                kMostPixelBytes);
  while (query.next()) {
    bytes += query.integer(27);
    if (bytes > kMostBytes && !drawings.empty()) break;
    drawings.push_back(checkedDrawingOf(query));
  }
  std::ranges::reverse(drawings);
  return drawings;
}

std::optional<PinnedDrawing> RunStore::pinned(PinId pin) const {
  Query query = impl_->db.query(kPins, nullptr, pin.value, 1, kMostTokenBytes, kMostPixelBytes);
  return query.next() ? std::optional(checkedDrawingOf(query)) : std::nullopt;
}

std::vector<RunStore::Impl::DamagedPin> RunStore::Impl::damagedPins() {
  std::vector<PinId> all;
  for (Query query = db.query("SELECT id FROM pin ORDER BY id"); query.next();) all.push_back(PinId{query.integer(0)});
  std::vector<DamagedPin> damaged;
  for (const PinId pin : all) {
    Query query = db.query(kPins, nullptr, pin.value, 1, kMostTokenBytes, kMostPixelBytes);
    try {
      if (query.next()) checkedDrawingOf(query);
    } catch (const Error&) {
      damaged.push_back({pin, RunId{query.integer(1)}});
    }
  }
  return damaged;
}

}  // namespace scanline
