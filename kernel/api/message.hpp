// SPDX-License-Identifier: GPL-3.0-only
//
// Messages as they stand in a thread's registers and IPC buffer.
#pragma once
#include "kernel/object/tcb.hpp"

namespace kernel {

// The message info word.
struct MessageInfo {
    Word word = 0;

    static MessageInfo make(Word label, Word length) { return {(label << 12) | length}; }
    Word label() const { return word >> 12; }
    Word extra_caps() const { return (word >> 7) & 3; }
    // Longer than a buffer holds counts as full.
    Word length() const {
        const Word length = word & 0x7f;
        return length > seL4_MsgMaxLength ? Word{seL4_MsgMaxLength} : length;
    }
    // The same label, with what has arrived.
    MessageInfo received(Word unwrapped, Word extra, Word length) const {
        return {(word & ~Word{0xfff}) | (unwrapped << 9) | (extra << 7) | length};
    }
};

inline constexpr Word kMessageRegisters = 4;

// MR0..MR3, which the context keeps next to each other.
inline Word* message_registers(arch::UserContext& context) {
    return &context.r10;
}
static_assert(offsetof(arch::UserContext, r15) == offsetof(arch::UserContext, r10) + 24);

using IpcBuffer = seL4_IPCBuffer;
static_assert(sizeof(IpcBuffer) == 1 << seL4_IPCBufferSizeBits);
static_assert(offsetof(IpcBuffer, msg) == 8);
static_assert(offsetof(IpcBuffer, caps_or_badges) == 976);
static_assert(offsetof(IpcBuffer, receiveCNode) == 1000);

// The thread's buffer as the kernel reaches it, through the frame capability: null if there is none, or not
// for writing.
inline IpcBuffer* ipc_buffer(const Tcb& tcb, bool write) {
    const Cap& cap = tcb.buffer.cap;
    if (!cap.is(CapTag::frame)) return nullptr;
    const auto frame = cap.as<FrameCap>();
    const auto rights = static_cast<FrameRights>(frame.rights);
    if (frame.device || rights == FrameRights::kernel_only) return nullptr;
    if (write && rights != FrameRights::read_write) return nullptr;
    const Word mask = frame.size == 0 ? 0xfff : frame.size == 1 ? 0x1f'ffff : 0x3fff'ffff;
    return arch::from_physical<IpcBuffer>(frame.address + (tcb.buffer_address & mask));
}

// Message word `index`, in its register or in the buffer. REQUIRES: a buffer, from MR4 on.
inline void set_message_word(arch::UserContext& context, IpcBuffer* buffer, Word index, Word word) {
    if (index < kMessageRegisters) {
        message_registers(context)[index] = word;
    } else {
        buffer->msg[index] = word;
    }
}

}  // namespace kernel
