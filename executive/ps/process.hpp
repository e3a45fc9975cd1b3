// SPDX-License-Identifier: GPL-3.0-only
//
// Processes. A process is an object with an address space, a handle table, a token and threads; it is
// signalled when its last thread has ended. It lives on as an object while handles name it; its memory goes
// when its last thread does.
#pragma once

#include "abi/nt/ntpsapi.h"
#include "executive/mm/address_space.hpp"
#include "executive/ob/handle.hpp"

namespace ps {

class Thread;

class Process final : public ob::Object, public ke::Client, public ListLink<struct ProcessTag> {
public:
    static const ob::Type kType;

    // --- ke::Client
    ke::UserMemory& memory() override { return *space_; }
    ob::HandleTable& handles() override { return handles_; }
    ob::Object& process_object() override { return *this; }
    bool is_driver_host() const override { return driver_host_ != nullptr; }
    ke::Quota& quota() override { return quota_; }
    ke::Waitable* waitable() override { return &ended_; }

    uint32_t id() const { return id_; }
    uint32_t parent_id() const { return parent_id_; }
    // Base name of the image, as `ps` shows it.
    std::u16string_view image_name() const { return image_name_; }
    std::u16string_view image_path() const { return image_path_; }
    mm::AddressSpace& space() { return *space_; }
    uint64_t peb() const { return peb_; }
    mm::Section& image() const { return *image_; }
    NTSTATUS exit_status() const { return exit_status_; }
    bool ended() const { return ended_.is_set(); }
    bool terminating() const { return terminating_; }
    ke::Latch& ended_latch() { return ended_; }
    List<Thread, struct ProcessThreadTag>& threads() { return threads_; }
    uint32_t thread_count() const { return thread_count_; }
    uint64_t create_time() const { return create_time_; }
    uint64_t exit_time() const { return exit_time_; }

    // The token, owned by se's type; set once by the creator, kept as an object so that ps need not know it.
    ob::Object* token() const { return token_.get(); }
    void set_token(Ref<ob::Object> token) { token_ = std::move(token); }

    // The driver host attached to this process (io's or pnp's), null for an ordinary one.
    class DriverHost {
    public:
        // The process is gone: its leases go back to their owner.
        virtual void process_ended(NTSTATUS status) = 0;

    protected:
        ~DriverHost() = default;
    };
    void attach_driver_host(DriverHost* host) { driver_host_ = host; }
    DriverHost* driver_host() const { return driver_host_; }

    // Ends every thread. Returns at once; the object is signalled when it is done.
    void terminate(NTSTATUS status);
    // Puts a copy of a capability into every thread's CSpace, now and later, and returns its slot.
    // STATUS_INSUFFICIENT_RESOURCES when the slots (32 in a driver host) are used up.
    Result<uint32_t> grant_capability(ke::CPtr source);

    // Somebody who wants to hear of the end without a coroutine.
    ~Process() override;

private:
    friend class ProcessBuilder;
    friend class Thread;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Process();
    void thread_ended();

    ke::Quota quota_;
    Own<mm::AddressSpace> space_;
    ob::HandleTable handles_;
    Ref<mm::Section> image_;
    Ref<ob::Object> token_;
    String image_name_;
    String image_path_;
    List<Thread, ProcessThreadTag> threads_;
    ke::Latch ended_;
    DriverHost* driver_host_ = nullptr;
    Vector<ke::CPtr> grants_;
    uint32_t id_ = 0;
    uint32_t parent_id_ = 0;
    uint32_t thread_count_ = 0;
    uint32_t priority_class_ = PROCESS_PRIORITY_CLASS_NORMAL;
    uint64_t peb_ = 0;
    uint64_t next_teb_ = 0;
    uint64_t create_time_ = 0;
    uint64_t exit_time_ = 0;
    NTSTATUS exit_status_ = STATUS_PENDING;
    bool terminating_ = false;
};

// All processes, in order of creation.
List<Process, ProcessTag>& processes();
Process* find_process(uint32_t id);

// How main and pnp start a program: no caller, an environment of its own.
struct ProcessParameters {
    std::u16string_view image_path;    // \SystemRoot\System32\smss.exe
    std::u16string_view command_line;  // empty: the image path
    std::u16string_view current_directory = u"\\SystemRoot\\System32";
    bool driver_host = false;
    uint32_t quota_pages = 0;  // 0: the default
};
// Creates the process with one thread, suspended when asked. The image file comes from `image`.
Result<Ref<Process>> create_process(Ref<mm::Section> image, const ProcessParameters& parameters,
                                    bool suspended);

// ntdll.dll, which every process gets mapped; set once at boot before the first process.
void set_system_dll(Ref<mm::Section> ntdll);

// How ps opens an image file by NT path without knowing io: io provides it at boot.
class ImageOpener {
public:
    virtual Task<Result<Ref<mm::Section>>> open_image(ke::Call* call, std::u16string_view path) = 0;

protected:
    ~ImageOpener() = default;
};
void set_image_opener(ImageOpener& opener);

}  // namespace ps
