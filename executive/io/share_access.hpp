// SPDX-License-Identifier: GPL-3.0-only
//
// Who has a file open for what, and what each of them lets others do: NT's sharing rules. Opens that want
// neither data nor deletion do not count.
#pragma once

#include "abi/nt/ntioapi.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace io {

class ShareAccess {
public:
    // STATUS_SHARING_VIOLATION; else the open counts from now on.
    Result<void> add(ACCESS_MASK access, uint32_t share);
    // REQUIRES: the same values as in add().
    void remove(ACCESS_MASK access, uint32_t share);
    uint32_t opens() const { return opens_; }
    // Of these, who may delete.
    uint32_t deleters() const { return deleters_; }

private:
    uint32_t opens_ = 0;
    uint32_t users_ = 0;
    uint32_t readers_ = 0, writers_ = 0, deleters_ = 0;
    uint32_t share_read_ = 0, share_write_ = 0, share_delete_ = 0;
};

}  // namespace io
