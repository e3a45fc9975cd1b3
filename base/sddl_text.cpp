// SPDX-License-Identifier: GPL-3.0-only
#include <string.h>

#include "abi/nt/ntstatus.h"
#include "base/descriptor.hpp"
#include "base/sddl.hpp"
#include "base/sddl_words.hpp"

namespace base {

namespace {

using namespace sddl;

Result<void> append_number(String& text, uint64_t value, unsigned number_base, unsigned digits = 1) {
    char16_t reversed[20];
    unsigned count = 0;
    for (; value != 0 || count < digits; value /= number_base)
        reversed[count++] = u"0123456789abcdef"[value % number_base];
    while (count > 0)
        TRY(text.append(reversed[--count]));
    return {};
}

// False: the words do not make up all of it, and nothing was written.
Result<bool> append_words(String& text, uint32_t value, std::span<const Word> words) {
    uint32_t left = value;
    for (const Word& word : words)
        left &= ~word.value;
    if (left != 0) return false;
    for (const Word& word : words)
        if (value & word.value) TRY(text.append(word.view()));
    return true;
}

Result<void> append_rights(String& text, const Ace& ace) {
    ACCESS_MASK mask = ace.mask();
    bool label = ace.type == SYSTEM_MANDATORY_LABEL_ACE_TYPE;
    if (!label)
        for (const Word& word : kMasks)
            if (word.value == mask) return text.append(word.view());
    auto words = label ? std::span<const Word>(kLabelRights) : std::span<const Word>(kRights);
    if (TRY(append_words(text, mask, words))) return {};
    TRY(text.append(u"0x"));
    return append_number(text, mask, 16);
}

Result<void> append_guid(String& text, const uint8_t* bytes) {
    if (!bytes) return {};
    GUID guid;
    memcpy(&guid, bytes, sizeof guid);
    TRY(append_number(text, guid.Data1, 16, 8));
    TRY(text.append(u'-'));
    TRY(append_number(text, guid.Data2, 16, 4));
    TRY(text.append(u'-'));
    TRY(append_number(text, guid.Data3, 16, 4));
    for (size_t i = 0; i < sizeof guid.Data4; ++i) {
        if (i == 0 || i == 2) TRY(text.append(u'-'));
        TRY(append_number(text, guid.Data4[i], 16, 2));
    }
    return {};
}

Result<void> append_entry(String& text, const Ace& ace) {
    const Word* type = nullptr;
    for (const Word& word : kTypes)
        if (word.value == ace.type) type = &word;
    if (!type) return fail(STATUS_INVALID_ACL);
    TRY(text.append(u'('));
    TRY(text.append(type->view()));
    TRY(text.append(u';'));
    if (!TRY(append_words(text, ace.flags, kEntryFlags))) return fail(STATUS_INVALID_ACL);
    TRY(text.append(u';'));
    TRY(append_rights(text, ace));
    TRY(text.append(u';'));
    TRY(append_guid(text, ace.object_type()));
    TRY(text.append(u';'));
    TRY(append_guid(text, ace.inherited_object_type()));
    TRY(text.append(u';'));
    TRY(append_sid(text, ace.sid()));
    return text.append(u')');
}

Result<void> append_list(String& text, std::u16string_view name, std::span<const uint8_t> list,
                         uint32_t flags) {
    TRY(text.append(name));
    for (const Word& word : kListFlags)
        if (flags & word.value) TRY(text.append(word.view()));
    if (list.empty()) return text.append(u"NO_ACCESS_CONTROL");
    AceReader reader(list);
    Ace ace;
    while (reader.next(ace))
        TRY(append_entry(text, ace));
    return {};
}

}  // namespace

Result<void> append_sid(String& text, SidView sid) {
    for (const Name& name : kNames)
        if (sid == name.sid) return text.append(name.view());
    std::span<const uint8_t> bytes = sid.bytes();
    uint64_t authority = 0;
    for (int i = 0; i < 6; ++i)
        authority = authority << 8 | bytes[2 + i];
    bool hex = authority > UINT32_MAX;
    TRY(text.append(hex ? u"S-1-0x" : u"S-1-"));
    TRY(append_number(text, authority, hex ? 16 : 10, hex ? 12 : 1));
    for (unsigned i = 0; i < bytes[1]; ++i) {
        uint32_t part;
        memcpy(&part, bytes.data() + 8 + 4 * i, sizeof part);
        TRY(text.append(u'-'));
        TRY(append_number(text, part, 10));
    }
    return {};
}

Result<String> sddl_text(std::span<const uint8_t> descriptor, SECURITY_INFORMATION which) {
    String text;
    Parts parts = parts_of(descriptor);
    if ((which & OWNER_SECURITY_INFORMATION) && !parts.owner.empty()) {
        TRY(text.append(u"O:"));
        TRY(append_sid(text, SidView::checked(parts.owner.data())));
    }
    if ((which & GROUP_SECURITY_INFORMATION) && !parts.group.empty()) {
        TRY(text.append(u"G:"));
        TRY(append_sid(text, SidView::checked(parts.group.data())));
    }
    uint32_t control = parts.control;
    if ((which & DACL_SECURITY_INFORMATION) && parts.has_dacl)
        TRY(append_list(text, u"D:", parts.dacl, control));
    if ((which & SACL_SECURITY_INFORMATION) && parts.has_sacl)
        TRY(append_list(text, u"S:", parts.sacl, control >> 1));
    return text;
}

}  // namespace base
