// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/prey.hpp"

#include "abi/nt/ntdll.h"
#include "tests/torture/services/shared.hpp"

namespace torture {
namespace {

using service_table::Object;

// What calls may have started: the programs that names.cpp names, and this one.
constexpr const WCHAR* kImages[] = {u"services.exe", u"nothing.exe", u"untidy.exe", u"image.exe"};

// The same object with the rights to ask about it, for the handle itself may have none.
class Asked {
public:
    explicit Asked(HANDLE handle, ACCESS_MASK access) {
        NtDuplicateObject(NtCurrentProcess(), handle, NtCurrentProcess(), &handle_, access, 0, 0);
    }
    explicit Asked(const CLIENT_ID& client) {
        OBJECT_ATTRIBUTES attributes = {};
        attributes.Length = sizeof attributes;
        CLIENT_ID process = {client.UniqueProcess, nullptr};
        NtOpenProcess(&handle_, PROCESS_QUERY_LIMITED_INFORMATION, &attributes, &process);
    }
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;
    ~Asked() {
        if (handle_) NtClose(handle_);
    }
    HANDLE get() const { return handle_; }

private:
    HANDLE handle_ = nullptr;
};

UNICODE_STRING base_name(const UNICODE_STRING& path) {
    ULONG start = path.Length / sizeof(WCHAR);
    while (start && path.Buffer[start - 1] != u'\\')
        --start;
    UNICODE_STRING name = path;
    name.Buffer += start;
    name.Length = static_cast<USHORT>(path.Length - start * sizeof(WCHAR));
    return name;
}

bool is_prey_process(HANDLE process) {
    PROCESS_BASIC_INFORMATION basic = {};
    if (!NT_SUCCESS(
            NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof basic, nullptr)))
        return false;
    if (basic.UniqueProcessId == reinterpret_cast<ULONG_PTR>(orders().keeper)) return false;
    alignas(8) UCHAR buffer[1024];
    if (!NT_SUCCESS(NtQueryInformationProcess(process, ProcessImageFileName, buffer, sizeof buffer, nullptr)))
        return false;
    return is_prey(base_name(*reinterpret_cast<const UNICODE_STRING*>(buffer)));
}

bool is_prey_thread(HANDLE thread) {
    THREAD_BASIC_INFORMATION basic = {};
    if (!NT_SUCCESS(NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr)))
        return false;
    // While the thread is open its process is, too, and keeps its number.
    const Asked process(basic.ClientId);
    return process.get() && is_prey_process(process.get());
}

}  // namespace

bool is_prey(const UNICODE_STRING& image) {
    for (const WCHAR* known : kImages) {
        UNICODE_STRING text;
        RtlInitUnicodeString(&text, known);
        if (RtlEqualUnicodeString(&image, &text, TRUE)) return true;
    }
    return false;
}

bool is_prey(HANDLE handle, Object type) {
    if (type != Object::kProcess && type != Object::kThread) return true;
    const bool process = type == Object::kProcess;
    const Asked asked(handle, process ? PROCESS_QUERY_LIMITED_INFORMATION : THREAD_QUERY_LIMITED_INFORMATION);
    // Without memory for a handle there is no telling.
    if (!asked.get()) return false;
    return process ? is_prey_process(asked.get()) : is_prey_thread(asked.get());
}

}  // namespace torture
