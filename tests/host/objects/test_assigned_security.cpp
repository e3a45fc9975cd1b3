// SPDX-License-Identifier: GPL-3.0-only
//
// Descriptors of what programs make: of named objects and of keys, asked for, inherited, or by default; and
// labels. Right is what NT documents for SeAssignSecurity, ZwSetSecurityObject and the mandatory labels.
#include <gtest/gtest.h>

#include <vector>

#include "abi/nt/ntregapi.h"
#include "base/descriptor.hpp"
#include "executive/cm/cm.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using base::Sid;

constexpr Sid kUser{5, {21, 1, 2, 3}}, kStranger{5, {21, 9, 9, 9}}, kNobody{5, {21, 1, 2, 513}};
constexpr uint8_t kAllow = ACCESS_ALLOWED_ACE_TYPE, kOi = OBJECT_INHERIT_ACE, kCi = CONTAINER_INHERIT_ACE,
                  kIo = INHERIT_ONLY_ACE, kId = INHERITED_ACE;

struct Entry {
    uint8_t type, flags;
    ACCESS_MASK mask;
    Sid sid;
    bool operator==(const Entry& other) const {
        return type == other.type && flags == other.flags && mask == other.mask && sid == other.sid;
    }
};
using Entries = std::vector<Entry>;

base::Vector<uint8_t> list_of(const Entries& entries) {
    base::AclBuilder list;
    for (const Entry& entry : entries)
        MUST(list.append(entry.type, entry.flags, entry.mask, entry.sid));
    return MUST(list.finish());
}

Entries entries_of(std::span<const uint8_t> acl) {
    Entries entries;
    base::AceReader reader(acl);
    base::Ace ace;
    while (reader.next(ace))
        entries.push_back({ace.type, ace.flags, ace.mask(), Sid(ace.sid())});
    return entries;
}

Entry label(ULONG level) {
    return {SYSTEM_MANDATORY_LABEL_ACE_TYPE, 0, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, Sid(16, {level})};
}

// An ordinary user, of this integrity.
base::Ref<se::Token> user(ULONG integrity, std::initializer_list<ULONG> privileges = {}) {
    se::Token::Content content;
    content.sids = MUST(se::SidSet::create());
    for (const Sid& sid : {kUser, base::kEveryone, kNobody}) {
        MUST(content.sids->add(sid));
        MUST(content.attributes.push_back(SE_GROUP_MANDATORY | SE_GROUP_ENABLED));
    }
    content.primary_group = 2;
    content.integrity = integrity;
    for (ULONG privilege : privileges) {
        content.privileges.present |= se::Privileges::bit(privilege);
        content.privileges.enabled |= se::Privileges::bit(privilege);
    }
    content.default_dacl = list_of({{kAllow, 0, GENERIC_ALL, kUser}});
    return MUST(se::Token::create(std::move(content)));
}

class AssignedSecurity : public testing::Test, public test::Fixture {
protected:
    ~AssignedSecurity() override { client.table.close_all(); }

