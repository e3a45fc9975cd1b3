// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "executive/cm/cm.hpp"
#include "executive/ke/slice.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using base::Ref;
using test::Fixture;
using test::Pending;

constexpr std::u16string_view kBase = u"\\Registry\\Machine\\Software\\Test";

// Every slice does two items.
struct ShortSlices {
    uint64_t usual = std::exchange(ke::slice_ticks, 0);
    ~ShortSlices() { ke::slice_ticks = usual; }
};

class Registry : public testing::Test, public Fixture {
protected:
    Registry() { base_ = create(kBase); }
    ~Registry() override {
        client.table.close_all();
        remove_tree(*MUST(cm::open_key(kBase)));
    }
    static void remove_tree(cm::Key& key) {
        while (auto child = cm::subkey(key, 0))
            remove_tree(*child);
        EXPECT_TRUE(key.remove());
    }
    HANDLE create(std::u16string_view path, ULONG options = 0, HANDLE root = nullptr) {
        auto handle = out<HANDLE>();
        EXPECT_EQ(NtCreateKey(
                      call(),
                      {handle, KEY_ALL_ACCESS, named(path, OBJ_CASE_INSENSITIVE, root), 0, {}, options, {}}),
                  STATUS_SUCCESS);
        return get(handle);
    }
    NTSTATUS try_create(std::u16string_view path, HANDLE root = nullptr, ke::UserOut<ULONG> disposition = {},
                        ULONG options = 0) {
        return NtCreateKey(call(), {out<HANDLE>(),
                                    KEY_ALL_ACCESS,
                                    named(path, OBJ_CASE_INSENSITIVE, root),
                                    0,
                                    {},
                                    options,
                                    disposition});
    }
    NTSTATUS open(std::u16string_view path, HANDLE root = nullptr) {
        return NtOpenKey(call(), {out<HANDLE>(), KEY_READ, named(path, OBJ_CASE_INSENSITIVE, root)});
    }
    NTSTATUS set(HANDLE key, std::u16string_view name, ULONG type, const void* data, size_t size) {
        uint64_t address = client.user.allocate(size);
        EXPECT_TRUE(client.user.copy_out(address, data, size));
        ULONG length = static_cast<ULONG>(size);
        return set({key, text(name), 0, type, {address, size}, length});
    }
    NTSTATUS set(const NtSetValueKeyArgs& args) { return test::finish(NtSetValueKey(call(), args)); }
    // A service that answers "again" is called again.
    template <typename Service>
    NTSTATUS repeat(Service service) {
        NTSTATUS status;
        while ((status = service()) == STATUS_RETRY) {
        }
        call().forget_progress();
        return status;
    }
    NTSTATUS query(HANDLE key, std::u16string_view name, ULONG room) {
        return query(key, name, buffer_, room);
    }
    NTSTATUS query(HANDLE key, std::u16string_view name, uint64_t buffer, ULONG room) {
        auto given = text(name);
        return repeat([&] {
            return NtQueryValueKey(call(),
                                   {key, given, KeyValuePartialInformation, {buffer, room}, room, length_});
        });
    }
    NTSTATUS remove(HANDLE key, std::u16string_view name) {
        auto given = text(name);
        return repeat([&] { return NtDeleteValueKey(call(), {key, given}); });
    }

    Ref<cm::Key> object_key() { return MUST(cm::open_key(kBase)); }

    HANDLE base_;
    uint64_t buffer_ = client.user.allocate(1024);
    ke::UserOut<ULONG> length_ = out<ULONG>();
};

