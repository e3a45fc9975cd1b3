// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/attributes.hpp"

namespace ps {

Result<AttributeList> AttributeList::capture(ke::Call& call, ke::UserIn<PS_ATTRIBUTE_LIST> in) {
    AttributeList list;
    if (in.null()) return list;
    constexpr size_t kHeader = offsetof(PS_ATTRIBUTE_LIST, Attributes);
    SIZE_T total = TRY(call.read(ke::UserIn<SIZE_T>(in.address())));
    if (total < kHeader || (total - kHeader) % sizeof(PS_ATTRIBUTE) != 0)
        return fail(STATUS_INVALID_PARAMETER);
    list.count_ = (total - kHeader) / sizeof(PS_ATTRIBUTE);
    if (list.count_ > kMost) return fail(STATUS_INVALID_PARAMETER);
    TRY(call.memory().copy_in(list.attributes_, in.address() + kHeader, list.count_ * sizeof(PS_ATTRIBUTE)));
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