    // A descriptor in the caller's memory.
    uint64_t put(const base::Parts& parts) {
        auto bytes = MUST(base::build_descriptor(parts));
        uint64_t address = client.user.allocate(bytes.size());
        EXPECT_TRUE(client.user.copy_out(address, bytes.data(), bytes.size()));
        return address;
    }
    uint64_t put_dacl(const Entries& entries) {
        auto list = list_of(entries);
        base::Parts parts;
        parts.has_dacl = true;
        parts.dacl = list.span();
        return put(parts);
    }
    uint64_t put_sacl(const Entries& entries) {
        auto list = list_of(entries);
        base::Parts parts;
        parts.has_sacl = true;
        parts.sacl = list.span();
        return put(parts);
    }
    uint64_t put_owner(const Sid& owner) {
        base::Parts parts;
        parts.owner = owner.bytes();
        return put(parts);
    }
    ke::UserIn<OBJECT_ATTRIBUTES> with(std::u16string_view name, uint64_t descriptor, HANDLE root = nullptr) {
        auto in = name.empty()
                      ? ke::UserIn<OBJECT_ATTRIBUTES>(client.user.allocate(sizeof(OBJECT_ATTRIBUTES)))
                      : named(name, OBJ_CASE_INSENSITIVE, root);
        auto attributes = client.user.get<OBJECT_ATTRIBUTES>(in.address());
        attributes.Length = sizeof attributes;
        attributes.SecurityDescriptor = reinterpret_cast<PVOID>(descriptor);
        EXPECT_TRUE(client.user.copy_out(in.address(), &attributes, sizeof attributes));
        return in;
    }
    NTSTATUS try_event(std::u16string_view name, uint64_t descriptor, ACCESS_MASK access = EVENT_ALL_ACCESS,
                       HANDLE root = nullptr) {
        return NtCreateEvent(call(),
                             {handle_, access, with(name, descriptor, root), NotificationEvent, FALSE});
    }
    HANDLE event(std::u16string_view name, uint64_t descriptor = 0, HANDLE root = nullptr) {
        EXPECT_EQ(try_event(name, descriptor, EVENT_ALL_ACCESS, root), STATUS_SUCCESS);
        return get(handle_);
    }
    HANDLE directory(std::u16string_view name, uint64_t descriptor = 0, HANDLE root = nullptr) {
        EXPECT_EQ(
            NtCreateDirectoryObject(call(), {handle_, DIRECTORY_ALL_ACCESS, with(name, descriptor, root)}),
            STATUS_SUCCESS);
        return get(handle_);
    }
    NTSTATUS try_key(std::u16string_view path, ACCESS_MASK access, uint64_t descriptor = 0) {
        return NtCreateKey(call(), {handle_, access, with(path, descriptor), 0, {}, 0, {}});
    }
    HANDLE key(std::u16string_view path, uint64_t descriptor = 0) {
        EXPECT_EQ(try_key(path, KEY_ALL_ACCESS, descriptor), STATUS_SUCCESS);
        return get(handle_);
    }
    NTSTATUS open_key(std::u16string_view path, ACCESS_MASK access) {
        return NtOpenKey(call(), {handle_, access, named(path)});
    }
    ob::Object& object(HANDLE handle) { return *client.table.find(handle)->object; }
    ACCESS_MASK granted(HANDLE handle) { return client.table.find(handle)->access; }
    base::Parts parts(HANDLE handle) { return base::parts_of(object(handle).security()); }
    Entries dacl(HANDLE handle) { return entries_of(parts(handle).dacl); }
    Entries sacl(HANDLE handle) { return entries_of(parts(handle).sacl); }
    NTSTATUS set(HANDLE handle, SECURITY_INFORMATION which, uint64_t descriptor) {
        return test::finish(
            NtSetSecurityObject(call(), {handle, which, reinterpret_cast<PVOID>(descriptor)}));
    }

    ke::UserOut<HANDLE> handle_ = out<HANDLE>();
};

TEST_F(AssignedSecurity, ANamedObjectHasTheDefaultOfItsMaker) {
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    HANDLE made = event(u"\\BaseNamedObjects\\assigned");
    EXPECT_EQ(Sid(base::SidView::checked(parts(made).owner.data())), kUser);
    EXPECT_EQ(Sid(base::SidView::checked(parts(made).group.data())), kNobody);
    EXPECT_EQ(dacl(made), (Entries{{kAllow, 0, EVENT_ALL_ACCESS, kUser}}));
    EXPECT_FALSE(parts(made).has_sacl) << "Medium is what has no label";
    HANDLE folder = directory(u"\\BaseNamedObjects\\folder");
    EXPECT_EQ(dacl(folder), (Entries{{kAllow, 0, DIRECTORY_ALL_ACCESS, kUser}}));
    EXPECT_FALSE(dacl(directory({})).empty()) << "directories always have one";
}

