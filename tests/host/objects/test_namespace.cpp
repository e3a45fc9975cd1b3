// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "executive/ex/event.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using test::Fixture;

HANDLE make_directory(Fixture& f, std::u16string_view path) {
    auto out = f.out<HANDLE>();
    EXPECT_EQ(NtCreateDirectoryObject(f.call(), {out, DIRECTORY_ALL_ACCESS, f.named(path)}), STATUS_SUCCESS);
    return f.get(out);
}

NTSTATUS make_link(Fixture& f, std::u16string_view path, std::u16string_view target,
                   ke::UserOut<HANDLE> out) {
    return NtCreateSymbolicLinkObject(f.call(),
                                      {out, SYMBOLIC_LINK_ALL_ACCESS, f.named(path), f.text(target)});
}

TEST(Namespace, NamesAreFoundWithoutCase) {
    Fixture f;
    f.make_event(NotificationEvent, false, f.named(u"\\BaseNamedObjects\\MixedCase"));
    auto out = f.out<HANDLE>();
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\basenamedobjects\\MIXEDcase")}),
              STATUS_SUCCESS);
}

TEST(Namespace, ANameLeavesWithItsLastHandle) {
    Fixture f;
    HANDLE handle = f.make_event(NotificationEvent, false, f.named(u"\\BaseNamedObjects\\Fleeting"));
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\BaseNamedObjects\\Fleeting")}),
              STATUS_SUCCESS);
    NtClose(f.call(), {handle});
    HANDLE second = f.get(out);
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\BaseNamedObjects\\Fleeting")}),
              STATUS_SUCCESS);
    NtClose(f.call(), {f.get(out)});
    NtClose(f.call(), {second});
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\BaseNamedObjects\\Fleeting")}),
              STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(Namespace, PermanentOnesStayUntilMadeTemporary) {
    Fixture f;
    auto name = f.named(u"\\BaseNamedObjects\\Lasting", OBJ_CASE_INSENSITIVE | OBJ_PERMANENT);
    NtClose(f.call(), {f.make_event(NotificationEvent, false, name)});
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\BaseNamedObjects\\Lasting")}),
              STATUS_SUCCESS);
    HANDLE handle = f.get(out);
    EXPECT_EQ(NtMakeTemporaryObject(f.call(), {handle}), STATUS_SUCCESS);
    NtClose(f.call(), {handle});
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\BaseNamedObjects\\Lasting")}),
              STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(Namespace, PermanentOnesAreLimited) {
    Fixture f;
    std::vector<HANDLE> handles;
    NTSTATUS status = STATUS_SUCCESS;
    while (status == STATUS_SUCCESS && handles.size() < 3000) {
        std::string number = std::to_string(handles.size());
        std::u16string name = u"\\BaseNamedObjects\\One" + std::u16string(number.begin(), number.end());
        handles.push_back(f.make_event(NotificationEvent, false, f.named(name)));
        status = NtMakePermanentObject(f.call(), {handles.back()});
    }
    EXPECT_EQ(status, STATUS_QUOTA_EXCEEDED);
    EXPECT_EQ(handles.size(), ob::Object::kMostPermanent + 1);
    // One process's are its own affair, and the Executive has as many as it needs.
    Fixture other;
    HANDLE own = other.make_event(NotificationEvent, false, other.named(u"\\BaseNamedObjects\\Other"));
    EXPECT_EQ(NtMakePermanentObject(other.call(), {own}), STATUS_SUCCESS);
    EXPECT_EQ(NtMakeTemporaryObject(other.call(), {own}), STATUS_SUCCESS);
    auto directory = MUST(ob::Directory::create());
    EXPECT_TRUE(ob::insert_path(u"\\Lasting", *directory, true));
    directory->make_temporary();
    // What is no more counts no more.
    EXPECT_EQ(NtMakeTemporaryObject(f.call(), {handles[0]}), STATUS_SUCCESS);
    EXPECT_EQ(NtMakePermanentObject(f.call(), {handles.back()}), STATUS_SUCCESS);
    for (HANDLE handle : handles)
        EXPECT_EQ(NtMakeTemporaryObject(f.call(), {handle}), STATUS_SUCCESS);
}

