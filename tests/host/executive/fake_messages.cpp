// SPDX-License-Identifier: GPL-3.0-only
//
// Messages of the kernel made for tests: what arrives at the Executive, and whom its answers reach.
#include <algorithm>
#include <utility>

#include "abi/sel4/sel4.h"
#include "tests/host/executive/fake_kernel.hpp"

namespace fake {

void Kernel::answer(seL4_Word caller, seL4_Word info, const seL4_Word* words) {
    if (caller && answered) answered({caller, info, {words[0], words[1], words[2], words[3]}});
}

void Kernel::send_to_saved(seL4_CPtr reply, seL4_Word info, const seL4_Word* words) {
    auto saved = saved_callers_.find(resolve(reply));
    if (saved == saved_callers_.end()) return;
    seL4_Word caller = saved->second;
    saved_callers_.erase(saved);
    answer(caller, info, words);
}

// Whoever called is forgotten when the next message comes, answered or not.
seL4_Word Kernel::receive(bool looks, seL4_CPtr* badge, seL4_Word* words) {
    constexpr seL4_Word kSignal = seL4_Word{1} << 62;
    Message message{looks ? 0 : kSignal, 0, {}};
    if (messages.empty() && sender)
        if (Message sent = sender(); sent.badge) messages.push_back(sent);
    if (!messages.empty()) {
        message = messages.front();
        messages.pop_front();
        caller_ = message.badge;
    }
    *badge = message.badge;
    std::copy_n(message.words, 4, words);
    return message.info;
}

}  // namespace fake

seL4_Word fake_system_call(seL4_Int64 number, seL4_CPtr* capability, seL4_Word info, seL4_Word* words) {
    fake::Kernel& kernel = *fake::Kernel::current;
    switch (number) {
        case seL4_SysCall:
            return kernel.invoke(*capability, info, words);
        case seL4_SysNBSend:
            kernel.send_to_saved(*capability, info, words);
            return 0;
        case seL4_SysReply:
        case seL4_SysReplyRecv:
            kernel.answer(std::exchange(kernel.caller_, 0), info, words);
            return number == seL4_SysReply ? 0 : kernel.receive(false, capability, words);
        case seL4_SysRecv:
        case seL4_SysNBRecv:
            return kernel.receive(number == seL4_SysNBRecv, capability, words);
        default:
            return 0;
    }
}
