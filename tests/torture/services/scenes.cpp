// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/scenes.hpp"

#include "abi/nt/ntdll.h"
#include "tests/torture/services/actor.hpp"
#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/calls.hpp"
#include "tests/torture/services/worker.hpp"

namespace torture {
namespace {

constexpr ULONG kMost = 4000;  // handles, names and levels
constexpr ULONG kMostKeyLevels = 400;
constexpr ULONG kMostValues = 1000;
constexpr ULONG kMostApcs = 4200;  // a few more than a thread takes
constexpr ULONG kMostWaiters = 150;
constexpr ULONG64 kConsolePercent = 15;
constexpr ULONG64 kFilePercent = 36;
constexpr ULONG64 kSocketPercent = 12;
constexpr ULONG64 kPortPercent = 12;
constexpr ULONG kMostUnits = 32'766;  // of a path

// What the nurse calls for a scene is on its page like everything else, for whoever reads of a stop.
class Stage {
public:
    Stage(ThreadPage& page, ProcessWorld& world) : page_(page), world_(world) {}

    template <typename... Args>
    NTSTATUS call(const char* service, Args... args) {
        return torture::call(page_, index_of(service), Words{{ULONG64(args)...}});
    }
    // A call that gives a handle, which is its first argument; null when it fails.
    template <typename... Args>
    HANDLE give(const char* service, Args... args) {
        HANDLE handle = nullptr;
        return NT_SUCCESS(call(service, &handle, args...)) ? handle : nullptr;
    }
    HANDLE event() {
        return give("NtCreateEvent", EVENT_ALL_ACCESS, nullptr, world_.below(2), world_.below(2));
    }
    void close(HANDLE handle) { call("NtClose", handle); }
    ULONG up_to(ULONG most) { return 1 + static_cast<ULONG>(world_.below(most)); }
    bool chance(ULONG64 of_hundred) { return world_.chance(of_hundred); }
    ProcessWorld& world() { return world_; }

private:
    ThreadPage& page_;
    ProcessWorld& world_;
};

// A name below a root, as attributes.
class Named {
public:
    Named(HANDLE root, WCHAR letter, ULONG number, ULONG flags) {
        text_[length_++] = letter;
        for (ULONG digit = 1000; digit; digit /= 10)
            text_[length_++] = static_cast<WCHAR>(u'0' + number / digit % 10);
        name_.Length = name_.MaximumLength = static_cast<USHORT>(length_ * sizeof(WCHAR));
        name_.Buffer = text_;
        attributes_.Length = sizeof attributes_;
        attributes_.RootDirectory = root;
        attributes_.ObjectName = &name_;
        attributes_.Attributes = OBJ_CASE_INSENSITIVE | OBJ_OPENIF | flags;
    }
    OBJECT_ATTRIBUTES* get() { return &attributes_; }
    UNICODE_STRING* name() { return &name_; }

private:
    WCHAR text_[5];
    ULONG length_ = 0;
    UNICODE_STRING name_ = {};
    OBJECT_ATTRIBUTES attributes_ = {};
};

HANDLE handles[kMost];

void close_all(Stage& stage, ULONG count) {
    const bool forwards = stage.chance(50);
    for (ULONG i = 0; i < count; ++i)
        stage.close(handles[forwards ? i : count - 1 - i]);
}

HANDLE open_place(Stage& stage, const WCHAR* path, const char* service, ACCESS_MASK access) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = &name;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    return stage.give(service, access, &attributes);
}

HANDLE open_objects(Stage& stage) {
    return open_place(stage, u"\\BaseNamedObjects\\torture", "NtOpenDirectoryObject", DIRECTORY_ALL_ACCESS);
}

void many_handles(Stage& stage) {
    const HANDLE event = stage.event();
    const ULONG count = stage.up_to(kMost);
    const ULONG flags = stage.chance(50) ? OBJ_INHERIT : 0;
    for (ULONG i = 0; i < count; ++i)
        stage.call("NtDuplicateObject", NtCurrentProcess(), event, NtCurrentProcess(), &handles[i], 0, flags,
                   DUPLICATE_SAME_ACCESS);
    stage.close(event);
    if (stage.chance(60)) close_all(stage, count);
}

void many_names(Stage& stage) {
    const HANDLE root = open_objects(stage);
    const ULONG count = stage.up_to(kMost);
    const ULONG flags = stage.chance(20) ? OBJ_PERMANENT : 0;
    for (ULONG i = 0; i < count; ++i) {
        Named name(root, u'n', i, flags);
        handles[i] = stage.give("NtCreateSemaphore", SEMAPHORE_ALL_ACCESS, name.get(), LONG{0}, LONG{1});
    }
    stage.close(root);
    if (stage.chance(60)) close_all(stage, count);
}

// A path of `count` components that are all called d0000.
void open_far(Stage& stage, ULONG count) {
    const ULONG64 room = stage.world().path_room();
    auto* text = reinterpret_cast<WCHAR*>(room);
    const WCHAR start[] = u"\\BaseNamedObjects\\torture";
    ULONG length = 0;
    for (; start[length]; ++length)
        text[length] = start[length];
    const WCHAR component[] = u"\\d0000";
    for (ULONG i = 0; i < count && length + 6 < kMostUnits; ++i)
        for (ULONG unit = 0; component[unit]; ++unit)
            text[length++] = component[unit];
    UNICODE_STRING name;
    name.Length = name.MaximumLength = static_cast<USHORT>(length * sizeof(WCHAR));
    name.Buffer = text;
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = &name;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    if (const HANDLE handle = stage.give("NtOpenDirectoryObject", DIRECTORY_QUERY, &attributes))
        stage.close(handle);
}

void deep_directories(Stage& stage) {
    const ULONG count = stage.up_to(kMost);
    const ULONG flags = stage.chance(20) ? OBJ_PERMANENT : 0;
    HANDLE below = open_objects(stage);
    const HANDLE top = below;
    for (ULONG i = 0; i < count; ++i) {
        Named name(below, u'd', 0, flags);
        handles[i] = below = stage.give("NtCreateDirectoryObject", DIRECTORY_ALL_ACCESS, name.get());
    }
    open_far(stage, count);
    open_far(stage, kMostUnits);
    const ULONG64 room = scratch(stage.world().slot());
    stage.call("NtQueryObject", below, ObjectNameInformation, room, kScratchSize - 1, nullptr);
    stage.close(top);
    if (stage.chance(60)) close_all(stage, count);
}

void deep_keys(Stage& stage) {
    const ULONG count = stage.up_to(kMostKeyLevels);
    HANDLE below = open_place(stage, u"\\Registry\\Machine\\Software\\torture", "NtOpenKey", KEY_ALL_ACCESS);
    const HANDLE top = below;
    for (ULONG i = 0; i < count; ++i) {
        Named name(below, u'k', 0, 0);
        handles[i] = below =
            stage.give("NtCreateKey", KEY_ALL_ACCESS, name.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    }
    const bool remove = stage.chance(60);
    for (ULONG i = count; i-- > 0;) {
        if (remove) stage.call("NtDeleteKey", handles[i]);
        stage.close(handles[i]);
    }
    stage.close(top);
}

void many_values(Stage& stage) {
    const HANDLE top =
        open_place(stage, u"\\Registry\\Machine\\Software\\torture", "NtOpenKey", KEY_ALL_ACCESS);
    const ULONG count = stage.up_to(kMostValues);
    Named key(top, u'v', static_cast<ULONG>(stage.world().below(4)), 0);
    const HANDLE values =
        stage.give("NtCreateKey", KEY_ALL_ACCESS, key.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    for (ULONG i = 0; i < count; ++i) {
        Named name(nullptr, u'v', i, 0);
        stage.call("NtSetValueKey", values, name.name(), 0, REG_DWORD, &i, sizeof i);
    }
    if (stage.chance(50)) stage.call("NtDeleteKey", values);
    stage.close(values);
    stage.close(top);
}

HANDLE start_thread(Stage& stage, NTSTATUS(NTAPI* routine)(PVOID), HANDLE argument, bool suspended) {
    return stage.give("NtCreateThreadEx", THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(), routine, argument,
                      suspended ? THREAD_CREATE_FLAGS_CREATE_SUSPENDED : 0, 0, 0x4000, 0x10000, nullptr);
}

void many_apcs(Stage& stage) {
    const HANDLE thread = start_thread(stage, passer_by, nullptr, true);
    const ULONG count = stage.up_to(kMostApcs);
    for (ULONG i = 0; i < count; ++i)
        stage.call("NtQueueApcThread", thread, stage.world().routine(Routine::Apc), 0, 0, 0);
    if (stage.chance(40))
        stage.call("NtTerminateThread", thread, STATUS_SUCCESS);
    else if (stage.chance(60))
        stage.call("NtResumeThread", thread, nullptr);
    stage.close(thread);
}

NTSTATUS NTAPI waiter(PVOID event) {
    NtWaitForSingleObject(event, TRUE, nullptr);
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

void many_waiters(Stage& stage) {
    const HANDLE event = stage.event();
    const ULONG count = stage.up_to(kMostWaiters);
    for (ULONG i = 0; i < count; ++i)
        handles[i] = start_thread(stage, waiter, event, false);
    const ULONG64 roll = stage.world().below(4);
    if (roll == 0) stage.call("NtSetEvent", event, nullptr);
    if (roll == 1) stage.call("NtPulseEvent", event, nullptr);
    if (roll == 2) stage.close(event);
    // None of them is left: a process of so many threads does little else.
    for (ULONG i = 0; i < count; ++i)
        stage.call(i % 2 ? "NtTerminateThread" : "NtAlertThread", handles[i], 0);
    for (ULONG i = 0; i < count; ++i)
        stage.call("NtTerminateThread", handles[i], STATUS_SUCCESS);
    close_all(stage, count);
    if (roll != 2) stage.close(event);
}

class Nurse final : public Actor {
public:
    Nurse(ThreadPage& page, ProcessWorld& world) : Actor(world), page_(page) {}
    ULONG64 word_at(ULONG64 address) override {
        __try {
            return *reinterpret_cast<const volatile ULONG64*>(address);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
        return 0;
    }

private:
    NTSTATUS make(const char* service, const Words& words) override {
        return torture::call(page_, index_of(service), words);
    }
    ThreadPage& page_;
};

using Scene = void (*)(Stage&);
constexpr Scene kScenes[] = {many_handles, many_names, deep_directories, deep_keys,
                             many_values,  many_apcs,  many_waiters};

}  // namespace

void play_scene(ThreadPage& page, ProcessWorld& world) {
    const ULONG64 roll = world.below(100);
    if (roll < kConsolePercent) return play_console_scene(page, world);
    if (roll < kConsolePercent + kFilePercent + kSocketPercent + kPortPercent) {
        Nurse nurse(page, world);
        if (roll < kConsolePercent + kFilePercent) return play_file_scene(nurse, kMost);
        return roll < kConsolePercent + kFilePercent + kSocketPercent ? play_socket_scene(nurse, kMost)
                                                                      : play_port_scene(nurse, kMost);
    }
    Stage stage(page, world);
    world.any_of(kScenes)(stage);
}

}  // namespace torture