// Whom a permanent object counts for is kept as long as it counts: with a process that makes itself permanent
// that would be for ever.
TEST(Namespace, WithoutANameNothingIsPermanent) {
    Fixture f;
    HANDLE handle = MUST(f.client.table.insert(f.client.process, DELETE, 0));
    uint32_t references = f.client.process->reference_count();
    EXPECT_EQ(NtMakePermanentObject(f.call(), {handle}), STATUS_SUCCESS);
    EXPECT_EQ(f.client.process->reference_count(), references);
    EXPECT_EQ(f.client.limit.permanent_objects, 0u);
    EXPECT_EQ(NtMakeTemporaryObject(f.call(), {handle}), STATUS_SUCCESS);
}

TEST(Namespace, APermanentNameCountsNoMoreWhenItsDirectoryIsGone) {
    Fixture f;
    uint32_t references = f.client.process->reference_count();
    HANDLE directory = make_directory(f, u"\\BaseNamedObjects\\Around");
    auto name = f.named(u"\\BaseNamedObjects\\Around\\Lasting", OBJ_CASE_INSENSITIVE | OBJ_PERMANENT);
    HANDLE handle = f.make_event(NotificationEvent, false, name);
    EXPECT_EQ(f.client.limit.permanent_objects, 1u);
    NtClose(f.call(), {directory});
    EXPECT_EQ(f.client.limit.permanent_objects, 0u);
    EXPECT_EQ(f.client.process->reference_count(), references);
    NtClose(f.call(), {handle});
}

TEST(Namespace, LongNamesAreCharged) {
    Fixture f;
    std::u16string name = u"\\BaseNamedObjects\\" + std::u16string(1024, u'n');
    f.make_event(NotificationEvent, false, f.named(name));
    EXPECT_GE(f.client.limit.used(), ob::Object::kBaseCharge + 2048);
    name += u'n';
    EXPECT_EQ(
        NtCreateEvent(f.call(), {f.out<HANDLE>(), EVENT_ALL_ACCESS, f.named(name), NotificationEvent, false}),
        STATUS_NAME_TOO_LONG);
    f.client.table.close_all();
    EXPECT_EQ(f.client.limit.used(), 0u);
}

TEST(Namespace, CollisionsAndOpenIf) {
    Fixture f;
    f.make_event(NotificationEvent, false, f.named(u"\\BaseNamedObjects\\Once"));
    auto out = f.out<HANDLE>();
    auto create = [&](ULONG flags) {
        return NtCreateEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\BaseNamedObjects\\Once", flags),
                                        NotificationEvent, false});
    };
    EXPECT_EQ(create(OBJ_CASE_INSENSITIVE), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(create(OBJ_CASE_INSENSITIVE | OBJ_OPENIF), STATUS_OBJECT_NAME_EXISTS);
    auto once = f.named(u"\\BaseNamedObjects\\Once", OBJ_OPENIF);
    EXPECT_EQ(NtCreateSemaphore(f.call(), {out, SEMAPHORE_ALL_ACCESS, once, 0, 1}),
              STATUS_OBJECT_TYPE_MISMATCH);
}

TEST(Namespace, BadPathsHaveClearErrors) {
    Fixture f;
    auto out = f.out<HANDLE>();
    struct {
        std::u16string_view path;
        NTSTATUS status;
    } cases[] = {
        {u"NoBackslash", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {u"", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {u"\\Nowhere\\Event", STATUS_OBJECT_PATH_NOT_FOUND},
        {u"\\BaseNamedObjects\\Absent", STATUS_OBJECT_NAME_NOT_FOUND},
        {u"\\BaseNamedObjects\\\\Double", STATUS_OBJECT_NAME_INVALID},
        {u"\\BaseNamedObjects\\", STATUS_OBJECT_NAME_INVALID},
        {u"\\??\\Q:\\", STATUS_OBJECT_PATH_NOT_FOUND},
        {u"\\BaseNamedObjects", STATUS_OBJECT_TYPE_MISMATCH},
        {u"\\", STATUS_OBJECT_TYPE_MISMATCH},
        {u"\\KernelObjects\\Leaf\\Below", STATUS_OBJECT_TYPE_MISMATCH},
        {u"\\Registry\\Machine", STATUS_OBJECT_TYPE_MISMATCH},
    };
    f.make_event(NotificationEvent, false, f.named(u"\\KernelObjects\\Leaf"));
    for (auto& c : cases)
        EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(c.path)}), c.status)
            << std::string(c.path.begin(), c.path.end());
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, {}}), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, ke::UserIn<OBJECT_ATTRIBUTES>(test::kUnmapped)}),
              STATUS_ACCESS_VIOLATION);
}

