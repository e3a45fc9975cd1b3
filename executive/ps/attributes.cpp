// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/attributes.hpp"

#include "abi/nt/ntpsinfo.h"

namespace ps {

namespace {

// The sizes that an attribute may have: `size` or, of a list, each multiple of it that is not 0; size 0:
// whatever its own reader says.
struct Form {
    uint8_t size;
    bool list = false;
};

// In the order of PS_ATTRIBUTE_NUM.
constexpr Form kForms[PsAttributeMax] = {
    {sizeof(HANDLE)},                     // ParentProcess
    {sizeof(HANDLE)},                     // DebugPort
    {sizeof(HANDLE)},                     // Token
    {sizeof(CLIENT_ID)},                  // ClientId
    {sizeof(PTEB)},                       // TebAddress
    {sizeof(WCHAR), true},                // ImageName
    {sizeof(SECTION_IMAGE_INFORMATION)},  // ImageInfo
    {sizeof(PS_MEMORY_RESERVE), true},    // MemoryReserve
    {sizeof(UCHAR)},                      // PriorityClass
    {sizeof(ULONG)},                      // ErrorMode
    {sizeof(PS_STD_HANDLE_INFO)},         // StdHandleInfo
    {sizeof(HANDLE), true},               // HandleList
    {sizeof(GROUP_AFFINITY)},             // GroupAffinity
    {sizeof(USHORT)},                     // PreferredNode
    {sizeof(PROCESSOR_NUMBER)},           // IdealProcessor
    {0},                                  // UmsThread
    {sizeof(ULONG), true},                // MitigationOptions
    {sizeof(UCHAR)},                      // ProtectionLevel
    {0},                                  // SecureProcess
    {sizeof(HANDLE), true},               // JobList
    {sizeof(ULONG)},                      // ChildProcessPolicy
    {sizeof(ULONG)},                      // AllApplicationPackagesPolicy
    {sizeof(ULONG64)},                    // Win32kFilter
    {0},                                  // SafeOpenPromptOriginClaim
    {0},                                  // BnoIsolation
    {sizeof(ULONG)},                      // DesktopAppPolicy
    {sizeof(UCHAR)},                      // Chpe
    {sizeof(ULONG), true},                // MitigationAuditOptions
    {sizeof(USHORT)},                     // MachineType
    {sizeof(ULONG)},                      // ComponentFilter
    {sizeof(ULONG64)},                    // EnableOptionalXStateFeatures
};

bool fits(const Form& form, SIZE_T size) {
    if (form.list) return size > 0 && size % form.size == 0;
    return form.size == 0 || size == form.size;
}

}  // namespace

Result<void> AttributeList::check(Makes makes) const {
    uint64_t seen = 0;
    for (size_t i = 0; i < count_; ++i) {
        ULONG_PTR attribute = attributes_[i].Attribute;
        ULONG_PTR number = attribute & PS_ATTRIBUTE_NUMBER_MASK;
        constexpr ULONG_PTR kKnown =
            PS_ATTRIBUTE_NUMBER_MASK | PS_ATTRIBUTE_THREAD | PS_ATTRIBUTE_INPUT | PS_ATTRIBUTE_ADDITIVE;
        if (number >= PsAttributeMax || (attribute & ~kKnown) || (seen & uint64_t{1} << number))
            return fail(STATUS_INVALID_PARAMETER);
        seen |= uint64_t{1} << number;
        if (makes == Makes::Thread && !(attribute & PS_ATTRIBUTE_THREAD))
            return fail(STATUS_INVALID_PARAMETER);
        if (!fits(kForms[number], attributes_[i].Size)) return fail(STATUS_INFO_LENGTH_MISMATCH);
    }
    return {};
}

Result<void> AttributeList::check_processors(ke::Call& call) const {
    auto affinity =
        TRY(read(call, PsAttributeGroupAffinity, GROUP_AFFINITY{.Mask = 1, .Group = 0, .Reserved = {}}));
    auto ideal = TRY(read(call, PsAttributeIdealProcessor, PROCESSOR_NUMBER{}));
    bool first = affinity.Mask == 1 && affinity.Group == 0 && !affinity.Reserved[0] &&
                 !affinity.Reserved[1] && !affinity.Reserved[2] && ideal.Group == 0 && ideal.Number == 0 &&
                 ideal.Reserved == 0;
    return first ? Result<void>() : fail(STATUS_INVALID_PARAMETER);
}

Result<AttributeList> AttributeList::capture(ke::Call& call, ke::UserIn<PS_ATTRIBUTE_LIST> in, Makes makes) {
    AttributeList list;
    if (in.null()) return list;
    constexpr size_t kHeader = offsetof(PS_ATTRIBUTE_LIST, Attributes);
    SIZE_T total = TRY(call.read(ke::UserIn<SIZE_T>(in.address())));
    if (total < kHeader || (total - kHeader) % sizeof(PS_ATTRIBUTE) != 0)
        return fail(STATUS_INVALID_PARAMETER);
    list.count_ = (total - kHeader) / sizeof(PS_ATTRIBUTE);
    if (list.count_ > kMost) return fail(STATUS_INVALID_PARAMETER);
    TRY(call.memory().copy_in(list.attributes_, in.address() + kHeader, list.count_ * sizeof(PS_ATTRIBUTE)));
    TRY(list.check(makes));
    return list;
}

const PS_ATTRIBUTE* AttributeList::find(PS_ATTRIBUTE_NUM number) const {
    for (size_t i = 0; i < count_; ++i)
        if ((attributes_[i].Attribute & PS_ATTRIBUTE_NUMBER_MASK) == static_cast<ULONG_PTR>(number))
            return &attributes_[i];
    return nullptr;
}

Result<void> AttributeList::give(ke::Call& call, PS_ATTRIBUTE_NUM number, const void* data,
                                 size_t length) const {
    const PS_ATTRIBUTE* attribute = find(number);
    if (!attribute) return {};
    if (attribute->Size < length) return fail(STATUS_INFO_LENGTH_MISMATCH);
    TRY(call.memory().copy_out(attribute->Value, data, length));
    return call.write(ke::UserOut<SIZE_T>(reinterpret_cast<uint64_t>(attribute->ReturnLength)), length);
}

Result<void> AttributeList::give_thread(ke::Call& call, const Thread& thread) const {
    CLIENT_ID id{ULongToHandle(thread.process().id()), ULongToHandle(thread.id())};
    TRY(give(call, PsAttributeClientId, &id, sizeof id));
    uint64_t teb = thread.teb();
    return give(call, PsAttributeTebAddress, &teb, sizeof teb);
}

Result<void> AttributeList::give_image(ke::Call& call, const SECTION_IMAGE_INFORMATION& information) const {
    return give(call, PsAttributeImageInfo, &information, sizeof information);
}

Result<String> AttributeList::image_name(ke::Call& call) const {
    const PS_ATTRIBUTE* attribute = find(PsAttributeImageName);
    if (!attribute || attribute->Size > 0xffff) return fail(STATUS_INVALID_PARAMETER);
    UNICODE_STRING text{};
    text.Length = text.MaximumLength = static_cast<USHORT>(attribute->Size);
    text.Buffer = static_cast<PWSTR>(attribute->ValuePtr);
    return call.capture(text);
}

}  // namespace ps
