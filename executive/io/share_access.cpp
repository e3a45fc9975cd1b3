// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/share_access.hpp"

namespace io {

namespace {

struct Use {
    bool read, write, erase;
    bool any() const { return read || write || erase; }
};

Use use_of(ACCESS_MASK access) {
    return {(access & (FILE_READ_DATA | FILE_EXECUTE)) != 0,
            (access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0, (access & DELETE) != 0};
}

}  // namespace

Result<void> ShareAccess::add(ACCESS_MASK access, uint32_t share) {
    Use use = use_of(access);
    if (use.any()) {
        bool others_forbid = (use.read && share_read_ < users_) || (use.write && share_write_ < users_) ||
                             (use.erase && share_delete_ < users_);
        bool forbids_others = (readers_ && !(share & FILE_SHARE_READ)) ||
                              (writers_ && !(share & FILE_SHARE_WRITE)) ||
                              (deleters_ && !(share & FILE_SHARE_DELETE));
        if (others_forbid || forbids_others) return fail(STATUS_SHARING_VIOLATION);
        ++users_;
        readers_ += use.read;
        writers_ += use.write;
        deleters_ += use.erase;
        share_read_ += (share & FILE_SHARE_READ) != 0;
        share_write_ += (share & FILE_SHARE_WRITE) != 0;
        share_delete_ += (share & FILE_SHARE_DELETE) != 0;
    }
    ++opens_;
    return {};
}

void ShareAccess::remove(ACCESS_MASK access, uint32_t share) {
    Use use = use_of(access);
    ASSERT(opens_ > 0);
    --opens_;
    if (!use.any()) return;
    --users_;
    readers_ -= use.read;
    writers_ -= use.write;
    deleters_ -= use.erase;
    share_read_ -= (share & FILE_SHARE_READ) != 0;
    share_write_ -= (share & FILE_SHARE_WRITE) != 0;
    share_delete_ -= (share & FILE_SHARE_DELETE) != 0;
}

}  // namespace io
