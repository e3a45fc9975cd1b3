// SPDX-License-Identifier: GPL-3.0-only
//
// The guest's end of the channel of `./neptune exec`: messages over the pipes of orders and reports.
#pragma once

#include "abi/exec/channel.h"
#include "apps/common/native.hpp"

namespace exec {

// A pipe as a file that waits. `inherited`: a program that is started gets it too.
NTSTATUS open_pipe(ULONG number, bool inherited, app::Handle& pipe);

class Channel {
public:
    NTSTATUS open();
    // The next order; its body is in body() until the next call. STATUS_PIPE_BROKEN: there is nobody any
    // more.
    NTSTATUS next_order(ULONG& kind);
    const UCHAR* body() const { return static_cast<const UCHAR*>(body_); }
    ULONG length() const { return length_; }
    NTSTATUS report(ULONG kind, const void* body, ULONG length);

private:
    NTSTATUS read(void* to, ULONG length);
    app::Handle orders_, reports_;
    ULONG length_ = 0;
    ULONG room_ = 0;
    void* body_ = nullptr;  // of the heap
};

}  // namespace exec
