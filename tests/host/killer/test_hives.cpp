// SPDX-License-Identifier: GPL-3.0-only
//
// Threads and processes ended while they save, restore, load, flush and unload hives. Afterwards nothing is
// left of it, the hive's file can be loaded, and the registry is one that can be saved.
#include <gtest/gtest.h>

#include "executive/cm/cm.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/services.hpp"
#include "executive/services/hives.hpp"
#include "tests/host/killer/killer.hpp"

namespace {

using base::Ref;
using killer::Scenario;
using killer::Service;
using killer::World;

const char16_t kKey[] = u"\\Registry\\Machine\\Software\\Killed";
const char16_t kMounted[] = u"\\Registry\\Machine\\Killed";
const char16_t kApp[] = u"\\Registry\\A\\Killed";
const char16_t kFile[] = u"\\Device\\Hives\\h";
const char16_t kMade[] = u"\\Device\\Hives\\made";
const char16_t kNewFile[] = u"\\Device\\Hives\\new";

class OnHives : public Scenario {
public:
    void prepare(World& world) override {
        world_ = &world;
        volume_ = MUST(io::ramfs::Volume::create(256));
        MUST(ob::insert_path(u"\\Device\\Hives", *volume_, true));
        auto& privileges = world.program->token().change().privileges;
        privileges.enabled |=
            privileges.present & se::Privileges::bits({SE_BACKUP_PRIVILEGE, SE_RESTORE_PRIVILEGE});
        Ref<cm::Key> key = MUST(cm::create_key(kKey));
        MUST(cm::create_key(u"\\Registry\\Machine\\Software\\Killed\\one\\two"));
        std::vector<uint8_t> data(20000);
        MUST(key->set_value(u"large", REG_BINARY, data));
        key_ = open_key(kKey);
        for (const char16_t* name : {kFile, kNewFile}) {
            HANDLE file = create_file(FILE_OVERWRITE_IF, name);
            EXPECT_EQ(save(file), STATUS_SUCCESS);
            close(file);
        }
    }
    // Whatever became of the victim, the file is a hive, or a file and its logs are.
    void expect_a_hive() {
        if (!cm::open_key(kMounted)) EXPECT_EQ(call(loading()), STATUS_SUCCESS);
        EXPECT_EQ(call(unloading()), STATUS_SUCCESS);
    }
    static Ref<services::Hive> mounted() {
        auto root = cm::open_key(kMounted);
        return root ? services::Hive::of_root(**root) : Ref<services::Hive>();
    }
    ~OnHives() override {
        // Whoever has kept it loaded is gone.
        for (const char16_t* root : {u"\\Registry\\Machine", u"\\Registry\\A"})
            if (auto key = cm::open_key(root))
                if (cm::Key* killed = (*key)->find(u"Killed"))
                    if (auto hive = services::Hive::of_root(*killed)) hive->unload();
        for (const char16_t* name : {u"\\Registry\\Machine\\Software\\Killed\\one\\two",
                                     u"\\Registry\\Machine\\Software\\Killed\\one", kKey})
            if (auto key = cm::open_key(name)) MUST((*key)->remove());
        volume_->make_temporary();
        volume_.reset();
        world_->settle();
    }

protected:
    template <typename F>
    NTSTATUS call(F handler) {
        return world_->call_and_settle(*world_->bystander, handler);
    }
    HANDLE open_key(std::u16string_view name) {
        uint64_t out = world_->allocate();
        ke::UserIn<OBJECT_ATTRIBUTES> attributes(world_->put_attributes(name));
        NTSTATUS status = call([=](ke::Call& call) -> ke::Task<NTSTATUS> {
            co_return NtOpenKey(call, {ke::UserOut<HANDLE>(out), KEY_ALL_ACCESS, attributes});
        });
        return NT_SUCCESS(status) ? world_->get<HANDLE>(out) : nullptr;
    }
    HANDLE create_file(ULONG disposition, std::u16string_view name = kFile) {
        uint64_t out = world_->allocate();
        ke::UserIn<OBJECT_ATTRIBUTES> attributes(world_->put_attributes(name));
        EXPECT_EQ(call([=] [[clang::coro_wrapper]] (ke::Call & call) {
                      NtCreateFileArgs args{};
                      args.FileHandle = ke::UserOut<HANDLE>(out);
                      args.DesiredAccess = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;
                      args.ObjectAttributes = attributes;
                      args.IoStatusBlock = ke::UserOut<IO_STATUS_BLOCK>(out + 16);
                      args.ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE;
                      args.CreateDisposition = disposition;
                      args.CreateOptions = FILE_SYNCHRONOUS_IO_NONALERT;
                      return NtCreateFile(call, args);
                  }),
                  STATUS_SUCCESS);
        return world_->get<HANDLE>(out);
    }
    void close(HANDLE handle) {
        call([=](ke::Call& call) -> ke::Task<NTSTATUS> { co_return NtClose(call, {handle}); });
    }
    NTSTATUS save(HANDLE file) {
        return call([=, key = key_] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtSaveKeyEx(call, {key, file, REG_LATEST_FORMAT});
        });
    }
    Service loading(std::u16string_view name = kFile) {
        ke::UserIn<OBJECT_ATTRIBUTES> target(world_->put_attributes(kMounted)),
            file(world_->put_attributes(name));
        return [=] [[clang::coro_wrapper]] (ke::Call & call) { return NtLoadKey(call, {target, file}); };
    }
    Service unloading() {
        ke::UserIn<OBJECT_ATTRIBUTES> target(world_->put_attributes(kMounted));
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtUnloadKey2(call, {target, REG_FORCE_UNLOAD});
        };
    }

    World* world_ = nullptr;
    Ref<io::ramfs::Volume> volume_;
    HANDLE key_ = nullptr;
};

