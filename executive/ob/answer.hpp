// SPDX-License-Identifier: GPL-3.0-only
//
// What a query service writes back. A fixed structure goes out with give(); an answer of several parts, some
// pointing at others inside the caller's buffer, is put together in an Answer and delivered in one piece.
// Either way the caller learns the length it needs.
#pragma once

#include <string.h>

#include "base/bits.hpp"
#include "base/vector.hpp"
#include "executive/ke/call.hpp"

namespace ob {

// The caller's buffer must have exactly the structure's length.
template <typename T>
NTSTATUS give_exact(const ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned,
                    const T& value) {
    if (out.length != sizeof(T)) {
        TRY(call.write(returned, sizeof(T)));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    TRY(call.copy_out(out, &value, sizeof(T)));
    return to_status(call.write(returned, sizeof(T)));
}

// The caller's buffer must have room for the structure.
template <typename T>
NTSTATUS give(const ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned, const T& value,
              NTSTATUS too_small = STATUS_INFO_LENGTH_MISMATCH) {
    TRY(call.write(returned, sizeof(T)));
    if (out.length < sizeof(T)) return too_small;
    return to_status(call.copy_out(out, &value, sizeof(T)));
}

class Answer {
public:
    explicit Answer(ke::UserOutBuffer out) : out_(out) {}

    size_t size() const { return bytes_.size(); }
    // So many bytes will follow: what is long need not be moved as it grows.
    Result<void> expect(size_t length) { return bytes_.reserve(bytes_.size() + length); }
    // Each returns the offset of what it appended. Room for `length` zero bytes:
    Result<size_t> reserve(size_t length);
    Result<size_t> append(const void* data, size_t length);
    template <typename T>
    Result<size_t> append(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        return append(&value, sizeof(T));
    }
    Result<size_t> append_text(std::u16string_view text);
    // With a terminating zero, and the UNICODE_STRING that names the characters in the caller's buffer.
    Result<UNICODE_STRING> append_string(std::u16string_view text);
    Result<void> align(size_t alignment);
    // Overwrites what was appended at this offset.
    template <typename T>
    void put(size_t offset, const T& value) {
        ASSERT(range_fits(offset, sizeof(T), bytes_.size()));
        memcpy(&bytes_[offset], &value, sizeof(T));
    }
    // Where this offset will be in the caller's memory.
    template <typename T>
    T* user(size_t offset) const {
        return reinterpret_cast<T*>(out_.address + offset);
    }

    // Writes the length to `returned` and, when it fits, the bytes; else answers `too_small`.
    NTSTATUS deliver(ke::Call& call, ke::UserOut<ULONG> returned,
                     NTSTATUS too_small = STATUS_INFO_LENGTH_MISMATCH) const;
    // Writes as much as fits, as registry queries do: STATUS_BUFFER_OVERFLOW when that is not all,
    // STATUS_BUFFER_TOO_SMALL when not even the first `fixed` bytes fit.
    NTSTATUS deliver_part(ke::Call& call, ke::UserOut<ULONG> returned, size_t fixed) const;

private:
    ke::UserOutBuffer out_;
    Vector<uint8_t> bytes_;
};

}  // namespace ob
