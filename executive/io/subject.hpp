// SPDX-License-Identifier: GPL-3.0-only
//
// Whose request it is (docs/security.md): the numbers that its device's driver is told, and the token with
// which he acts. A request holds the token until it is gone, so that its driver's questions have an answer
// also when the process has ended meanwhile; the driver never holds it.
#pragma once

#include "abi/wdm/ring.h"
#include "executive/ps/process.hpp"

namespace io {

struct Subject {
    WDM_SUBJECT numbers = {};  // zeros: the Executive itself
    Ref<se::Token> token{};    // null: the Executive's, or its client's process has ended

    // Of a call that this thread makes. A driver's calls are the kernel's, as on NT.
    static Subject of(ke::Thread& thread) {
        auto& process = static_cast<ps::Process&>(thread.client());
        se::Token* worn = thread.impersonation();
        Subject subject{{}, Ref<se::Token>(worn ? worn : process.primary_token().get())};
        subject.numbers.Process = process.id();
        subject.numbers.Thread = thread.id();
        subject.numbers.Mode = !process.is_driver_host();
        if (!subject.token) [[unlikely]]
            return subject;
        subject.numbers.Session = subject.token->content().session;
        if (worn) subject.numbers.Acting = static_cast<UCHAR>(worn->content().level + 1);
        return subject;
    }
};

}  // namespace io
