// SPDX-License-Identifier: GPL-3.0-only
//
// Small things every native program does: opening by path, device control, UTF-8, and the name of a status
// code.
#pragma once

#include "abi/nt/ntdll.h"
#include "apps/common/text.hpp"

namespace app {

// A handle that closes itself.
class Handle {
public:
    Handle() = default;
    explicit Handle(HANDLE handle) : handle_(handle) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle(Handle&& other) noexcept : handle_(other.release()) {}
    ~Handle() { close(); }
    HANDLE get() const { return handle_; }
    // For services that give a handle; what was held before is closed.
    HANDLE* receive() {
        close();
        return &handle_;
    }
    HANDLE release() {
        HANDLE handle = handle_;
        handle_ = nullptr;
        return handle;
    }
    void close() {
        if (handle_) NtClose(handle_);
        handle_ = nullptr;
    }

private:
    HANDLE handle_ = nullptr;
};

// A counted string that borrows a View's characters; a View longer than 32,766 characters is cut.
inline UNICODE_STRING unicode(View view) {
    UNICODE_STRING string;
    string.Length = static_cast<USHORT>((view.size < 0x7FFE ? view.size : 0x7FFE) * sizeof(WCHAR));
    string.MaximumLength = string.Length;
    string.Buffer = const_cast<WCHAR*>(view.data);
    return string;
}

class Attributes {
public:
    explicit Attributes(View name, ULONG attributes = OBJ_CASE_INSENSITIVE, HANDLE root = nullptr)
        : name_(unicode(name)) {
        attributes_.Length = sizeof attributes_;
        attributes_.RootDirectory = root;
        attributes_.ObjectName = &name_;
        attributes_.Attributes = attributes;
        attributes_.SecurityDescriptor = nullptr;
        attributes_.SecurityQualityOfService = nullptr;
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    OBJECT_ATTRIBUTES* get() { return &attributes_; }

private:
    UNICODE_STRING name_;
    OBJECT_ATTRIBUTES attributes_;
};

inline NTSTATUS open_file(View path, ACCESS_MASK access, ULONG options, HANDLE& handle) {
    Attributes attributes(path);
    IO_STATUS_BLOCK status;
    return NtOpenFile(&handle, access, attributes.get(), &status,
                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, options);
}

// On a file opened without FILE_SYNCHRONOUS_IO_* too: waits for the answer.
inline NTSTATUS device_control(HANDLE file, ULONG code, const void* input, ULONG input_length, void* output,
                               ULONG output_length, IO_STATUS_BLOCK& status) {
    Handle event;
    NTSTATUS result = NtCreateEvent(event.receive(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (!NT_SUCCESS(result)) return result;
    result = NtDeviceIoControlFile(file, event.get(), nullptr, nullptr, &status, code, input, input_length,
                                   output, output_length);
    if (result == STATUS_PENDING) {
        NtWaitForSingleObject(event.get(), FALSE, nullptr);
        result = status.Status;
    }
    return result;
}

// Encodes the character at `index`, going on over the second half of a surrogate pair. Writes at most 4
// bytes.
inline ULONG to_utf8(View text, SIZE_T& index, char* out) {
    ULONG code = text[index];
    if (code >= 0xD800 && code < 0xDC00 && index + 1 < text.size && text[index + 1] >= 0xDC00 &&
        text[index + 1] < 0xE000)
        code = 0x10000 + ((code - 0xD800) << 10) + (text[++index] - 0xDC00);
    else if (code >= 0xD800 && code < 0xE000)
        code = 0xFFFD;
    if (code < 0x80) return out[0] = static_cast<char>(code), 1;
    const ULONG length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (ULONG i = length - 1; i > 0; --i, code >>= 6)
        out[i] = static_cast<char>(0x80 | (code & 0x3F));
    out[0] = static_cast<char>((0xF00u >> length) | code);
    return length;
}

}  // namespace app