TEST(Namespace, LinksAreFollowedAndLoopsEnd) {
    Fixture f;
    auto link = f.out<HANDLE>();
    auto out = f.out<HANDLE>();
    HANDLE event = f.make_event(NotificationEvent, true, f.named(u"\\BaseNamedObjects\\Target"));
    ASSERT_EQ(make_link(f, u"\\??\\Shortcut", u"\\BaseNamedObjects", link), STATUS_SUCCESS);
    ASSERT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\DosDevices\\Shortcut\\Target")}),
              STATUS_SUCCESS);
    EXPECT_EQ(NtCompareObjects(f.call(), {event, f.get(out)}), STATUS_SUCCESS);
    ASSERT_EQ(NtOpenEvent(f.call(),
                          {out, EVENT_ALL_ACCESS, f.named(u"\\??\\GLOBALROOT\\BaseNamedObjects\\Target")}),
              STATUS_SUCCESS);
    ASSERT_EQ(make_link(f, u"\\??\\Ring", u"\\??\\Ring", link), STATUS_SUCCESS);
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\??\\Ring")}), STATUS_TOO_MANY_LINKS);
    EXPECT_EQ(make_link(f, u"\\??\\Relative", u"NoBackslash", link), STATUS_OBJECT_PATH_SYNTAX_BAD);
    EXPECT_EQ(make_link(f, u"\\??\\Ring", u"\\Device", link), STATUS_OBJECT_NAME_COLLISION);
}

TEST(Namespace, ALinkCanBeReadWithAnyBuffer) {
    Fixture f;
    auto link = f.out<HANDLE>();
    ASSERT_EQ(make_link(f, u"\\??\\Readable", u"\\Device\\Thing", link), STATUS_SUCCESS);
    constexpr USHORT kLength = 26;
    uint64_t room = f.client.user.allocate(64);
    auto returned = f.out<ULONG>();
    auto query = [&](USHORT maximum) {
        UNICODE_STRING string{0, maximum, reinterpret_cast<PWSTR>(room)};
        ke::UserInOut<UNICODE_STRING> inout(f.client.user.put(string));
        return NtQuerySymbolicLinkObject(f.call(), {f.get(link), inout, returned});
    };
    EXPECT_EQ(query(64), STATUS_SUCCESS);
    EXPECT_EQ(query(kLength), STATUS_SUCCESS);
    EXPECT_EQ(query(kLength - 2), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(f.get(returned), kLength + 2u);
    auto out = f.out<HANDLE>();
    EXPECT_EQ(NtOpenSymbolicLinkObject(f.call(), {out, SYMBOLIC_LINK_QUERY, f.named(u"\\??\\Readable")}),
              STATUS_SUCCESS);
}

TEST(Namespace, DirectoriesListTheirEntries) {
    Fixture f;
    HANDLE directory = make_directory(f, u"\\Listing");
    for (char16_t c = u'e'; c >= u'a'; --c)
        f.make_event(NotificationEvent, false, f.named(std::u16string(u"\\Listing\\") + c));
    uint64_t buffer = f.client.user.allocate(2048);
    ke::UserInOut<ULONG> context(f.client.user.put(ULONG{0}));
    auto length = f.out<ULONG>();
    auto query = [&](ULONG size, bool single, bool restart) {
        return NtQueryDirectoryObject(f.call(),
                                      {directory, {buffer, size}, size, single, restart, context, length});
    };
    ASSERT_EQ(query(2048, false, true), STATUS_SUCCESS);
    auto first = f.client.user.get<OBJECT_DIRECTORY_INFORMATION>(buffer);
    EXPECT_EQ(first.Name.Length, 2u);
    EXPECT_EQ(f.client.user.get<char16_t>(reinterpret_cast<uint64_t>(first.Name.Buffer)), u'a');
    auto end = f.client.user.get<OBJECT_DIRECTORY_INFORMATION>(buffer + 5 * sizeof(first));
    EXPECT_EQ(end.Name.Buffer, nullptr);
    EXPECT_EQ(query(2048, false, false), STATUS_NO_MORE_ENTRIES);
    // One by one, then in pieces as large as a small buffer allows.
    unsigned count = 0;
    for (NTSTATUS status = query(2048, true, true); status == STATUS_SUCCESS;
         status = query(2048, true, false))
        ++count;
    EXPECT_EQ(count, 5u);
    EXPECT_EQ(query(150, false, true), STATUS_MORE_ENTRIES);
    EXPECT_EQ(query(40, true, true), STATUS_BUFFER_TOO_SMALL);
    EXPECT_GT(f.get(length), 40u);
}

TEST(Namespace, RelativeToADirectoryHandle) {
    Fixture f;
    HANDLE directory = make_directory(f, u"\\Relative");
    HANDLE event = f.make_event(NotificationEvent, false, f.named(u"Inner", OBJ_CASE_INSENSITIVE, directory));
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\Relative\\Inner")}), STATUS_SUCCESS);
    EXPECT_EQ(NtCompareObjects(f.call(), {event, f.get(out)}), STATUS_SUCCESS);
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"\\Inner", 0, directory)}),
              STATUS_OBJECT_PATH_SYNTAX_BAD);
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, f.named(u"Inner", 0, event)}),
              STATUS_OBJECT_TYPE_MISMATCH);
}

