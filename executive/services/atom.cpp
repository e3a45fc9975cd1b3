// SPDX-License-Identifier: GPL-3.0-only
//
// Services on the global atom table.
#include <algorithm>

#include "base/format.hpp"
#include "executive/ex/atom_table.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/answer.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

using ex::AtomTable;

[[clang::no_destroy]] constinit AtomTable g_atoms;

// An atom that is not made from a name: its number lies in the pointer's place.
constexpr uint64_t kFirstPointer = 0x10000;

struct AtomName {
    RTL_ATOM number = 0;  // 0: the text counts
    String text;
};

Result<AtomName> capture_name(ke::Call& call, ke::UserInBuffer in) {
    AtomName name;
    if (in.address < kFirstPointer) {
        if (in.address == 0 || in.address >= AtomTable::kFirstNamed) return fail(STATUS_INVALID_PARAMETER);
        name.number = static_cast<RTL_ATOM>(in.address);
        return name;
    }
    size_t units = in.length / sizeof(char16_t);
    if (units > AtomTable::kMaximumName) return fail(STATUS_INVALID_PARAMETER);
    char16_t text[AtomTable::kMaximumName];
    TRY(call.memory().copy_in(text, in.address, units * sizeof(char16_t)));
    std::u16string_view view(text, units);
    view = view.substr(0, view.find(u'\0'));
    if (view.empty()) return fail(STATUS_OBJECT_NAME_INVALID);
    name.number = TRY(ex::integer_atom(view));
    if (!name.number) name.text = TRY(String::create(view));
    return name;
}

struct Described {
    ATOM_BASIC_INFORMATION basic{};
    String name;
};

Result<Described> describe(RTL_ATOM number) {
    Described described;
    described.basic.UsageCount = 1;
    if (number == 0) return fail(STATUS_INVALID_PARAMETER);
    if (number < AtomTable::kFirstNamed) {
        char digits[8];
        std::string_view text = format(digits, "#{}", number);
        described.name = TRY(String::from_utf8(text));
    } else {
        AtomTable::Atom* atom = g_atoms.at(number);
        if (!atom) return fail(STATUS_INVALID_HANDLE);
        described.basic.UsageCount = atom->uses;
        described.basic.Flags = atom->pinned;
        described.name = TRY(String::create(atom->name));
    }
    described.basic.NameLength = static_cast<USHORT>(described.name.length() * sizeof(char16_t));
    return described;
}

NTSTATUS give_basic(ke::Call& call, const NtQueryInformationAtomArgs& args) {
    Described described = TRY(describe(args.Atom));
    ob::Answer answer(args.AtomInformation);
    TRY(answer.append(&described.basic, offsetof(ATOM_BASIC_INFORMATION, Name)));
    TRY(answer.append_text(described.name));
    TRY(answer.append(char16_t{0}));
    bool header_fits = args.AtomInformation.length >= sizeof(ATOM_BASIC_INFORMATION);
    return answer.deliver(call, args.ReturnLength,
                          header_fits ? STATUS_BUFFER_TOO_SMALL : STATUS_INFO_LENGTH_MISMATCH);
}

// The count, which is written last, and the numbers; in slices, since there may be 16,384 of them.
NTSTATUS give_table(ke::Call& call, const NtQueryInformationAtomArgs& args) {
    constexpr uint64_t kHeader = sizeof(ULONG);
    constexpr uint64_t kBehind = 0x10000;
    ke::Slice slice;
    uint64_t count = call.progress().done;
    const uint64_t begin = std::max<uint64_t>(call.progress().cursor, AtomTable::kFirstNamed);
    for (uint64_t number = begin; number < kBehind; ++number) {
        if (number % 64 == 0 && number > begin && slice.over())
            return call.again({.done = count, .cursor = number});
        AtomTable::Atom* atom = g_atoms.at(static_cast<RTL_ATOM>(number));
        if (!atom) continue;
        uint64_t at = kHeader + count++ * sizeof(RTL_ATOM);
        if (at + sizeof(RTL_ATOM) > args.AtomInformation.length) continue;
        TRY(call.memory().copy_out(args.AtomInformation.address + at, &atom->number, sizeof atom->number));
    }
    uint64_t length = kHeader + count * sizeof(RTL_ATOM);
    TRY(call.write(args.ReturnLength, static_cast<ULONG>(length)));
    if (length > args.AtomInformation.length) return STATUS_INFO_LENGTH_MISMATCH;
    auto total = static_cast<ULONG>(count);
    return to_status(call.copy_out(args.AtomInformation, &total, sizeof total));
}

}  // namespace

NTSTATUS NtAddAtom(ke::Call& call, const NtAddAtomArgs& args) {
    AtomName name = TRY(capture_name(call, args.AtomName));
    TRY(call.probe(args.Atom));
    if (!name.number) name.number = TRY(g_atoms.add(name.text));
    return to_status(call.write(args.Atom, name.number));
}

NTSTATUS NtFindAtom(ke::Call& call, const NtFindAtomArgs& args) {
    AtomName name = TRY(capture_name(call, args.AtomName));
    if (!name.number) {
        AtomTable::Atom* atom = g_atoms.find(name.text);
        if (!atom) return STATUS_OBJECT_NAME_NOT_FOUND;
        name.number = atom->number;
    }
    return to_status(call.write(args.Atom, name.number));
}

NTSTATUS NtDeleteAtom(ke::Call&, const NtDeleteAtomArgs& args) {
    if (args.Atom == 0) return STATUS_INVALID_HANDLE;
    if (args.Atom < AtomTable::kFirstNamed) return STATUS_SUCCESS;
    return to_status(g_atoms.remove(args.Atom));
}

NTSTATUS NtQueryInformationAtom(ke::Call& call, const NtQueryInformationAtomArgs& args) {
    switch (args.AtomInformationClass) {
        case AtomBasicInformation:
            return give_basic(call, args);
        case AtomTableInformation:
            return give_table(call, args);
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
