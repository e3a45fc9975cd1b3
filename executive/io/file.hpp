// SPDX-License-Identifier: GPL-3.0-only
//
// An open file: what a handle from NtCreateFile names. It is open from the moment its device answered
// IRP_MJ_CREATE with success until its last handle goes; a pending IRP keeps the object, not the openness.
#pragma once

#include "executive/io/device.hpp"

namespace ex {
class IoCompletion;
}

namespace io {

// What a device keeps with a file.
class FileContext {
public:
    virtual ~FileContext() = default;
    // What is waited for by who waits for the file, in place of the end of its requests. It lives as long as
    // the file, and is the same for ever.
    virtual ke::Waitable* waitable() { return nullptr; }
};

struct OpenOptions {
    ACCESS_MASK access = 0;
    uint32_t share = 0;
    uint32_t options = 0;
    uint32_t disposition = FILE_OPEN;
    uint32_t attributes = 0;
    // How far the driver may act as the opener (docs/security.md).
    SECURITY_IMPERSONATION_LEVEL level = SecurityIdentification;
    bool check_driver = false;  // OBJ_FORCE_ACCESS_CHECK: a driver's open is checked as others are
    // Bytes that its device may keep for it besides, of data that it holds: each handle counts for them.
    uint32_t kept = 0;
};

class File final : public ob::Object, public ListLink<struct DeviceFileTag> {
public:
    static const ob::Type kType;

    File(Ref<Device> device, String name, const OpenOptions& options);
    ~File() override;

    Device& device() const { return *device_; }
    // The name behind the device's, with its leading backslash; empty for the device itself.
    std::u16string_view name() const { return name_; }
    void rename(String name) { name_ = std::move(name); }
    // The name as its device is to have it: while it is being opened relative to another file of the device,
    // the part behind that file's.
    std::u16string_view name_to_open() const { return name().substr(name_skip_); }
    // It is being opened relative to this one, whose name and a separator are the first `skip` characters of
    // its own; null and 0: it is not, or no longer.
    void opened_by(Ref<File> related, size_t skip);
    const Ref<File>& related() const { return related_; }
    const OpenOptions& options() const { return options_; }
    // By a device that checks access: what the opener gets.
    void grant(ACCESS_MASK access) { options_.access = access; }
    // A device's that was opened by its own name, else what the device keeps for the file.
    const Ref<ob::Descriptor>& descriptor() const override;
    Result<void> set_descriptor(Ref<ob::Descriptor> descriptor) override;
    // A file that its device keeps no descriptor for is asked about by an IRP.
    bool security_is_elsewhere() const override { return !name_.empty() && !device_->descriptor_of(*this); }
    Task<Result<Asked>> ask_security(ke::Thread& thread, SECURITY_INFORMATION which, size_t most) override;
    Task<NTSTATUS> tell_security(ke::Thread& thread, SECURITY_INFORMATION which,
                                 Vector<uint8_t> changes) override;
    uint64_t number() const { return number_; }
    bool synchronous() const {
        return options_.options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT);
    }
    // By a device whose files all are, as it is opened; requests of several threads go on beside each other.
    void make_synchronous() {
        if (!synchronous()) options_.options |= FILE_SYNCHRONOUS_IO_NONALERT;
        one_at_a_time_ = false;
    }
    bool one_at_a_time() const { return synchronous() && one_at_a_time_; }
    bool alertable() const { return options_.options & FILE_SYNCHRONOUS_IO_ALERT; }
    // FILE_*_IO and the like, as FileModeInformation reports them.
    uint32_t mode() const;

    // The byte offset of a synchronous file.
    uint64_t position = 0;
    // FILE_SKIP_*.
    uint32_t notification_modes = 0;
    Own<FileContext> context;
    // Its locks on the bytes of a stream (byte_locks.hpp); the stream's ByteLocks owns them.
    List<class ByteLock, struct FileLockTag> byte_locks;
    class ByteLocks* locks_in = nullptr;  // of which stream they are; null: it has asked for none
    uint32_t locks_waiting = 0;           // requests for more of them
    List<class LockSweep, struct SweepTag> lock_sweeps;  // lock_sweep.hpp
    // Another one after each handle to it that was made.
    uint64_t handles_made() const { return handles_closed_ + handle_count(); }
    // Of a directory that it watches (directory_watch.hpp).
    Own<class DirectoryWatch> watch;
    bool byte_locks_ended = false;  // it has no handle any more, and is granted none

    // What its device may keep for it, in bytes: each handle counts for it. REQUIRES: it has no handle yet.
    void count_kept(size_t bytes) { set_extra_charge(bytes); }

    bool opened() const { return opened_; }
    void set_opened() { opened_ = true; }
    ke::Latch& signal() { return signal_; }
    List<PendingEntry, PendingTag>& pending() { return pending_; }

    // One request at a time on a synchronous file: a wait that passes has the turn, until pass() gives it to
    // whoever has waited longest.
    class Turn final : public ke::Waitable {
    public:
        bool signaled(const ke::Thread&) const override { return !taken_; }
        NTSTATUS consume(ke::Thread&) override {
            taken_ = true;
            return STATUS_SUCCESS;
        }
        void pass() {
            taken_ = false;
            wake();
        }
        // Nobody has it and nobody waits for it.
        bool idle() const { return !taken_ && !has_waiters(); }

    private:
        bool taken_ = false;
    };
    Turn& turn() { return turn_; }

    // STATUS_INVALID_PARAMETER when it has one.
    Result<void> set_completion_port(Ref<ex::IoCompletion> port, uint64_t key);
    ex::IoCompletion* completion_port() const { return port_.get(); }
    uint64_t completion_key() const { return port_key_; }

    ke::Waitable* waitable() override {
        ke::Waitable* devices = context ? context->waitable() : nullptr;
        return devices ? devices : &signal_;
    }
    Result<String> full_name() const override;
    // The same, kept as long as the file.
    Result<std::u16string_view> full_path();
    void handle_closed(ke::Client& client) override;
    void last_handle_closed() override;

private:
    Ref<Device> device_;
    String name_;
    String full_path_;
    Ref<File> related_;  // only while it is being opened: so there is no chain of them
    size_t name_skip_ = 0;
    OpenOptions options_;
    uint64_t number_;
    uint64_t handles_closed_ = 0;
    ke::Latch signal_;
    List<PendingEntry, PendingTag> pending_;
    Turn turn_;
    Ref<ex::IoCompletion> port_;
    uint64_t port_key_ = 0;
    bool opened_ = false;
    bool one_at_a_time_ = true;
};

}  // namespace io