// How deep directories lie is their makers' to say.
TEST(Namespace, AnyDepth) {
    constexpr unsigned kLevels = 100'000;
    Fixture f;
    auto top = MUST(ob::Directory::create());
    ASSERT_TRUE(ob::insert_path(u"\\Deep", *top, false));
    std::vector<ob::Directory*> levels{top.get()};
    std::u16string path = u"\\Deep";
    while (levels.size() < kLevels) {
        auto directory = MUST(ob::Directory::create());
        ASSERT_TRUE(levels.back()->insert(*directory, u"d"));
        levels.push_back(directory.get());
    }
    for (unsigned level = 0; level < 1000; ++level)
        path += u"\\d";
    EXPECT_EQ(MUST(levels[1000]->full_name()).view(), path);
    // "\Deep" and two units a level.
    EXPECT_EQ(MUST(levels[16'381]->full_name()).length(), 32'767u);
    EXPECT_EQ(levels[16'382]->full_name().error(), STATUS_NAME_TOO_LONG);
    EXPECT_EQ(levels.back()->full_name().error(), STATUS_NAME_TOO_LONG);
    uint32_t before = ob::Directory::kType.object_count;
    ob::root().remove(*top);
    EXPECT_TRUE(MUST(levels[1000]->full_name()).empty());
    top.reset();
    EXPECT_EQ(ob::Directory::kType.object_count, before - kLevels);
}

TEST(Namespace, BasicInformationOfWhatHasNoShortName) {
    Fixture f;
    HANDLE parent = make_directory(f, u"\\Long");
    std::u16string name(1000, u'n');
    NTSTATUS named = STATUS_SUCCESS;
    for (unsigned level = 0; level < 40; ++level) {
        auto out = f.out<HANDLE>();
        ASSERT_EQ(NtCreateDirectoryObject(f.call(), {out, DIRECTORY_ALL_ACCESS, f.named(name, 0, parent)}),
                  STATUS_SUCCESS);
        parent = f.get(out);
        uint64_t buffer = f.client.user.allocate(80'000);
        named = NtQueryObject(f.call(), {parent, ObjectNameInformation, {buffer, 80'000}, 80'000, {}});
        EXPECT_EQ(named, level < 32 ? STATUS_SUCCESS : STATUS_NAME_TOO_LONG) << level;
        constexpr ULONG kBasic = sizeof(OBJECT_BASIC_INFORMATION);
        EXPECT_EQ(NtQueryObject(f.call(), {parent, ObjectBasicInformation, {buffer, kBasic}, kBasic, {}}),
                  STATUS_SUCCESS);
    }
}

}  // namespace
