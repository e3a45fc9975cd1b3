// SPDX-License-Identifier: GPL-3.0-only
//
// One console as the Executive has it: requests of its clients on their way to its host, a process, and the
// host's answers. What they mean is the host's business alone (abi/console/condrv.h). A request is waiting,
// then handed to the host until it answers by the request's Id; a cancel of one that is handed is told to the
// host, who answers it all the same. When the host has gone all requests end with STATUS_PIPE_DISCONNECTED.
#pragma once

#include "abi/console/condrv.h"
#include "executive/io/file.hpp"
#include "executive/ke/pacer.hpp"

namespace io::condrv {

enum class FileKind : uint32_t {
    Server = CONDRV_FILE_SERVER,
    Reference = CONDRV_FILE_REFERENCE,
    Connection = CONDRV_FILE_CONNECTION,
    Input = CONDRV_FILE_INPUT,
    Output = CONDRV_FILE_OUTPUT,
    ScreenBuffer = CONDRV_FILE_SCREEN_BUFFER,
    Events = CONDRV_FILE_EVENTS,
};

class Console;

// What was opened. One whose opening the host knows outlives its file until the host has been told of its
// end, at the host's expense.
class Endpoint final : public RefCounted,
                       public ListLink<struct GoneTag>,
                       public TreeLink<struct ConnectionTag> {
public:
    Endpoint(FileKind file_kind, uint64_t file_number, uint32_t process_id)
        : kind(file_kind), file(file_number), process(process_id) {}
    ~Endpoint() override;

    const FileKind kind;
    const uint64_t file;
    const uint32_t process;  // who opened it
    Ref<Console> console;    // null: a connection of none
    bool connected = false;  // in the tree of connections

    bool takes_input() const { return kind == FileKind::Reference || kind == FileKind::Input; }
    // STATUS_QUOTA_EXCEEDED: the host has no room for it.
    Result<void> charge(ke::Quota& quota, Ref<ob::Object> owner);
    bool known_to_host() const { return known_; }
    void set_known() { known_ = true; }

private:
    ke::Quota* quota_ = nullptr;
    Ref<ob::Object> owner_;
    bool known_ = false;
};

// What a client's request is of.
Endpoint& endpoint_of(Irp& irp);

class Console final : public RefCounted, private ke::PacedWork {
public:
    explicit Console(ke::Client& host) : host_object_(host.process_object()), host_(&host) {}

    bool gone() const { return gone_; }
    // Set while there is input; and when the host has gone, so that nobody waits for ever.
    ke::Latch& ready() { return ready_; }

    // --- For clients
    // Takes a request: completes it, or holds it.
    void request(Irp& irp, Endpoint& endpoint);
    void cancel(Irp& irp);
    // The last handle is closed.
    void closed(Endpoint& endpoint);

    // --- For the host
    void next(Irp& irp);
    // An answer that lies in the input; one to what nobody asks (any more) is none.
    Result<void> answer(Irp& irp);
    void read_part(Irp& irp);
    void write_part(Irp& irp);
    void set_ready(bool ready);
    void host_gone();

private:
    // Ends everything once the host has gone, else tells the host of what could not be told at once.
    bool slice() override;
    void tell();
    bool tell_one();
    Result<void> tell_of(Endpoint& endpoint);
    Result<void> hand_over(Irp& request);
    Irp* handed(uint64_t id);
    void end(Irp& irp, NTSTATUS status, uint64_t information = 0);
    void end_host_wait(NTSTATUS status, uint64_t information = 0);

    Ref<ob::Object> host_object_;
    ke::Client* host_;
    ke::Latch ready_;
    List<Irp, QueueTag> waiting_;             // each is held
    Tree<Lease, LeaseTag, LeaseId> handed_;   // each is held
    List<Lease, CancelTag> cancels_;          // of those that are handed
    List<Endpoint, GoneTag> gone_endpoints_;  // each is held
    Ref<Irp> host_wait_;
    uint64_t last_id_ = 0;
    bool gone_ = false;
};

}  // namespace io::condrv
