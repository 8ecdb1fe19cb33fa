// RunStore: runs of other programs.
#include "core/store/run_store_impl.h"

namespace scanline {

void RunStore::setOwner(RunId run, const ProcessIdentity& process) {
  impl_->db.write(Database::Durability::Normal, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET owner_pid = ?, owner_start = ?, owner_boot = ? WHERE id = ?", process.pid,
                      process.startTicks, process.bootId, run.value);
    impl_->touch(run);
  });
}

}  // namespace scanline
