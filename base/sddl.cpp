// SPDX-License-Identifier: GPL-3.0-only
#include "base/sddl.hpp"

#include <string.h>

#include "abi/nt/ntstatus.h"
#include "base/descriptor.hpp"
#include "base/sddl_words.hpp"

namespace base {

namespace {

using namespace sddl;
using Text = std::u16string_view;

constexpr uint64_t kLargestAuthority = (uint64_t{1} << 48) - 1;

constexpr Failure<NTSTATUS> malformed() {
    return fail(STATUS_INVALID_PARAMETER);
}

bool take(Text& text, char16_t unit) {
    if (text.empty() || text.front() != unit) return false;
    text.remove_prefix(1);
    return true;
}

// Up to the delimiter, which goes too; null where there is none.
Result<Text> field(Text& text, char16_t delimiter) {
    size_t end = text.find(delimiter);
    if (end == text.npos) return malformed();
    Text found(text.data(), end);
    text.remove_prefix(end + 1);
    return found;
}

// One word of these that the text begins with. The longest counts: A is also the beginning of AU.
const Word* take_word(Text& text, std::span<const Word> words) {
    const Word* best = nullptr;
    for (const Word& word : words)
        if (starts_with_ignore_case(text, word.view()) && (!best || word.view().size() > best->view().size()))
            best = &word;
    if (best) text.remove_prefix(best->view().size());
    return best;
}

Result<uint32_t> parse_flags(Text text, std::span<const Word> words) {
    uint32_t flags = 0;
    while (!text.empty()) {
        const Word* word = take_word(text, words);
        if (!word) return malformed();
        flags |= word->value;
    }
    return flags;
}

Result<uint32_t> parse_number32(Text text) {
    bool hex = starts_with_ignore_case(text, u"0x");
    if (hex) text.remove_prefix(2);
    uint64_t value = 0;
    if (!parse_number(text, hex ? 16 : 10, value) || value > UINT32_MAX) return malformed();
    return static_cast<uint32_t>(value);
}

Result<ACCESS_MASK> parse_rights(Text text, uint8_t type) {
    if (!text.empty() && text.front() >= u'0' && text.front() <= u'9') return parse_number32(text);
    ACCESS_MASK mask = 0;
    while (!text.empty()) {
        const Word* word =
            take_word(text, type == SYSTEM_MANDATORY_LABEL_ACE_TYPE ? std::span<const Word>(kLabelRights)
                                                                    : std::span<const Word>(kRights));
        if (!word && type != SYSTEM_MANDATORY_LABEL_ACE_TYPE) word = take_word(text, kMasks);
        if (!word) return malformed();
        mask |= word->value;
    }
    return mask;
}

bool is_digit(char16_t unit) {
    return (unit >= u'0' && unit <= u'9') || (downcase(unit) >= u'a' && downcase(unit) <= u'f');
}

// 8-4-4-4-12 digits.
Result<GUID> parse_guid(Text text) {
    constexpr size_t kGroups[] = {8, 4, 4, 4, 12};
    uint8_t bytes[16] = {};
    size_t filled = 0;
    for (size_t group : kGroups) {
        if (group != 8 && !take(text, u'-')) return malformed();
        if (text.size() < group) return malformed();
        for (size_t i = 0; i < group; i += 2) {
            uint64_t byte = 0;
            Text digits(text.data() + i, 2);
            if (!is_digit(digits[0]) || !is_digit(digits[1]) || !parse_number(digits, 16, byte))
                return malformed();
            bytes[filled++] = static_cast<uint8_t>(byte);
        }
        text.remove_prefix(group);
    }
    if (!text.empty()) return malformed();
    GUID guid;
    guid.Data1 = uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
    guid.Data2 = static_cast<USHORT>(bytes[4] << 8 | bytes[5]);
    guid.Data3 = static_cast<USHORT>(bytes[6] << 8 | bytes[7]);
    memcpy(guid.Data4, bytes + 8, sizeof guid.Data4);
    return guid;
}

struct Entry {
    uint8_t type;
    uint8_t flags;
    ACCESS_MASK mask;
    Sid sid;
    GUID types[2];
    bool has_type[2];
};

Result<void> append_entry(AclBuilder& list, const Entry& entry) {
    if (Ace::layout(entry.type) == Ace::Layout::Plain)
        return list.append(entry.type, entry.flags, entry.mask, entry.sid);
    uint8_t bytes[12 + 2 * sizeof(GUID) + sizeof(Sid)] = {entry.type};
    size_t size = 8;
    uint32_t present = (entry.has_type[0] ? ACE_OBJECT_TYPE_PRESENT : 0u) |
                       (entry.has_type[1] ? ACE_INHERITED_OBJECT_TYPE_PRESENT : 0u);
    memcpy(bytes + size, &present, sizeof present);
    size += sizeof present;
    for (int i = 0; i < 2; ++i) {
        if (!entry.has_type[i]) continue;
        memcpy(bytes + size, &entry.types[i], sizeof(GUID));
        size += sizeof(GUID);
    }
    memcpy(bytes + size, entry.sid.bytes().data(), entry.sid.size());
    size += entry.sid.size();
    return list.append(Ace{bytes, entry.type, entry.flags, static_cast<uint16_t>(size)}, entry.flags,
                       entry.mask);
}

bool in_right_list(uint8_t type, bool system) {
    switch (type) {
        case ACCESS_ALLOWED_ACE_TYPE:
        case ACCESS_DENIED_ACE_TYPE:
        case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
        case ACCESS_DENIED_OBJECT_ACE_TYPE:
            return !system;
        default:
            return system;
    }
}

// What stands between the parentheses.
Result<Entry> parse_entry(Text text, bool system) {
    Entry entry{};
    Text type = TRY(field(text, u';'));
    const Word* word = take_word(type, kTypes);
    if (!word || !type.empty()) return malformed();
    entry.type = static_cast<uint8_t>(word->value);
    if (!in_right_list(entry.type, system)) return malformed();
    entry.flags = static_cast<uint8_t>(TRY(parse_flags(TRY(field(text, u';')), kEntryFlags)));
    entry.mask = TRY(parse_rights(TRY(field(text, u';')), entry.type));
    for (int i = 0; i < 2; ++i) {
        Text guid = TRY(field(text, u';'));
        entry.has_type[i] = !guid.empty();
        if (guid.empty()) continue;
        if (Ace::layout(entry.type) != Ace::Layout::Object) return malformed();
        entry.types[i] = TRY(parse_guid(guid));
    }
    entry.sid = TRY(parse_sid(text));
    return entry;
}

struct List {
    Vector<uint8_t> bytes;
    bool present = false;
    bool null = false;
};

Result<List> parse_list(Text& text, bool system, SECURITY_DESCRIPTOR_CONTROL& control) {
    List list;
    list.present = true;
    constexpr Text kNoList = u"NO_ACCESS_CONTROL";
    uint32_t flags = 0;
    while (!text.empty() && text.front() != u'(') {
        if (starts_with_ignore_case(text, kNoList)) {
            text.remove_prefix(kNoList.size());
            list.null = true;
            continue;
        }
        // The next part begins with its letter and a colon.
        if (text.size() > 1 && text[1] == u':') break;
        const Word* word = take_word(text, kListFlags);
        if (!word) return malformed();
        flags |= word->value;
    }
    control |= static_cast<SECURITY_DESCRIPTOR_CONTROL>(system ? flags << 1 : flags);
    AclBuilder builder;
    while (take(text, u'(')) {
        if (list.null) return malformed();
        TRY(append_entry(builder, TRY(parse_entry(TRY(field(text, u')')), system))));
    }
    if (!list.null) list.bytes = TRY(builder.finish());
    return list;
}

// Up to the next part's letter, which stands before a colon.
Text take_sid_text(Text& text) {
    size_t colon = text.find(u':');
    size_t end = colon == text.npos || colon == 0 ? text.size() : colon - 1;
    Text found(text.data(), end);
    text.remove_prefix(end);
    return found;
}

struct Holder {
    Sid owner, group;
    bool has_owner = false, has_group = false;
    List dacl, sacl;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
};

Result<void> parse_part(char16_t letter, Text& text, Holder& into) {
    switch (letter) {
        case u'O':
        case u'G': {
            bool owner = letter == u'O';
            bool& has = owner ? into.has_owner : into.has_group;
            if (has) return malformed();
            has = true;
            (owner ? into.owner : into.group) = TRY(parse_sid(take_sid_text(text)));
            return {};
        }
        case u'D':
        case u'S': {
            bool system = letter == u'S';
            List& list = system ? into.sacl : into.dacl;
            if (list.present) return malformed();
            list = TRY(parse_list(text, system, into.control));
            return {};
        }
        default:
            return malformed();
    }
}

}  // namespace

Result<Sid> parse_sid(Text text) {
    for (const Name& name : kNames)
        if (equal_ignore_case(text, name.view())) return name.sid;
    if (!starts_with_ignore_case(text, u"S-1-")) return fail(STATUS_INVALID_SID);
    text.remove_prefix(4);
    uint8_t bytes[sizeof(Sid)] = {SID_REVISION};
    for (int part = -1;; ++part) {
        size_t dash = text.find(u'-');
        Text digits(text.data(), dash == text.npos ? text.size() : dash);
        bool hex = starts_with_ignore_case(digits, u"0x");
        if (hex) digits.remove_prefix(2);
        uint64_t value = 0;
        if (!parse_number(digits, hex ? 16 : 10, value)) return fail(STATUS_INVALID_SID);
        if (part < 0) {
            if (value > kLargestAuthority) return fail(STATUS_INVALID_SID);
            for (int i = 0; i < 6; ++i)
                bytes[2 + i] = static_cast<uint8_t>(value >> (40 - 8 * i));
        } else {
            if (part >= SID_MAX_SUB_AUTHORITIES || value > UINT32_MAX) return fail(STATUS_INVALID_SID);
            auto word = static_cast<uint32_t>(value);
            memcpy(bytes + 8 + 4 * part, &word, sizeof word);
            bytes[1] = static_cast<uint8_t>(part + 1);
        }
        if (dash == text.npos) break;
        text.remove_prefix(dash + 1);
    }
    return Sid::parse(bytes);
}

Result<Vector<uint8_t>> parse_sddl(Text text) {
    Holder holder;
    while (!text.empty()) {
        if (text.size() < 2 || text[1] != u':') return malformed();
        char16_t letter = upcase(text[0]);
        text.remove_prefix(2);
        TRY(parse_part(letter, text, holder));
    }
    Parts parts;
    if (holder.has_owner) parts.owner = holder.owner.bytes();
    if (holder.has_group) parts.group = holder.group.bytes();
    parts.has_dacl = holder.dacl.present;
    parts.has_sacl = holder.sacl.present;
    parts.dacl = holder.dacl.bytes.span();
    parts.sacl = holder.sacl.bytes.span();
    parts.control = holder.control;
    return build_descriptor(parts);
}

}  // namespace base