TEST_F(AssignedSecurity, AnUnnamedObjectHasWhatIsAskedForOrNone) {
    HANDLE bare = event({});
    EXPECT_TRUE(object(bare).security().empty());
    uint64_t asked = put_dacl({{kAllow, 0, GENERIC_READ, base::kEveryone}});
    EXPECT_EQ(set(bare, DACL_SECURITY_INFORMATION, asked), STATUS_NO_SECURITY_ON_OBJECT);
    HANDLE made = event({}, asked);
    EXPECT_EQ(dacl(made), (Entries{{kAllow, 0, STANDARD_RIGHTS_READ | EVENT_QUERY_STATE, base::kEveryone}}));
    EXPECT_FALSE(parts(made).owner.empty());
}

TEST_F(AssignedSecurity, DirectoriesHandDown) {
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    uint64_t asked = put_dacl({{kAllow, 0, DIRECTORY_ALL_ACCESS, kUser},
                               {kAllow, kOi | kIo, GENERIC_READ, base::kEveryone},
                               {kAllow, kCi | kOi | kIo, GENERIC_ALL, base::kCreatorOwner}});
    HANDLE folder = directory(u"\\BaseNamedObjects\\giver", asked);
    HANDLE made = event(u"inner", 0, folder);
    EXPECT_EQ(dacl(made), (Entries{{kAllow, 0, STANDARD_RIGHTS_READ | EVENT_QUERY_STATE, base::kEveryone},
                                   {kAllow, 0, EVENT_ALL_ACCESS, kUser}}));
    HANDLE inner = directory(u"folder", 0, folder);
    EXPECT_EQ(dacl(inner), (Entries{{kAllow, kOi | kIo, GENERIC_READ, base::kEveryone},
                                    {kAllow, 0, DIRECTORY_ALL_ACCESS, kUser},
                                    {kAllow, kCi | kOi | kIo, GENERIC_ALL, base::kCreatorOwner}}));
    uint64_t own = put_dacl({{kAllow, 0, EVENT_QUERY_STATE, kStranger}});
    EXPECT_EQ(dacl(event(u"explicit", own, folder)), (Entries{{kAllow, 0, EVENT_QUERY_STATE, kStranger}}));
}

TEST_F(AssignedSecurity, OwnersListsAndLabelsTakeWhatTheyTake) {
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    constexpr std::u16string_view kName = u"\\BaseNamedObjects\\asks";
    Entry audit{SYSTEM_AUDIT_ACE_TYPE, SUCCESSFUL_ACCESS_ACE_FLAG, EVENT_MODIFY_STATE, base::kEveryone};
    EXPECT_EQ(try_event(kName, put_owner(kStranger)), STATUS_INVALID_OWNER);
    EXPECT_EQ(try_event(kName, put_sacl({audit})), STATUS_PRIVILEGE_NOT_HELD);
    EXPECT_EQ(try_event(kName, put_sacl({label(SECURITY_MANDATORY_HIGH_RID)})), STATUS_PRIVILEGE_NOT_HELD);
    EXPECT_EQ(try_event(kName, put_sacl({label(SECURITY_MANDATORY_LOW_RID)})), STATUS_SUCCESS);
    EXPECT_EQ(try_event(u"\\BaseNamedObjects\\x", 0, EVENT_ALL_ACCESS | ACCESS_SYSTEM_SECURITY),
              STATUS_PRIVILEGE_NOT_HELD);
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID,
                         {SE_SECURITY_PRIVILEGE, SE_RELABEL_PRIVILEGE, SE_RESTORE_PRIVILEGE});
    HANDLE made = event(u"\\BaseNamedObjects\\may", put_sacl({audit, label(SECURITY_MANDATORY_HIGH_RID)}));
    EXPECT_EQ(sacl(made), (Entries{audit, label(SECURITY_MANDATORY_HIGH_RID)}));
    event(u"\\BaseNamedObjects\\given", put_owner(kStranger));
    ASSERT_EQ(try_event(u"\\BaseNamedObjects\\y", 0, EVENT_ALL_ACCESS | ACCESS_SYSTEM_SECURITY),
              STATUS_SUCCESS);
    EXPECT_EQ(granted(get(handle_)), EVENT_ALL_ACCESS | ACCESS_SYSTEM_SECURITY);
}

