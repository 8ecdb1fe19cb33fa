#include "app/studio_request.h"

#include <algorithm>

#include "core/base/parallel.h"
#include "core/run/paint_mask.h"
#include "widgets/studio/question_panel.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

void shareCores(DrawRequest& request, bool isTraining) {
  if (isTraining) request.threads = std::max(1, hardwareThreads() / 2);
}

std::optional<DrawRequest> requestOfOne(const StudioView& view, bool hasModel, bool isTraining, QuestionPanel& panel) {
  DrawRequest request = view.request();
  QString problem;
  if (!hasModel || request.picture.empty())
    problem = StudioView::tr("Choose a picture first.");
  else if (paintedPixels(request.paint) == 0)
    problem = StudioView::tr("Nothing is masked. Paint over the part that the models are to draw.");
  if (!problem.isEmpty()) {
    panel.setProblem(problem);
    return std::nullopt;
  }
  request.candidates = 1;
  shareCores(request, isTraining);
  return request;
}

}  // namespace scanline
