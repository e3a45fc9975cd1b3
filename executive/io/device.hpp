// SPDX-License-Identifier: GPL-3.0-only
//
// What files are opened on: an object in \Device that takes IRPs. The Executive's own devices (boot volume,
// console) complete them at once; a DriverDevice passes them to a driver process.
#pragma once

#include "executive/io/irp.hpp"
#include "executive/mm/control_area.hpp"
#include "executive/ob/object.hpp"

namespace io {

// A Create may lead elsewhere: it ends with STATUS_REPARSE, the path in `name`, on the device or, as the
// information says, from the root of all names. So many are followed.
inline constexpr uint64_t kReparseOnDevice = 0;
inline constexpr uint64_t kReparseFromRoot = 1;
inline constexpr unsigned kMostReparsePoints = 63;

class Device : public ob::Object {
public:
    static const ob::Type kType;

    uint32_t device_type() const { return device_type_; }
    uint32_t characteristics() const { return characteristics_; }
    // Files of such a device are pipes or mailslots, which NtCreateNamedPipeFile and NtCreateMailslotFile
    // make.
    bool makes(Major major) const {
        return major == Major::Create || (major == Major::CreateNamedPipe && holds_pipes()) ||
               (major == Major::CreateMailslot && device_type_ == FILE_DEVICE_MAILSLOT);
    }
    bool holds_pipes() const { return device_type_ == FILE_DEVICE_NAMED_PIPE; }
    // What is opened relative to a file of the device may be a thing of that file's: the other end of a pipe
    // without a name, a part of a console.
    bool sees_related() const { return holds_pipes() || device_type_ == FILE_DEVICE_CONSOLE; }
    // By how much the end of a request boosts the thread that waits for it: wdm.h's IO_..._INCREMENT, 0 to 8.
    unsigned wake_increment() const;
    // Which buffers of a long IRP of a client's must be pinned before it comes to start().
    struct Windows {
        bool input = false;
        bool output = false;
    };
    virtual Windows windows(const Irp& irp) const {
        (void)irp;
        return {};
    }
    // It says at once, or soon, whether a request pends (Irp::answer): its clients wait for that.
    virtual bool answers() const { return false; }
    // It is of this driver host.
    virtual bool owned_by(const ke::Client& host) const {
        (void)host;
        return false;
    }
    // It has read_now(), write_now(), lock_now() and unlock_now().
    bool moves_at_once() const { return moves_at_once_; }
    // NT's FastIoRead and FastIoWrite: moves `length` bytes, at least one, between the file at `offset` and a
    // client's memory if nothing has to be waited for, made or brought in. How many, fewer at the file's end;
    // 0: it goes by an IRP, which does all of it, whatever has been moved already.
    struct Move {
        File& file;
        uint64_t offset;
        ke::UserMemory& memory;
        uint64_t address;
        size_t length;
    };
    virtual size_t read_now(const Move& move) {
        (void)move;
        return 0;
    }
    virtual size_t write_now(const Move& move) {
        (void)move;
        return 0;
    }
    // NT's FastIoLock and FastIoUnlockSingle, of a client's process: nothing, where it has to wait or the
    // device takes none at once, and it goes by an IRP.
    struct ByteLocking {
        File& file;
        ke::Client& client;
        int64_t offset;
        int64_t length;
        uint32_t process;
        uint32_t key;
        bool exclusive;
    };
    virtual std::optional<NTSTATUS> lock_now(const ByteLocking& locking) {
        (void)locking;
        return std::nullopt;
    }
    virtual std::optional<NTSTATUS> unlock_now(const ByteLocking& locking) {
        (void)locking;
        return std::nullopt;
    }
    // Does the path that this file was opened by still lead to it? It, or a directory above it, may have been
    // renamed since, or deleted.
    enum class Place : uint8_t { Same, Moved, Gone };
    virtual Place place_of(const File& file) const {
        (void)file;
        return Place::Same;
    }
    // It checks who opens, makes and renames its files, and says what was granted (File::grant).
    virtual bool checks_access() const { return false; }
    // Where it keeps the descriptor of a file, which all who open that file share. Null: the file object has
    // one of its own.
    virtual const Ref<ob::Descriptor>* descriptor_of(const File& file) const {
        (void)file;
        return nullptr;
    }
    // REQUIRES: it keeps one. STATUS_DISK_FULL.
    virtual Result<void> set_descriptor_of(File& file, Ref<ob::Descriptor> descriptor) {
        (void)file, (void)descriptor;
        return fail(STATUS_INVALID_DEVICE_REQUEST);
    }
    // Takes an IRP: completes it now, or holds a reference and completes it later.
    virtual void start(Irp& irp) = 0;
    // Finish this pending IRP soon.
    virtual void cancel(Irp& irp) { (void)irp; }
    // The last handle of an open file was closed.
    virtual void cleanup(File& file) { (void)file; }
    // The file object itself goes.
    virtual void closed(File& file) { (void)file; }
    // Its driver is to hold a file while the Executive makes a section of it (file_system_hold.hpp).
    virtual bool calls_file_system() const { return false; }
    // The pages of this file, for a section. STATUS_INVALID_FILE_FOR_SECTION.
    virtual Result<Ref<mm::ControlArea>> control_area(File& file);

protected:
    enum class Moves : uint8_t { ByRequests, AtOnce };
    Device(uint32_t device_type, uint32_t characteristics, Moves moves = Moves::ByRequests)
        : Object(kType),
          device_type_(device_type),
          characteristics_(characteristics),
          moves_at_once_(moves == Moves::AtOnce) {}

private:
    uint32_t device_type_;
    uint32_t characteristics_;
    bool moves_at_once_;
};

}  // namespace io
