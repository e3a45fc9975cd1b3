// SPDX-License-Identifier: GPL-3.0-only
//
// The I/O request packet. The Executive owns every IRP from start() to complete(); a device that takes its
// time holds a reference, a driver process only a lease on it (host_channel.hpp), so a driver that dies loses
// nothing. Who issued it awaits done(), or is told through a Notice when the file is asynchronous.
//
// An IRP's data is the client's memory (reached through the client's address space, page by page) or the
// Executive's own. The issuing thread can go at any moment. A request that it waited for is abandoned then:
// nobody is told of its end, and the client's memory is not touched through it again; one that went on
// asynchronously is cancelled and tells its process of its end as ever. Either way done() happens when the
// device has completed it, and not before.
#pragma once

#include <span>

#include "base/task.hpp"
#include "executive/io/lent.hpp"
#include "executive/io/notice.hpp"
#include "executive/io/subject.hpp"
#include "executive/ke/ke.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/se/token.hpp"

namespace io {

class ByteLock;
class Device;
class File;

// IRP_MJ_*.
enum class Major : uint8_t {
    Create = 0x00,
    CreateNamedPipe = 0x01,
    Close = 0x02,
    Read = 0x03,
    Write = 0x04,
    QueryInformation = 0x05,
    SetInformation = 0x06,
    QueryEa = 0x07,
    SetEa = 0x08,
    FlushBuffers = 0x09,
    QueryVolumeInformation = 0x0a,
    SetVolumeInformation = 0x0b,
    DirectoryControl = 0x0c,
    FileSystemControl = 0x0d,
    DeviceControl = 0x0e,
    InternalDeviceControl = 0x0f,
    Shutdown = 0x10,
    LockControl = 0x11,
    Cleanup = 0x12,
    CreateMailslot = 0x13,
    QuerySecurity = 0x14,
    SetSecurity = 0x15,
    QueryQuota = 0x19,
    SetQuota = 0x1a,
    // Calls into a file system, no IRPs: WDM_CALL_*.
    ReleaseForFlush = 0xfa,
    AcquireForFlush = 0xfb,
    ReleaseForModWrite = 0xfc,
    AcquireForModWrite = 0xfd,
    ReleaseForSection = 0xfe,
    AcquireForSection = 0xff,
};

// IRP_MN_QUERY_DIRECTORY and the SL_* flags that go with it, and with queries of attributes and quotas.
inline constexpr uint8_t kMinorQueryDirectory = 1;
// IRP_MN_NOTIFY_CHANGE_DIRECTORY(_EX) and its SL_* flag; the information class is the filter.
inline constexpr uint8_t kMinorNotifyChangeDirectory = 2;
inline constexpr uint8_t kMinorNotifyChangeDirectoryEx = 3;
inline constexpr uint8_t kWatchTree = 1;
inline constexpr uint8_t kRestartScan = 1;
inline constexpr uint8_t kReturnSingleEntry = 2;
inline constexpr uint8_t kIndexSpecified = 4;
// IRP_MN_LOCK, IRP_MN_UNLOCK_SINGLE, and the SL_* flags of the former.
inline constexpr uint8_t kMinorLock = 1;
inline constexpr uint8_t kMinorUnlockSingle = 2;
inline constexpr uint8_t kFailImmediately = 1;
inline constexpr uint8_t kExclusiveLock = 2;
// SL_FORCE_ACCESS_CHECK of IRP_MJ_CREATE: also when it is a driver that opens.
inline constexpr uint8_t kForceAccessCheck = 1;

// Offsets of a Read or Write that mean the file's position and the file's end.
inline constexpr int64_t kAtPosition = -2;
inline constexpr int64_t kAtEnd = -1;

union IrpParameters {
    struct {
        ACCESS_MASK desired_access;
        uint32_t options;  // disposition << 24 | create options
        uint16_t attributes;
        uint16_t share_access;
        uint32_t reserved;
        uint64_t related_file;  // the number of an open file of the device that the name is relative to; 0
    } create;
    struct {
        int64_t offset;
        uint32_t key;
    } transfer;
    struct {
        uint32_t code;
        void* held;  // its device's, while it holds the request
    } control;
    struct {
        uint32_t information_class;
    } query;
    struct {
        int64_t offset;
        int64_t length;
        uint32_t key;
    } lock;
    struct {
        uint32_t index;  // of the first, from 1 on; 0: none is named
    } attributes;
    struct {
        uint32_t information;  // which parts of the descriptor
    } security;
    struct {
        int64_t ending_offset;
        uint32_t page_protection;
        uint32_t epoch;  // HostChannel::epoch() of the process that has acquired
    } call;
};

// One side of an IRP's data.
struct IrpBuffer {
    enum class Place : uint8_t { None, Client, Executive };
    Place place = Place::None;
    uint64_t address = 0;     // Client
    uint8_t* data = nullptr;  // Executive; must live until the IRP is done or abandoned
    size_t length = 0;
    // Client: where its driver needs them, pinned before it is started, until it is gone (pinning.hpp).
    Ref<mm::PinnedPages> pages{};