struct Save final : OnHives {
    void prepare(World& world) override {
        OnHives::prepare(world);
        file_ = create_file(FILE_OPEN);
    }
    Service service(World&) override {
        return [=, key = key_, file = file_] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtSaveKeyEx(call, {key, file, REG_LATEST_FORMAT});
        };
    }
    void afterwards(World&, std::optional<NTSTATUS>) override {
        EXPECT_EQ(save(file_), STATUS_SUCCESS);
        close(file_);
        expect_a_hive();
    }
    HANDLE file_ = nullptr;
};
TEST(Killer, SaveKey) {
    killer::kill_everywhere<Save>();
}

struct Restore final : OnHives {
    void prepare(World& world) override {
        OnHives::prepare(world);
        file_ = create_file(FILE_OPEN);
    }
    Service service(World&) override {
        return [file = file_, key = key_] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtRestoreKey(call, {key, file, REG_FORCE_RESTORE});
        };
    }
    // All of it or nothing: what is begun is done.
    void afterwards(World&, std::optional<NTSTATUS>) override {
        Ref<cm::Key> key = MUST(cm::open_key(kKey));
        EXPECT_EQ(key->value_count(), 1u);
        EXPECT_EQ(key->subkey_count(), 1u);
    }
    HANDLE file_ = nullptr;
};
TEST(Killer, RestoreKey) {
    killer::kill_everywhere<Restore>();
}

struct Load final : OnHives {
    Service service(World&) override { return loading(); }
    void afterwards(World&, std::optional<NTSTATUS>) override { expect_a_hive(); }
};
TEST(Killer, LoadKey) {
    killer::kill_everywhere<Load>();
}

// Of a file that is not there: what is left of one that has been made for nothing would be no hive.
struct LoadNew final : OnHives {
    Service service(World&) override { return loading(kMade); }
    void afterwards(World&, std::optional<NTSTATUS>) override {
        if (!cm::open_key(kMounted)) EXPECT_EQ(call(loading(kMade)), STATUS_SUCCESS);
        EXPECT_EQ(call(unloading()), STATUS_SUCCESS);
    }
};
TEST(Killer, LoadKeyOfANewFile) {
    killer::kill_everywhere<LoadNew>();
}

struct Loaded : OnHives {
    void prepare(World& world) override {
        OnHives::prepare(world);
        EXPECT_EQ(call(loading()), STATUS_SUCCESS);
        MUST(MUST(cm::open_key(kMounted))->set_value(u"large", REG_BINARY, std::vector<uint8_t>(9000, 7)));
    }
    void afterwards(World&, std::optional<NTSTATUS>) override { expect_a_hive(); }
};

struct Flush final : Loaded {
    void prepare(World& world) override {
        Loaded::prepare(world);
        root_ = open_key(kMounted);
    }
    Service service(World&) override {
        return [root = root_] [[clang::coro_wrapper]] (ke::Call & call) { return NtFlushKey(call, {root}); };
    }
    HANDLE root_ = nullptr;
};
TEST(Killer, FlushKey) {
    killer::kill_everywhere<Flush>();
}