TEST_F(AssignedSecurity, WhoIsBelowMediumLabelsWhatItMakes) {
    client.acting = user(SECURITY_MANDATORY_LOW_RID);
    HANDLE folder = directory(u"\\BaseNamedObjects\\lows");
    EXPECT_EQ(sacl(folder), (Entries{label(SECURITY_MANDATORY_LOW_RID)}));
    EXPECT_EQ(sacl(event(u"low", 0, folder)), (Entries{label(SECURITY_MANDATORY_LOW_RID)}));
    EXPECT_EQ(try_event(u"high", put_sacl({label(SECURITY_MANDATORY_MEDIUM_RID)}), EVENT_ALL_ACCESS, folder),
              STATUS_PRIVILEGE_NOT_HELD);
}

TEST_F(AssignedSecurity, BitsThatATypeHasNotAreDropped) {
    constexpr ACCESS_MASK kUnknown = 0x8000;
    EXPECT_EQ(try_event({}, 0, EVENT_QUERY_STATE | kUnknown), STATUS_SUCCESS);
    EXPECT_EQ(granted(get(handle_)), ACCESS_MASK{EVENT_QUERY_STATE});
    EXPECT_EQ(try_event({}, 0, MAXIMUM_ALLOWED), STATUS_SUCCESS);
    EXPECT_EQ(granted(get(handle_)), ACCESS_MASK{EVENT_ALL_ACCESS});
}

TEST_F(AssignedSecurity, LabelsAreSet) {
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID, {SE_SECURITY_PRIVILEGE});
    Entry audit{SYSTEM_AUDIT_ACE_TYPE, SUCCESSFUL_ACCESS_ACE_FLAG, EVENT_MODIFY_STATE, base::kEveryone};
    ASSERT_EQ(try_event(u"\\BaseNamedObjects\\labelled", put_sacl({audit}),
                        EVENT_ALL_ACCESS | ACCESS_SYSTEM_SECURITY),
              STATUS_SUCCESS);
    HANDLE made = get(handle_);
    constexpr SECURITY_INFORMATION kLabel = LABEL_SECURITY_INFORMATION;
    EXPECT_EQ(set(made, kLabel, put_sacl({label(SECURITY_MANDATORY_LOW_RID)})), STATUS_SUCCESS);
    EXPECT_EQ(sacl(made), (Entries{audit, label(SECURITY_MANDATORY_LOW_RID)})) << "auditing stays";
    EXPECT_EQ(set(made, SACL_SECURITY_INFORMATION, put_sacl({})), STATUS_SUCCESS);
    EXPECT_EQ(sacl(made), (Entries{label(SECURITY_MANDATORY_LOW_RID)})) << "the label stays";
    EXPECT_EQ(set(made, kLabel, put_sacl({label(SECURITY_MANDATORY_HIGH_RID)})), STATUS_PRIVILEGE_NOT_HELD);
    Entry bad{SYSTEM_MANDATORY_LABEL_ACE_TYPE, 0, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, kUser};
    EXPECT_EQ(set(made, kLabel, put_sacl({bad})), STATUS_INVALID_LABEL);
    // Without WRITE_OWNER there is no labelling.
    auto weak = client.table.insert(base::Ref<ob::Object>(object(made)), EVENT_ALL_ACCESS & ~WRITE_OWNER, 0);
    EXPECT_EQ(set(*weak, kLabel, put_sacl({label(SECURITY_MANDATORY_LOW_RID)})), STATUS_ACCESS_DENIED);
    // A low one cannot raise its object to Medium by taking the label off.
    client.acting = user(SECURITY_MANDATORY_LOW_RID);
    EXPECT_EQ(set(made, kLabel, put_sacl({})), STATUS_PRIVILEGE_NOT_HELD);
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    EXPECT_EQ(set(made, kLabel, put_sacl({})), STATUS_SUCCESS);
    EXPECT_TRUE(sacl(made).empty());
}