    static IrpBuffer client(uint64_t address, size_t length) {
        return {Place::Client, address, nullptr, length};
    }
    static IrpBuffer executive(std::span<uint8_t> data) {
        return {Place::Executive, 0, data.data(), data.size()};
    }
};

// In the list of a file's pending requests: one of them, or the place that one who goes along it has reached.
struct PendingEntry : ListLink<struct PendingTag> {
    explicit PendingEntry(bool place) : is_place(place) {}
    const bool is_place;
};

class Irp final : public RefCounted,
                  public PendingEntry,
                  public ListLink<struct QueueTag>,    // waiting for a driver
                  public ListLink<struct AwaitedTag>,  // its host has not said yet whether it pends
                  public Lease,
                  public ke::ThreadBound {
public:
    // `issuer` null: the Executive itself asks. Else it is charged to its client: STATUS_QUOTA_EXCEEDED.
    static Result<Ref<Irp>> create(Major major, File& file, ke::Thread* issuer);
    // One that belongs to no file (yet).
    static Result<Ref<Irp>> create(Major major, Device& device);
    // For create().
    explicit Irp(Major major);
    Irp(Major major, File& file);
    Irp(Major major, File& file, ke::Thread& issuer);
    ~Irp() override;
    // Mostly one follows the other, of two threads in turn: the memory of a few is kept.
    static void* operator new(size_t size, const std::nothrow_t&) noexcept;
    static void operator delete(void* memory) noexcept;

    const Major major;
    // It opens its file.
    bool opens_file() const {
        return major == Major::Create || major == Major::CreateNamedPipe || major == Major::CreateMailslot;
    }
    // Cleanup and Close, which no driver refuses.
    bool ends_file() const { return major == Major::Cleanup || major == Major::Close; }
    // What it counts as for its process.
    ke::IoCounts::Kind counts_as() const {
        static_assert(Major::Write == static_cast<Major>(static_cast<uint8_t>(Major::Read) + 1));
        unsigned kind = static_cast<unsigned>(major) - static_cast<unsigned>(Major::Read);
        return kind < ke::IoCounts::Other ? static_cast<ke::IoCounts::Kind>(kind) : ke::IoCounts::Other;
    }
    // A call into a file system, of which those that release end what another has begun.
    bool is_call() const { return major >= Major::ReleaseForFlush; }
    bool releases() const { return is_call() && (static_cast<uint8_t>(major) & 1) == 0; }
    // IOCTLs and FSCTLs.
    bool is_control() const {
        return major == Major::DeviceControl || major == Major::FileSystemControl ||
               major == Major::InternalDeviceControl;
    }
    uint8_t minor = 0;
    uint8_t stack_flags = 0;
    // The end of the wait for it boosts by this, where it is more than the device is worth.
    uint8_t boost = 0;
    unsigned wake_increment() const;
    // IRP_PAGING_IO: other requests may wait for it, and it for none of them.
    bool paging_io = false;
    IrpParameters parameters{};
    IrpBuffer input;
    IrpBuffer output;
    // SetInformation: the new name; QueryDirectory: the pattern, empty for none.
    String name;
    // A name of the client's, charged to it until the request is gone. STATUS_QUOTA_EXCEEDED.
    // REQUIRES: from_client(); once.
    Result<void> set_name(String text);
    // What is not the client's memory. Create, on a device that checks access itself: the descriptor that a
    // new file is to have, checked, which may be empty, and behind it, the last input.length bytes, its
    // extended attributes. Else a buffer, for an answer or a copy of what has been checked.
    Vector<uint8_t> data;
    // Such a buffer, charged as a name is. STATUS_QUOTA_EXCEEDED. REQUIRES: from_client(); once.
    Result<void> set_data(Vector<uint8_t> bytes);
    // What goes to the device with it: this, or for Create the name of the file, which may be long and is
    // there once.
    std::u16string_view text() const;
    uint64_t file_number = 0;
    // Some devices do not take it without its buffers pinned.
    static constexpr size_t kShort = 512;
    bool is_long() const { return input.length + output.length > kShort; }

    Device& device() const { return *device_; }
    // Null for Close.
    File* file() const { return file_.get(); }
    // For a request that was made before its file was there. REQUIRES: not started.
    void set_file(File& file);
    // Who asks. One that the Executive makes for somebody who is not there any more says so itself.
    const Subject& subject() const { return subject_; }
    void set_subject(const Subject& subject) { subject_ = subject; }
    // As whom a device that checks access checks it (docs/security.md); null: not at all, for it is the
    // Executive's or a driver's. Lives as long as the request.
    const se::Token* checked_as() const;
    bool from_client() const { return client_ != nullptr; }
    // REQUIRES: from_client(). Its memory is there only while reachable().
    ke::Client& client() const { return *client_; }
    // Whoever asked can still be given data and answers.
    bool reachable() const { return !abandoned_ && !(client_ && client_->gone()); }

    // Bounds are the device's to keep; a client's bad address is STATUS_ACCESS_VIOLATION.
    Result<void> read_input(size_t at, std::span<uint8_t> into) const;
    Result<void> write_output(size_t at, std::span<const uint8_t> data) const;

    // Gives it to its device. REQUIRES: not started, and somebody else holds it meanwhile.
    void start();
    // By the device: once. The output is where it belongs by then. REQUIRES: somebody holds it meanwhile.
    void complete(NTSTATUS status, uint64_t information = 0);
    bool is_done() const { return done_.happened(); }
    NTSTATUS status() const { return status_; }
    uint64_t information() const { return information_; }
    Event& done() { return done_; }

    // How a client hears of the end that it does not wait for.
    Notice& notice() { return notice_; }
    // Its thread will not wait: complete() delivers the notice. REQUIRES: not done.
    void go_on_without(ke::Thread& thread);
    // Went on without this thread, which is still there.
    bool issued_by(const ke::Thread& thread) const { return issuer_ == &thread; }
    // Where the client wants its status block; 0 when it waits for the answer itself.
    uint64_t status_block() const { return notice_.status_block(); }
    // Who makes it wants to know whether it ends at once, as on NT, where the driver is called by its thread.
    // REQUIRES: not started.
    void await_answer() { awaited_ = true; }
    bool awaited() const { return awaited_; }
    // Signalled, for one that is awaited, when it has ended or goes on: its driver has let it pend, or is out
    // of reach.
    Event& answer() { return answer_; }
    // By its device, which may be early: it goes on.
    void say_pending() {
        if (awaited_) answer_.signal();
    }
    // Asks the device to finish it soon; it completes in its own way, mostly with STATUS_CANCELLED.
    void request_cancel();
    bool cancel_requested() const { return cancel_requested_; }
    // Whoever waited for it is gone: it is cancelled, and goes on by itself until its device completes it.
    void abandon();
    void thread_ended(ke::Thread& thread) override;
    // Deaths of driver processes that were its driver's own fault.
    unsigned deaths = 0;
    // HostChannel::epoch() when it came there.
    uint32_t epoch = 0;
    // HostChannel's, while it is lent.
    DataLease at_host;
    // LockControl: the lock that it waits for (byte_locks.hpp).
    Own<ByteLock> lock;

private:
    Ref<Device> device_;
    Ref<File> file_;
    Ref<ob::Object> client_object_;
    ke::Client* client_ = nullptr;
    size_t charged_ = 0;  // bytes, in its quota
    ke::Thread* issuer_ = nullptr;
    Subject subject_;
    Event done_;
    Notice notice_;
    NTSTATUS status_ = STATUS_PENDING;
    uint64_t information_ = 0;
    bool notified_ = false;
    bool awaited_ = false;
    bool abandoned_ = false;
    bool cancel_requested_ = false;
    Event answer_;
};

// co_await RequestWait(thread, irp): the status of a request that was started, for the thread that issued it.
// Ends early with STATUS_THREAD_IS_TERMINATING, the request being abandoned then, or in an alertable wait
// with STATUS_ALERTED or STATUS_USER_APC, the request going on.
class RequestWait final : public ke::EventWait {
public:
    RequestWait(ke::Thread& thread, Irp& irp, bool alertable = false)
        : EventWait(thread, irp.done(), alertable), issuer_(thread), irp_(irp) {}
    NTSTATUS await_resume();
    bool cancel_request(uint64_t status_block) override {
        if (irp_.is_done() || (status_block && status_block != irp_.status_block())) return false;
        irp_.request_cancel();
        return true;
    }

private:
    ke::Thread& issuer_;
    Irp& irp_;
};

}  // namespace io