struct Replace final : Loaded {
    void prepare(World& world) override {
        Loaded::prepare(world);
        root_ = open_key(kMounted);
    }
    Service service(World& world) override {
        ke::UserIn<OBJECT_ATTRIBUTES> fresh(world.put_attributes(kNewFile)),
            old(world.put_attributes(u"\\Device\\Hives\\old"));
        return [=, root = root_] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtReplaceKey(call, {fresh, root, old});
        };
    }
    HANDLE root_ = nullptr;
};
TEST(Killer, ReplaceKey) {
    killer::kill_everywhere<Replace>();
}

// One who waits until another is through with the hive's file.
struct FlushBehindAnother final : Loaded {
    void prepare(World& world) override {
        Loaded::prepare(world);
        root_ = open_key(kMounted);
        hive_ = mounted();
        EXPECT_TRUE(call([hive = hive_] [[clang::coro_wrapper]] (ke::Call & call) {
                        return hive->take_turn(services::Behalf(call));
                    }) == STATUS_SUCCESS);
    }
    ~FlushBehindAnother() override { hive_.reset(); }
    Service service(World&) override {
        return [root = root_] [[clang::coro_wrapper]] (ke::Call & call) { return NtFlushKey(call, {root}); };
    }
    bool go_on(World&, unsigned step) override {
        if (step) return false;
        hive_->pass_turn();
        return true;
    }
    HANDLE root_ = nullptr;
    Ref<services::Hive> hive_;
};
TEST(Killer, FlushKeyBehindAnother) {
    killer::kill_everywhere<FlushBehindAnother>();
}

// The hive is unloaded by force at each point of what works on its file.
template <typename T>
void unload_everywhere() {
    size_t points = 1;
    for (size_t at = 0; at < points; ++at) {
        World world;
        T scenario;
        scenario.prepare(world);
        world.settle();
        world.victim = killer::make_thread(*world.program);
        points = 0;
        bool inside = false;
        world.at_point = [&] {
            if (std::exchange(inside, true)) return;
            auto hive = points++ == at ? T::mounted() : Ref<services::Hive>();
            if (hive) hive->unload();
            inside = false;
        };
        world.call(*world.victim, scenario.service(world));
        world.settle();
        world.at_point = [] {};
        EXPECT_TRUE(world.answer(*world.victim)) << at;
        world.victim.reset();
        scenario.expect_a_hive();
    }
    EXPECT_GE(points, 2u);
}
TEST(Killer, UnloadedWhileItIsFlushed) {
    unload_everywhere<Flush>();
}
TEST(Killer, UnloadedWhileItIsReplaced) {
    unload_everywhere<Replace>();
}

struct Unload final : Loaded {
    Service service(World&) override { return unloading(); }
};
TEST(Killer, UnloadKey) {
    killer::kill_everywhere<Unload>();
}

// As the machine goes off.
struct FlushAll final : Loaded {
    Service service(World&) override {
        return [] [[clang::coro_wrapper]] (ke::Call & call) { return services::Hive::flush_all(call); };
    }
    void afterwards(World&, std::optional<NTSTATUS> outcome) override {
        if (outcome == STATUS_SUCCESS)
            EXPECT_TRUE(services::Hive::of_root(*MUST(cm::open_key(kMounted)))->is_flushed());
        expect_a_hive();
    }
};
TEST(Killer, AllHivesAreFlushed) {
    killer::kill_everywhere<FlushAll>();
}

// Its last key is closed by the end of the process, or by who asked.
struct AppHive final : OnHives {
    Service service(World& world) override {
        ke::UserIn<OBJECT_ATTRIBUTES> target(world.put_attributes(kApp)), file(world.put_attributes(kFile));
        uint64_t out = world.allocate();
        out_ = out;
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            NtLoadKeyExArgs args{};
            args.TargetKey = target;
            args.SourceFile = file;
            args.Flags = REG_APP_HIVE;
            args.DesiredAccess = KEY_ALL_ACCESS;
            args.RootHandle = ke::UserOut<HANDLE>(out);
            return NtLoadKeyEx(call, args);
        };
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        if (HANDLE root = world.get<HANDLE>(out_)) close(root);
        world.settle();
        EXPECT_EQ(MUST(cm::open_key(u"\\Registry\\A"))->subkey_count(), 0u);
        expect_a_hive();
    }
    uint64_t out_ = 0;
};
TEST(Killer, HivesOfApplications) {
    MUST(cm::create_key(u"\\Registry\\A"));
    killer::kill_everywhere<AppHive>();
}

}  // namespace