// Among many, each is at its place: keys in the order of their names, values in that of their making.
TEST_F(Registry, PlacesAmongMany) {
    constexpr unsigned kMany = 500;
    Ref<cm::Key> key = MUST(cm::open_key(kBase));
    std::set<std::u16string> names;
    std::vector<std::u16string> made;
    std::mt19937 random(1);
    for (unsigned i = 0; i < kMany; ++i) {
        std::u16string name = u"k";
        for (unsigned digits = random() % 100'000 + 1; digits > 0; digits /= 10)
            name += static_cast<char16_t>(u'0' + digits % 10);
        if (!names.insert(name).second) continue;
        MUST(key->add(name, {}, true));
        ASSERT_TRUE(key->set_value(name, REG_NONE, {}));
        made.push_back(name);
    }
    for (size_t i = made.size(); i-- > 0;) {
        if (random() % 3 != 0) continue;
        ASSERT_TRUE(key->find(made[i])->remove());
        ASSERT_TRUE(key->remove_value(made[i]));
        names.erase(made[i]);
        made.erase(made.begin() + static_cast<ptrdiff_t>(i));
    }
    ASSERT_EQ(key->subkey_count(), names.size());
    ASSERT_EQ(key->value_count(), made.size());
    size_t at = 0;
    for (const std::u16string& name : names)
        EXPECT_EQ(key->subkey(at++).name(), name);
    for (at = 0; at < made.size(); ++at)
        EXPECT_EQ(key->value(at).name.view(), made[at]);
}

TEST_F(Registry, KeysAreMadeOpenedAndDeleted) {
    auto disposition = out<ULONG>();
    EXPECT_EQ(try_create(u"Sub", base_, disposition), STATUS_SUCCESS);
    EXPECT_EQ(get(disposition), ULONG{REG_CREATED_NEW_KEY});
    EXPECT_EQ(try_create(u"SUB", base_, disposition), STATUS_SUCCESS);
    EXPECT_EQ(get(disposition), ULONG{REG_OPENED_EXISTING_KEY});
    EXPECT_EQ(open(u"\\registry\\machine\\SOFTWARE\\test\\sub"), STATUS_SUCCESS);
    EXPECT_EQ(open(u"\\Registry\\Machine\\Software\\Test\\Sub\\"), STATUS_SUCCESS);
    EXPECT_EQ(try_create(u"Missing\\Deep", base_), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(open(u"Missing", base_), STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE sub = create(u"Sub", 0, base_);
    HANDLE deep = create(u"Sub\\Deep", 0, base_);
    EXPECT_EQ(NtDeleteKey(call(), {sub}), STATUS_CANNOT_DELETE);
    EXPECT_EQ(NtDeleteKey(call(), {deep}), STATUS_SUCCESS);
    EXPECT_EQ(NtDeleteKey(call(), {deep}), STATUS_SUCCESS);
    EXPECT_EQ(query(deep, u"x", 64), STATUS_KEY_DELETED);
    EXPECT_EQ(open(u"Below", deep), STATUS_KEY_DELETED);
    EXPECT_EQ(NtDeleteKey(call(), {sub}), STATUS_SUCCESS);
}

TEST_F(Registry, BadNames) {
    EXPECT_EQ(try_create(std::u16string(256, u'x'), base_), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(try_create(u"a\\\\b", base_), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(try_create(u"\\\\b", base_), STATUS_OBJECT_PATH_SYNTAX_BAD);
    EXPECT_EQ(open(u"\\Device\\Nothing"), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(open(u"\\BaseNamedObjects"), STATUS_OBJECT_TYPE_MISMATCH);
}

TEST_F(Registry, StableKeysDoNotLiveUnderVolatileOnes) {
    HANDLE fleeting = create(u"Fleeting", REG_OPTION_VOLATILE, base_);
    EXPECT_EQ(try_create(u"Stable", fleeting), STATUS_CHILD_MUST_BE_VOLATILE);
    EXPECT_EQ(try_create(u"Other", fleeting, {}, REG_OPTION_VOLATILE), STATUS_SUCCESS);
}

TEST_F(Registry, ValuesAndTheirPartialInformation) {
    ULONG number = 42;
    EXPECT_EQ(set(base_, u"Number", REG_DWORD, &number, sizeof(number)), STATUS_SUCCESS);
    EXPECT_EQ(query(base_, u"NUMBER", 16), STATUS_SUCCESS);
    EXPECT_EQ(get(length_), 16u);
    EXPECT_EQ(client.user.get<ULONG>(buffer_ + 12), 42u);
    EXPECT_EQ(query(base_, u"Number", 12), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(query(base_, u"Number", 11), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(get(length_), 16u);
    EXPECT_EQ(query(base_, u"Absent", 16), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(set(base_, u"Number", REG_BINARY, nullptr, 0), STATUS_SUCCESS);
    EXPECT_EQ(query(base_, u"Number", 16), STATUS_SUCCESS);
    EXPECT_EQ(get(length_), 12u);
    EXPECT_EQ(NtDeleteValueKey(call(), {base_, text(u"number")}), STATUS_SUCCESS);
    EXPECT_EQ(NtDeleteValueKey(call(), {base_, text(u"number")}), STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_F(Registry, EveryInformationClass) {
    create(u"Child", 0, base_);
    set(base_, u"Value", REG_SZ, u"abc", 8);
    for (ULONG which = 0; which < 12; ++which) {
        bool known = which <= KeyFlagsInformation;
        NTSTATUS expected = known ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        auto key_class = static_cast<KEY_INFORMATION_CLASS>(which & 7);
        if (which < 8) {
            EXPECT_EQ(NtQueryKey(call(), {base_, key_class, {buffer_, 1024}, 1024, length_}), expected)
                << which;
            EXPECT_EQ(NtEnumerateKey(call(), {base_, 0, key_class, {buffer_, 1024}, 1024, length_}),
                      expected);
        }
    }
    for (ULONG which = 0; which < 5; ++which) {
        auto value_class = static_cast<KEY_VALUE_INFORMATION_CLASS>(which);
        EXPECT_EQ(NtEnumerateValueKey(call(), {base_, 0, value_class, {buffer_, 1024}, 1024, length_}),
                  STATUS_SUCCESS);
        ULONG full = get(length_);
        for (ULONG room = 0; room < full; ++room) {
            NTSTATUS status =
                NtEnumerateValueKey(call(), {base_, 0, value_class, {buffer_, room}, room, length_});
            EXPECT_TRUE(status == STATUS_BUFFER_TOO_SMALL || status == STATUS_BUFFER_OVERFLOW) << room;
        }
    }
    EXPECT_EQ(NtEnumerateValueKey(call(), {base_, 1, KeyValueBasicInformation, {buffer_, 64}, 64, length_}),
              STATUS_NO_MORE_ENTRIES);
}

TEST_F(Registry, EnumerationIsSortedAndStable) {
    for (const char16_t* name : {u"delta", u"Alpha", u"charlie", u"Bravo"})
        create(name, 0, base_);
    std::u16string_view expected[] = {u"Alpha", u"Bravo", u"charlie", u"delta"};
    for (ULONG i = 0; i < 4; ++i) {
        ASSERT_EQ(NtEnumerateKey(call(), {base_, i, KeyBasicInformation, {buffer_, 64}, 64, length_}),
                  STATUS_SUCCESS);
        EXPECT_EQ(client.user.get<char16_t>(buffer_ + 16), expected[i][0]);
        EXPECT_EQ(client.user.get<ULONG>(buffer_ + 12), expected[i].size() * 2);
    }
    EXPECT_EQ(NtEnumerateKey(call(), {base_, 4, KeyBasicInformation, {buffer_, 64}, 64, length_}),
              STATUS_NO_MORE_ENTRIES);
}

TEST_F(Registry, Renaming) {
    HANDLE first = create(u"First", 0, base_);
    create(u"Second", 0, base_);
    EXPECT_EQ(NtRenameKey(call(), {first, text(u"Second")}), STATUS_CANNOT_DELETE);
    EXPECT_EQ(NtRenameKey(call(), {first, text(u"a\\b")}), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtRenameKey(call(), {first, text(u"Zulu")}), STATUS_SUCCESS);
    EXPECT_EQ(open(u"First", base_), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(open(u"zulu", base_), STATUS_SUCCESS);
    EXPECT_EQ(NtRenameKey(call(), {first, text(u"ZULU")}), STATUS_SUCCESS);
}

TEST_F(Registry, LinksLeadElsewhereAndLoopsEnd) {
    create(u"Target", 0, base_);
    HANDLE link = create(u"Link", REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE, base_);
    std::u16string target = std::u16string(kBase) + u"\\Target";
    EXPECT_EQ(set(link, u"Other", REG_SZ, u"x", 4), STATUS_ACCESS_DENIED);
    ASSERT_EQ(set(link, u"SymbolicLinkValue", REG_LINK, target.data(), target.size() * 2), STATUS_SUCCESS);
    HANDLE through = create(u"Link\\Inner", 0, base_);
    EXPECT_EQ(open(u"Target\\Inner", base_), STATUS_SUCCESS);
    ASSERT_EQ(NtQueryKey(call(), {through, KeyNameInformation, {buffer_, 256}, 256, length_}),
              STATUS_SUCCESS);
    EXPECT_EQ(client.user.get<ULONG>(buffer_), (target.size() + 6) * 2);
    std::u16string self = std::u16string(kBase) + u"\\Link";
    ASSERT_EQ(set(link, u"SymbolicLinkValue", REG_LINK, self.data(), self.size() * 2), STATUS_SUCCESS);
    EXPECT_EQ(open(u"Link", base_), STATUS_TOO_MANY_LINKS);
}

TEST_F(Registry, ChangesAreTold) {
    HANDLE sub = create(u"Watched", 0, base_);
    auto block = out<IO_STATUS_BLOCK>();
    auto notify = [&] [[clang::coro_wrapper]] (ke::Thread & caller, HANDLE key, bool tree) {
        return NtNotifyChangeKey(caller.call(), {key,
                                                 nullptr,
                                                 nullptr,
                                                 nullptr,
                                                 block,
                                                 REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET,
                                                 tree,
                                                 {},
                                                 0,
                                                 FALSE});
    };
    test::Thread other(client);
    Pending flat(notify(thread, base_, false));
    Pending tree(notify(other, base_, true));
    ULONG number = 1;
    set(sub, u"Inner", REG_DWORD, &number, 4);
    EXPECT_FALSE(flat.done());
    ASSERT_TRUE(tree.done());
    EXPECT_EQ(tree.take(), STATUS_NOTIFY_ENUM_DIR);
    create(u"Another", 0, base_);
    ASSERT_TRUE(flat.done());
    EXPECT_EQ(flat.take(), STATUS_NOTIFY_ENUM_DIR);
    Pending closed(notify(thread, sub, false));
    EXPECT_FALSE(closed.done());
    NtClose(call(), {sub});
    ASSERT_TRUE(closed.done());
    EXPECT_EQ(closed.take(), STATUS_NOTIFY_CLEANUP);
}

TEST_F(Registry, ChangesAreToldAsynchronously) {
    HANDLE event = make_event(NotificationEvent, true);
    auto block = out<IO_STATUS_BLOCK>();
    EXPECT_EQ(test::finish(NtNotifyChangeKey(call(), {base_,
                                                      event,
                                                      reinterpret_cast<PVOID>(uint64_t{0x4000}),
                                                      nullptr,
                                                      block,
                                                      REG_NOTIFY_CHANGE_LAST_SET,
                                                      FALSE,
                                                      {},
                                                      0,
                                                      TRUE})),
              STATUS_PENDING);
    EXPECT_EQ(test::finish(NtWaitForSingleObject(call(), {event, FALSE, timeout(0)})), STATUS_TIMEOUT);
    set(base_, u"v", REG_NONE, nullptr, 0);
    EXPECT_EQ(test::finish(NtWaitForSingleObject(call(), {event, FALSE, timeout(0)})), STATUS_WAIT_0);
    EXPECT_EQ(get(block).Status, STATUS_NOTIFY_ENUM_DIR);
    EXPECT_TRUE(thread.apc_pending());
}

// The first of many watches fire at once, the others by the pacer; who comes later hears nothing of it.
TEST_F(Registry, ManyWatches) {
    ShortSlices slices;
    std::vector<ke::UserOut<IO_STATUS_BLOCK>> blocks;
    auto watch = [&](HANDLE key) {
        blocks.push_back(out<IO_STATUS_BLOCK>());
        NtNotifyChangeKeyArgs args{};
        args.KeyHandle = key;
        args.IoStatusBlock = blocks.back();
        args.CompletionFilter = REG_NOTIFY_CHANGE_LAST_SET;
        args.WatchTree = TRUE;
        args.Asynchronous = TRUE;
        EXPECT_EQ(test::finish(NtNotifyChangeKey(call(), args)), STATUS_PENDING);
    };
    auto told = [&](NTSTATUS status) {
        return std::count_if(blocks.begin(), blocks.end(),
                             [&](auto block) { return get(block).Status == status; });
    };
    HANDLE sub = create(u"Sub", 0, base_);
    for (int i = 0; i < 10; ++i) {
        watch(sub);
        watch(base_);
    }
    MUST(MUST(cm::open_key(std::u16string(kBase) + u"\\Sub"))->set_value(u"v", REG_NONE, {}));
    EXPECT_LT(told(STATUS_NOTIFY_ENUM_DIR), 20);
    watch(sub);
    test::run_loop();
    EXPECT_EQ(told(STATUS_NOTIFY_ENUM_DIR), 20);
    for (int i = 0; i < 9; ++i)
        watch(sub);
    EXPECT_EQ(NtClose(call(), {sub}), STATUS_SUCCESS);
    EXPECT_LT(told(STATUS_NOTIFY_CLEANUP), 10);
    test::run_loop();
    EXPECT_EQ(told(STATUS_NOTIFY_CLEANUP), 10);
}

TEST_F(Registry, WildPointers) {
    ke::UserIn<UNICODE_STRING> bad(test::kUnmapped);
    EXPECT_EQ(NtDeleteValueKey(call(), {base_, bad}), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(set({base_, text(u"x"), 0, REG_BINARY, {test::kUnmapped, 8}, 8}), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(set({base_, text(u"x"), 0, REG_BINARY, {test::kKernelAddress, 0xffffffff}, 0xffffffff}),
              STATUS_REGISTRY_QUOTA_LIMIT);
    EXPECT_EQ(
        NtCreateKey(
            call(),
            {ke::UserOut<HANDLE>(test::kUnmapped), KEY_ALL_ACCESS, named(u"New", 0, base_), 0, {}, 0, {}}),
        STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(open(u"New", base_), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(NtQueryKey(call(), {base_, KeyBasicInformation, {test::kUnmapped, 64}, 64, length_}),
              STATUS_ACCESS_VIOLATION);
    UNICODE_STRING odd{3, 4, reinterpret_cast<PWSTR>(buffer_)};
    EXPECT_EQ(NtDeleteValueKey(call(), {base_, ke::UserIn<UNICODE_STRING>(client.user.put(odd))}),
              STATUS_INVALID_PARAMETER);
}

TEST_F(Registry, MemoryIsCountedAndLimited) {
    size_t before = cm::total_bytes();
    std::vector<uint8_t> large(8 << 20);
    NTSTATUS status = STATUS_SUCCESS;
    for (char16_t c = u'a'; c < u'h' && status == STATUS_SUCCESS; ++c)
        status = set(base_, std::u16string(1, c), REG_BINARY, large.data(), large.size());
    EXPECT_EQ(status, STATUS_REGISTRY_QUOTA_LIMIT);
    for (char16_t c = u'a'; c < u'h'; ++c)
        remove(base_, std::u16string(1, c));
    EXPECT_EQ(cm::total_bytes(), before);
}

// Data of many pieces, and names that differ in their last unit, by slices.
TEST_F(Registry, LongDataAndLongNames) {
    ShortSlices slices;
    constexpr ULONG kSize = 300'001;
    std::vector<uint8_t> data(kSize);
    for (size_t i = 0; i < data.size(); ++i)
        data[i] = static_cast<uint8_t>(i * 7 >> 3);
    std::u16string lower(cm::Key::kMaximumValueName, u'\u03b1'), upper(lower.size(), u'\u0391');
    uint64_t told = client.user.allocate(kSize + 64);
    for (char16_t last : {u'x', u'y', u'z'}) {
        lower.back() = upper.back() = last;
        data[0] = static_cast<uint8_t>(last);
        EXPECT_EQ(set(base_, lower, REG_DWORD, data.data(), 4), STATUS_SUCCESS);
        EXPECT_EQ(set(base_, upper, REG_BINARY, data.data(), data.size()), STATUS_SUCCESS);
    }
    EXPECT_EQ(object_key()->value_count(), 3u);
    for (char16_t last : {u'x', u'y', u'z'}) {
        lower.back() = last;
        data[0] = static_cast<uint8_t>(last);
        ASSERT_EQ(query(base_, lower, told, kSize + 64), STATUS_SUCCESS);
        EXPECT_EQ(get(length_), kSize + 12);
        std::vector<uint8_t> got(kSize);
        EXPECT_TRUE(client.user.copy_in(got.data(), told + 12, kSize));
        EXPECT_EQ(got, data);
    }
    EXPECT_EQ(query(base_, lower, told, 100'000), STATUS_BUFFER_OVERFLOW);
    lower.back() = u'w';
    EXPECT_EQ(query(base_, lower, 64), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(remove(base_, lower), STATUS_OBJECT_NAME_NOT_FOUND);
    lower.back() = u'y';
    EXPECT_EQ(remove(base_, upper.substr(0, upper.size() - 1) + u'Y'), STATUS_SUCCESS);
    EXPECT_EQ(query(base_, lower, 64), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(object_key()->value_count(), 2u);
}

// What is told of a value that is set meanwhile is all old or all new.
TEST_F(Registry, DataThatChangesWhileItIsTold) {
    ShortSlices slices;
    constexpr ULONG kSize = 200'000;
    std::vector<uint8_t> one(kSize, 1), two(kSize, 2);
    EXPECT_EQ(set(base_, u"v", REG_BINARY, one.data(), kSize), STATUS_SUCCESS);
    uint64_t told = client.user.allocate(kSize + 64);
    auto name = text(u"v");
    auto tell = [&] {
        return NtQueryValueKey(
            call(), {base_, name, KeyValuePartialInformation, {told, kSize + 64}, kSize + 64, length_});
    };
    ASSERT_EQ(tell(), STATUS_RETRY);
    MUST(object_key()->set_value(u"v", REG_BINARY, two));
    EXPECT_EQ(repeat(tell), STATUS_SUCCESS);
    std::vector<uint8_t> got(kSize);
    EXPECT_TRUE(client.user.copy_in(got.data(), told + 12, kSize));
    EXPECT_EQ(got, two);
}

TEST_F(Registry, InternalReaders) {
    EXPECT_EQ(cm::load_seed("[HKLM\\Software\\Test\\Service]\n"
                            "\"Start\"=dword:00000002\n"
                            "\"Image\"=\"null.sys\"\n"
                            "\"Path\"=expand:\"%SystemRoot%\\\\x\"\n"
                            "\"Class\"=multi:\"one\",\"two\"\n"),
              0u);
    auto key = MUST(cm::open_key(u"\\Registry\\Machine\\Software\\Test\\Service"));
    EXPECT_EQ(MUST(cm::read_dword(*key, u"start")), 2u);
    EXPECT_EQ(MUST(cm::read_string(*key, u"Image")).view(), u"null.sys");
    EXPECT_EQ(MUST(cm::read_string(*key, u"Path")).view(), u"%SystemRoot%\\x");
    auto strings = MUST(cm::read_strings(*key, u"Class"));
    ASSERT_EQ(strings.size(), 2u);
    EXPECT_EQ(strings[1].view(), u"two");
    EXPECT_EQ(cm::read_dword(*key, u"Image").error(), STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(cm::read_dword(*key, u"None").error(), STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_F(Registry, FiveHundredAndTwelveLevels) {
    auto key = MUST(cm::open_key(kBase));
    std::u16string path(kBase);
    for (unsigned level = 3; level < cm::Key::kMaximumLevel; ++level) {
        key = MUST(key->add(u"k", {}, false));
        path += u"\\k";
    }
    EXPECT_EQ(MUST(key->path()).view(), path);
    EXPECT_EQ(key->add(u"k", {}, false).error(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(try_create(path + u"\\k"), STATUS_INVALID_PARAMETER);
    while (key->name() == u"k") {
        base::Ref<cm::Key> parent(key->parent());
        EXPECT_TRUE(key->remove());
        key = std::move(parent);
    }
}

TEST_F(Registry, NamesLongerThanAPath) {
    auto key = MUST(cm::open_key(kBase));
    std::u16string name(255, u'n');
    for (unsigned level = 0; level < 130; ++level)
        key = MUST(key->add(name, {}, false));
    EXPECT_EQ(key->path().error(), STATUS_NAME_TOO_LONG);
}

// A tree goes with its root.
TEST(RegistryTree, GoesFromTheTop) {
    size_t before = cm::total_bytes();
    auto root = MUST(cm::Key::create_root());
    auto key = root;
    for (unsigned level = 0; level < cm::Key::kMaximumLevel; ++level)
        key = MUST(key->add(u"k", {}, false));
    key.reset();
    root.reset();
    EXPECT_EQ(cm::total_bytes(), before);
}

}  // namespace
