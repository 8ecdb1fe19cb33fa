#pragma once

#include <memory>

namespace scanline {

class MainWindow;

/// Ends a window that was closed: waits until all writes are done, however long, and then at most two seconds for the
/// rest. A read that does not come back by then (a network folder, a pipe) ends with the process: it exits here with
/// `code`. Settings are to be written before.
void endWindow(std::unique_ptr<MainWindow> window, int code);

}  // namespace scanline
