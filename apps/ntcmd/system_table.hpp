// SPDX-License-Identifier: GPL-3.0-only
//
// A system information class whose answer grows: asked again with a bigger buffer until it fits.
#pragma once

#include "abi/nt/ntdll.h"

namespace ntcmd {

class SystemTable {
public:
    explicit SystemTable(SYSTEM_INFORMATION_CLASS information_class) {
        for (ULONG length = 4 * 1024; length <= kLargest; length *= 2) {
            data_ = RtlAllocateHeap(RtlProcessHeap(), 0, length);
            if (!data_) {
                status_ = STATUS_NO_MEMORY;
                return;
            }
            status_ = NtQuerySystemInformation(information_class, data_, length, &length_);
            if (status_ != STATUS_INFO_LENGTH_MISMATCH && status_ != STATUS_BUFFER_TOO_SMALL) return;
            RtlFreeHeap(RtlProcessHeap(), 0, data_);
            data_ = nullptr;
        }
    }
    SystemTable(const SystemTable&) = delete;
    SystemTable& operator=(const SystemTable&) = delete;
    ~SystemTable() {
        if (data_) RtlFreeHeap(RtlProcessHeap(), 0, data_);
    }
    NTSTATUS status() const { return status_; }
    template <typename T>
    const T* at(ULONG offset) const {
        return reinterpret_cast<const T*>(static_cast<const UCHAR*>(data_) + offset);
    }
    template <typename T>
    const T* first() const {
        return at<T>(0);
    }
    ULONG length() const { return length_; }

private:
    static constexpr ULONG kLargest = 4 * 1024 * 1024;
    void* data_ = nullptr;
    ULONG length_ = 0;
    NTSTATUS status_ = STATUS_SUCCESS;
};

}  // namespace ntcmd