TEST_F(AssignedSecurity, NamesInTheSystemsDirectories) {
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    for (const char16_t* path : {u"\\KnownDlls\\x", u"\\Device\\x", u"\\Driver\\x", u"\\ObjectTypes\\x",
                                 u"\\Sessions\\1\\x", u"\\x"})
        EXPECT_EQ(try_event(path, 0), STATUS_ACCESS_DENIED);
    EXPECT_EQ(try_event(u"\\RPC Control\\x", 0), STATUS_SUCCESS);
    // What the system puts among the known images is for all to read.
    client.acting = nullptr;
    HANDLE image = event(u"\\KnownDlls\\image");
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    EXPECT_EQ(NtOpenEvent(call(), {handle_, GENERIC_READ, named(u"\\KnownDlls\\image")}), STATUS_SUCCESS);
    EXPECT_EQ(NtOpenEvent(call(), {handle_, EVENT_MODIFY_STATE, named(u"\\KnownDlls\\image")}),
              STATUS_ACCESS_DENIED);
    client.table.close(image).error();
}

// --- keys

class AssignedKeys : public AssignedSecurity {
protected:
    static constexpr std::u16string_view kBase = u"\\Registry\\Machine\\Software\\Rights";
    AssignedKeys() { base_ = key(kBase, put_dacl({{kAllow, kCi, KEY_ALL_ACCESS, kUser}})); }
    ~AssignedKeys() override {
        client.table.close_all();
        remove_tree(*MUST(cm::open_key(kBase)));
    }
    static void remove_tree(cm::Key& key) {
        while (auto child = cm::subkey(key, 0))
            remove_tree(*child);
        EXPECT_TRUE(key.remove());
    }
    static std::u16string below(std::u16string_view name) {
        return std::u16string(kBase) + u"\\" + std::u16string(name);
    }
    HANDLE base_;
};

TEST_F(AssignedKeys, InheritFromTheirParent) {
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    EXPECT_EQ(dacl(base_), (Entries{{kAllow, kCi, KEY_ALL_ACCESS, kUser},
                                    {kAllow, kCi | kId, KEY_READ, base::kEveryone},
                                    {kAllow, kCi | kId, KEY_ALL_ACCESS, base::kLocalSystem},
                                    {kAllow, kCi | kId, KEY_ALL_ACCESS, base::kAdministrators}}));
    HANDLE child = key(below(u"child"));
    EXPECT_EQ(dacl(child), (Entries{{kAllow, kCi | kId, KEY_ALL_ACCESS, kUser},
                                    {kAllow, kCi | kId, KEY_READ, base::kEveryone},
                                    {kAllow, kCi | kId, KEY_ALL_ACCESS, base::kLocalSystem},
                                    {kAllow, kCi | kId, KEY_ALL_ACCESS, base::kAdministrators}}));
    EXPECT_EQ(Sid(base::SidView::checked(parts(child).owner.data())), kUser);
    HANDLE grandchild = key(below(u"child\\grandchild"));
    EXPECT_EQ(object(child).descriptor(), object(grandchild).descriptor()) << "kept once";
}

