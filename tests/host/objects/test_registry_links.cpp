// SPDX-License-Identifier: GPL-3.0-only
//
// Long walks along the registry's links, by slices.
#include <gtest/gtest.h>

#include <string>

#include "executive/cm/cm.hpp"
#include "executive/ke/slice.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

constexpr std::u16string_view kBase = u"\\Registry\\Machine\\Software\\Links";

class RegistryLinks : public testing::Test, public test::Fixture {
protected:
    ~RegistryLinks() override {
        client.table.close_all();
        remove_tree(*MUST(cm::open_key(kBase)));
    }
    static void remove_tree(cm::Key& key) {
        while (auto child = cm::subkey(key, 0))
            remove_tree(*child);
        EXPECT_TRUE(key.remove());
    }
    HANDLE create(std::u16string_view name, HANDLE root, ULONG options = REG_OPTION_VOLATILE) {
        auto handle = out<HANDLE>();
        auto attributes = named(name, OBJ_CASE_INSENSITIVE, root);
        EXPECT_EQ(NtCreateKey(call(), {handle, KEY_ALL_ACCESS, attributes, 0, {}, options, {}}),
                  STATUS_SUCCESS);
        return get(handle);
    }
    void lead(HANDLE link, std::u16string_view target) {
        auto length = static_cast<ULONG>(target.size() * sizeof(char16_t));
        uint64_t address = client.user.allocate(length);
        ASSERT_TRUE(client.user.copy_out(address, target.data(), length));
        auto name = text(u"SymbolicLinkValue");
        ASSERT_EQ(test::finish(NtSetValueKey(call(), {link, name, 0, REG_LINK, {address, length}, length})),
                  STATUS_SUCCESS);
    }
    // A service that answers "again" is called again.
    template <typename Service>
    NTSTATUS repeat(Service service) {
        NTSTATUS status;
        while ((status = service()) == STATUS_RETRY) {
        }
        call().forget_progress();
        return status;
    }
};

TEST_F(RegistryLinks, AreFollowedInSlices) {
    std::u16string deep(kBase);
    HANDLE last = create(kBase, nullptr);
    for (int i = 0; i < 100; ++i) {
        last = create(u"Deep", last);
        deep += u"\\Deep";
    }
    for (char16_t name = u'a'; name < u'u'; ++name)
        lead(create({&name, 1}, last, REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE),
             deep + u'\\' + static_cast<char16_t>(name + 1));
    struct ShortSlices {
        uint64_t usual = std::exchange(ke::slice_ticks, 0);
        ~ShortSlices() { ke::slice_ticks = usual; }
    } slices;
    auto handle = out<HANDLE>();
    auto attributes = named(u"a\\x", OBJ_CASE_INSENSITIVE, last);
    unsigned calls = 0;
    auto open = [&] {
        ++calls;
        return NtOpenKey(call(), {handle, KEY_READ, attributes});
    };
    EXPECT_EQ(repeat(open), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_GT(calls, 500u);
    create(u"u", last);
    auto make = [&] {
        return NtCreateKey(call(), {handle, KEY_ALL_ACCESS, attributes, 0, {}, REG_OPTION_VOLATILE, {}});
    };
    EXPECT_EQ(repeat(make), STATUS_SUCCESS);
    EXPECT_EQ(repeat(open), STATUS_SUCCESS);
    // A walk that is given up, or that another name takes the place of, leaves nothing.
    uint64_t used = client.limit.used();
    EXPECT_EQ(open(), STATUS_RETRY);
    EXPECT_GT(client.limit.used(), used);
    auto other = named(u"none", OBJ_CASE_INSENSITIVE, last);
    EXPECT_EQ(NtOpenKey(call(), {handle, KEY_READ, other}), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(client.limit.used(), used);
    EXPECT_EQ(open(), STATUS_RETRY);
    call().forget_progress();
    EXPECT_EQ(client.limit.used(), used);
}

}  // namespace
