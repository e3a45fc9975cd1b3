// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/call.hpp"

#include "executive/ke/shortage.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

Result<void> Call::bring(uint64_t address, size_t length, Access access) {
    constexpr uint64_t kPageSize = 4096;
    constexpr unsigned kAtOnce = 3;
    if (length <= kAtOnce * kPageSize || !may_be_repeated()) return {};
    unsigned brought = 0;
    length += address % kPageSize;
    for (size_t at = 0; at < length; at += kPageSize) {
        NTSTATUS status = memory().touch(address - address % kPageSize + at, access);
        if (!NT_SUCCESS(status)) return {};
        if (status != STATUS_PAGE_FAULT_TRANSITION) continue;
        if (++brought == kAtOnce) return fail(again(progress_));
    }
    return {};
}

Result<String> Call::capture(const UNICODE_STRING& descriptor) {
    if (descriptor.Length % sizeof(char16_t) != 0) return fail(STATUS_INVALID_PARAMETER);
    String text;
    if (descriptor.Length == 0) return text;
    if (!descriptor.Buffer) return fail(STATUS_ACCESS_VIOLATION);
    TRY(bring(reinterpret_cast<uint64_t>(descriptor.Buffer), descriptor.Length, Access::Read));
    text = TRY(String::create_room(descriptor.Length / sizeof(char16_t)));
    TRY(memory().copy_in(text.units().data(), reinterpret_cast<uint64_t>(descriptor.Buffer),
                         descriptor.Length));
    return text;
}

Result<String> Call::capture_string(UserIn<UNICODE_STRING> in) {
    return capture(TRY(read(in)));
}

Result<Call::Attributes> Call::capture_attributes(UserIn<OBJECT_ATTRIBUTES> in) {
    Attributes attributes;
    if (in.null()) return attributes;
    OBJECT_ATTRIBUTES given = TRY(read(in));
    if (given.Length != sizeof given || (given.Attributes & ~OBJ_VALID_ATTRIBUTES))
        return fail(STATUS_INVALID_PARAMETER);
    attributes.given = true;
    attributes.root = given.RootDirectory;
    attributes.flags = given.Attributes;
    attributes.security_descriptor = reinterpret_cast<uint64_t>(given.SecurityDescriptor);
    attributes.security_quality = reinterpret_cast<uint64_t>(given.SecurityQualityOfService);
    attributes.name_address = reinterpret_cast<uint64_t>(given.ObjectName);
    if (given.ObjectName)
        attributes.name = TRY(capture_string(UserIn<UNICODE_STRING>(attributes.name_address)));
    return attributes;
}

}  // namespace ke