TEST_F(AssignedKeys, AreCheckedAtOpen) {
    uint64_t closed = put_dacl({{kAllow, 0, KEY_READ, kStranger}});
    key(below(u"closed"), closed);
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    EXPECT_EQ(open_key(below(u"closed"), KEY_SET_VALUE), STATUS_SUCCESS) << "what it inherits opens it";
    EXPECT_EQ(open_key(u"\\Registry\\Machine\\Software", KEY_READ), STATUS_SUCCESS);
    EXPECT_EQ(open_key(u"\\Registry\\Machine\\Software", KEY_SET_VALUE), STATUS_ACCESS_DENIED);
    EXPECT_EQ(open_key(u"\\Registry\\Machine\\Software", DELETE), STATUS_ACCESS_DENIED);
    EXPECT_EQ(open_key(u"\\Registry\\User\\.Default", KEY_SET_VALUE), STATUS_ACCESS_DENIED);
    EXPECT_EQ(try_key(u"\\Registry\\Machine\\Software\\Mine", KEY_READ), STATUS_ACCESS_DENIED);
    EXPECT_EQ(try_key(below(u"mine"), KEY_READ), STATUS_SUCCESS);
    EXPECT_EQ(open_key(below(u"mine"), MAXIMUM_ALLOWED), STATUS_SUCCESS);
    EXPECT_EQ(granted(get(handle_)), ACCESS_MASK{KEY_ALL_ACCESS});
}

TEST_F(AssignedKeys, AProtectedListInheritsNothing) {
    auto list = list_of({{kAllow, 0, KEY_READ, kStranger}});
    base::Parts parts;
    parts.has_dacl = true;
    parts.dacl = list.span();
    parts.control = SE_DACL_PROTECTED;
    HANDLE made = key(below(u"protected"), put(parts));
    EXPECT_EQ(dacl(made), (Entries{{kAllow, 0, KEY_READ, kStranger}}));
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    EXPECT_EQ(open_key(below(u"protected"), KEY_QUERY_VALUE), STATUS_ACCESS_DENIED);
    EXPECT_EQ(try_key(below(u"protected\\child"), KEY_READ), STATUS_ACCESS_DENIED);
}

TEST_F(AssignedKeys, AChangeIsTheKeysAndNotItsSubkeys) {
    HANDLE child = key(below(u"child"));
    HANDLE grandchild = key(below(u"child\\grandchild"));
    Entries before = dacl(grandchild);
    ASSERT_EQ(open_key(below(u"child"), KEY_ALL_ACCESS), STATUS_SUCCESS);
    HANDLE other = get(handle_);
    uint64_t closed = put_dacl({{kAllow, 0, GENERIC_READ, kUser}});
    EXPECT_EQ(set(child, DACL_SECURITY_INFORMATION, closed), STATUS_SUCCESS);
    EXPECT_EQ(dacl(other), (Entries{{kAllow, 0, KEY_READ, kUser}}));
    EXPECT_EQ(dacl(grandchild), before);
    client.acting = user(SECURITY_MANDATORY_MEDIUM_RID);
    EXPECT_EQ(open_key(below(u"child"), KEY_SET_VALUE), STATUS_ACCESS_DENIED);
    EXPECT_EQ(open_key(below(u"child"), KEY_READ), STATUS_SUCCESS);
    client.acting = nullptr;
    ASSERT_EQ(NtDeleteKey(call(), {grandchild}), STATUS_SUCCESS);
    EXPECT_EQ(set(grandchild, DACL_SECURITY_INFORMATION, closed), STATUS_KEY_DELETED);
}

TEST_F(AssignedKeys, DescriptorsCountOnceAgainstTheLimit) {
    key(below(u"first"));
    size_t before = cm::total_bytes();
    key(below(u"second"));
    size_t one = cm::total_bytes() - before;
    key(below(u"third"), put_dacl({{kAllow, 0, KEY_READ, kStranger}}));
    size_t with_own = cm::total_bytes() - before - one;
    EXPECT_LT(one, with_own);
    remove_tree(*MUST(cm::open_key(below(u"third"))));
    client.table.close_all();
    EXPECT_EQ(cm::total_bytes(), before + one);
}

}  // namespace
