// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "executive/ex/atom_table.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using test::Fixture;

class Atoms : public testing::Test, public Fixture {
protected:
    ke::UserInBuffer name(std::u16string_view text) {
        uint64_t address = client.user.allocate(text.size() * 2 + 2);
        EXPECT_TRUE(client.user.copy_out(address, text.data(), text.size() * 2));
        return {address, text.size() * 2};
    }
    NTSTATUS add(std::u16string_view text) {
        auto in = name(text);
        return NtAddAtom(call(), {in, static_cast<ULONG>(in.length), atom_});
    }
    NTSTATUS find(std::u16string_view text) {
        auto in = name(text);
        return NtFindAtom(call(), {in, static_cast<ULONG>(in.length), atom_});
    }
    ke::UserOut<USHORT> atom_ = out<USHORT>();
};

TEST_F(Atoms, CountedByName) {
    ASSERT_EQ(add(u"Neptune"), STATUS_SUCCESS);
    USHORT first = get(atom_);
    EXPECT_GE(first, 0xc000);
    ASSERT_EQ(add(u"NEPTUNE"), STATUS_SUCCESS);
    EXPECT_EQ(get(atom_), first);
    EXPECT_EQ(NtDeleteAtom(call(), {first}), STATUS_SUCCESS);
    EXPECT_EQ(find(u"neptune"), STATUS_SUCCESS);
    EXPECT_EQ(NtDeleteAtom(call(), {first}), STATUS_SUCCESS);
    EXPECT_EQ(find(u"neptune"), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(NtDeleteAtom(call(), {first}), STATUS_INVALID_HANDLE);
}

TEST_F(Atoms, Numbers) {
    ASSERT_EQ(add(u"#123"), STATUS_SUCCESS);
    EXPECT_EQ(get(atom_), 123);
    EXPECT_EQ(add(u"#0"), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(add(u"#49152"), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtAddAtom(call(), {{0x1234, 0}, 0, atom_}), STATUS_SUCCESS);
    EXPECT_EQ(get(atom_), 0x1234);
    EXPECT_EQ(NtAddAtom(call(), {{0xc000, 0}, 0, atom_}), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtAddAtom(call(), {{0, 0}, 0, atom_}), STATUS_INVALID_PARAMETER);
}

TEST_F(Atoms, BadNamesAndQueries) {
    EXPECT_EQ(add(u""), STATUS_OBJECT_NAME_INVALID);
    EXPECT_EQ(add(std::u16string(256, u'x')), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtAddAtom(call(), {{test::kUnmapped, 8}, 8, atom_}), STATUS_ACCESS_VIOLATION);
    ASSERT_EQ(add(u"Told"), STATUS_SUCCESS);
    USHORT atom = get(atom_);
    uint64_t buffer = client.user.allocate(128);
    auto length = out<ULONG>();
    EXPECT_EQ(NtQueryInformationAtom(call(), {atom, AtomBasicInformation, {buffer, 128}, 128, length}),
              STATUS_SUCCESS);
    EXPECT_EQ(client.user.get<USHORT>(buffer + 4), 8u);
    EXPECT_EQ(NtQueryInformationAtom(call(), {atom, AtomBasicInformation, {buffer, 4}, 4, length}),
              STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(NtQueryInformationAtom(call(), {atom, AtomBasicInformation, {buffer, 9}, 9, length}),
              STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(NtQueryInformationAtom(call(), {0xfff0, AtomBasicInformation, {buffer, 128}, 128, length}),
              STATUS_INVALID_HANDLE);
    EXPECT_EQ(NtQueryInformationAtom(call(), {atom, AtomTableInformation, {buffer, 128}, 128, length}),
              STATUS_SUCCESS);
    EXPECT_EQ(NtQueryInformationAtom(call(), {atom, 7, {buffer, 128}, 128, length}),
              STATUS_INVALID_INFO_CLASS);
}

TEST(AtomTable, IsBounded) {
    ex::AtomTable table;
    NTSTATUS error = STATUS_SUCCESS;
    for (unsigned i = 0; i < 0x4100; ++i) {
        std::u16string name = u"n";
        for (unsigned digit = i; digit; digit /= 10)
            name += static_cast<char16_t>(u'0' + digit % 10);
        auto added = table.add(name);
        if (!added) error = added.error();
    }
    EXPECT_EQ(error, STATUS_NO_MEMORY);
}

// By bytes too: names as long as they may be are not the memory of everybody. What goes makes room.
TEST(AtomTable, LongNamesFillItSooner) {
    ex::AtomTable table;
    std::vector<RTL_ATOM> atoms;
    base::Result<RTL_ATOM> added = RTL_ATOM{};
    auto add = [&table](size_t number) {
        std::u16string name(ex::AtomTable::kMaximumName, u'x');
        for (size_t at = 0; number; number /= 10)
            name[at++] = static_cast<char16_t>(u'0' + number % 10);
        return table.add(name);
    };
    for (size_t i = 0; i < 0x4000 && (added = add(i)); ++i)
        atoms.push_back(*added);
    EXPECT_EQ(added.error(), STATUS_NO_MEMORY);
    EXPECT_LE(atoms.size() * ex::AtomTable::kMaximumName * sizeof(char16_t), size_t{2} << 20);
    ASSERT_FALSE(atoms.empty());
    EXPECT_TRUE(table.remove(atoms.back()));
    EXPECT_TRUE(add(0x4000));
}

}  // namespace
