// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/condrv/condrv.hpp"

#include "base/string.hpp"
#include "executive/ps/process.hpp"

namespace io::condrv {

class EndpointFile final : public FileContext {
public:
    EndpointFile(ConDrv& device, Ref<Endpoint> opened) : endpoint(std::move(opened)), device_(device) {}
    ~EndpointFile() override { device_.disconnect(*endpoint); }
    ke::Waitable* waitable() override {
        return endpoint->takes_input() && endpoint->console ? &endpoint->console->ready() : nullptr;
    }

    const Ref<Endpoint> endpoint;

private:
    ConDrv& device_;  // its file keeps it
};

namespace {

struct Name {
    std::u16string_view text;
    FileKind kind;
};
constexpr Name kNames[] = {
    {u"Events", FileKind::Events},
    {u"Server", FileKind::Server},
    {u"Reference", FileKind::Reference},
    {u"Connection", FileKind::Connection},
    {u"Input", FileKind::Input},
    {u"CurrentIn", FileKind::Input},
    {u"Output", FileKind::Output},
    {u"CurrentOut", FileKind::Output},
    {u"ScreenBuffer", FileKind::ScreenBuffer},
};

// Relative to a file, or to the device.
Result<FileKind> kind_of(const Irp& irp) {
    std::u16string_view name = irp.text();
    if (!irp.file()->related()) {
        if (!name.starts_with(u'\\')) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
        name.remove_prefix(1);
    }
    for (const Name& known : kNames)
        if (equal_ignore_case(name, known.text)) return known.kind;
    if (equal_ignore_case(name, u"Console"))
        return irp.parameters.create.desired_access & FILE_WRITE_DATA &&
                       !(irp.parameters.create.desired_access & FILE_READ_DATA)
                   ? FileKind::Output
                   : FileKind::Input;
    return fail(STATUS_OBJECT_NAME_NOT_FOUND);
}

Endpoint* endpoint_of(File* file) {
    return file && file->context ? static_cast<EndpointFile&>(*file->context).endpoint.get() : nullptr;
}

bool privileged(const Irp& irp) {
    return irp.subject().token && irp.subject().token->holds(SE_TCB_PRIVILEGE);
}

}  // namespace

Endpoint& endpoint_of(Irp& irp) {
    return *endpoint_of(irp.file());
}

Console* ConDrv::console_of(uint32_t process) const {
    Endpoint* connection = process ? connections_.find(process) : nullptr;
    return connection ? connection->console.get() : nullptr;
}

Result<void> ConDrv::connect(Endpoint& endpoint) {
    if (!connections_.insert_new(endpoint)) return fail(STATUS_ACCESS_DENIED);
    endpoint.connected = true;
    return {};
}

void ConDrv::disconnect(Endpoint& endpoint) {
    if (std::exchange(endpoint.connected, false)) connections_.remove(endpoint);
}

// Finds its console; false: the system's is not there yet.
Result<bool> ConDrv::prepare(Irp& irp, Endpoint& endpoint, Endpoint* related) {
    if (endpoint.kind == FileKind::Server) {
        endpoint.console = TRY(make_ref<Console>(irp.client()));
        return true;
    }
    Console* console = related ? related->console.get() : console_of(endpoint.process);
    if (!console && !related && endpoint.kind == FileKind::Reference && privileged(irp)) {
        console = system();
        if (!console) return false;
    }
    if (endpoint.kind == FileKind::Connection) {
        TRY(connect(endpoint));
        if (!related) return true;
    }
    if (!console) return fail(STATUS_INVALID_HANDLE);
    endpoint.console = Ref<Console>(*console);
    return true;
}

void ConDrv::open(Irp& irp) {
    File& file = *irp.file();
    // The device itself, for its attributes.
    if (irp.text().empty()) return irp.complete(STATUS_SUCCESS, FILE_OPENED);
    if (!irp.from_client()) return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    auto kind = kind_of(irp);
    if (!kind) return irp.complete(kind.error());
    auto endpoint = make_ref<Endpoint>(*kind, file.number(), irp.subject().numbers.Process);
    if (!endpoint) return irp.complete(endpoint.error());
    auto context = make_own<EndpointFile>(*this, *endpoint);
    if (!context) return irp.complete(context.error());
    file.context = std::move(*context);
    file.count_kept(sizeof(EndpointFile) + sizeof(Endpoint) +
                    (*kind == FileKind::Server ? sizeof(Console) : 0));
    // libwine's kernelbase does not wait for what it asks of a console, however it has opened it.
    if (*kind != FileKind::Server && *kind != FileKind::Events) file.make_synchronous();
    Endpoint* related = endpoint_of(file.related().get());
    auto prepared = prepare(irp, **endpoint, related);
    if (!prepared) return irp.complete(prepared.error());
    if (!*prepared) {
        irp.add_ref();
        return early_.push_back(irp);
    }
    switch (*kind) {
        case FileKind::Connection:
            if (!(*endpoint)->console) return irp.complete(STATUS_SUCCESS, FILE_OPENED);
            [[fallthrough]];
        case FileKind::Output:
        case FileKind::ScreenBuffer:
            return (*endpoint)->console->request(irp, **endpoint);
        default:
            return irp.complete(STATUS_SUCCESS, FILE_OPENED);
    }
}

void ConDrv::start(Irp& irp) {
    if (irp.major == Major::Create) return open(irp);
    Endpoint* endpoint = endpoint_of(irp.file());
    if (!endpoint) return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    bool server = endpoint->kind == FileKind::Server;
    switch (irp.major) {
        case Major::Read:
        case Major::Write: {
            bool reads = irp.major == Major::Read;
            bool fits = endpoint->takes_input() ? reads : !reads;
            if (server || endpoint->kind == FileKind::Connection || endpoint->kind == FileKind::Events ||
                !fits)
                break;
            return endpoint->console->request(irp, *endpoint);
        }
        case Major::DeviceControl:
            return server ? control_host(irp, *endpoint) : control(irp, *endpoint);
        case Major::FlushBuffers:
            return irp.complete(STATUS_SUCCESS);
        default:
            break;
    }
    irp.complete(STATUS_INVALID_DEVICE_REQUEST);
}

void ConDrv::control(Irp& irp, Endpoint& endpoint) {
    if (irp.parameters.control.code == CONDRV_BIND_PID) {
        auto bound = bind(irp, endpoint);
        if (!bound) return irp.complete(bound.error());
    }
    if (!endpoint.console) return irp.complete(STATUS_INVALID_HANDLE);
    endpoint.console->request(irp, endpoint);
}

Result<void> ConDrv::bind(Irp& irp, Endpoint& endpoint) {
    if (endpoint.kind != FileKind::Connection || endpoint.console || !endpoint.connected)
        return fail(STATUS_INVALID_DEVICE_REQUEST);
    uint32_t process = 0;
    if (irp.input.length < sizeof process) return fail(STATUS_BUFFER_TOO_SMALL);
    TRY(irp.read_input(0, {reinterpret_cast<uint8_t*>(&process), sizeof process}));
    constexpr uint32_t kParent = ~0u;
    ps::Process* own = ps::find_process(endpoint.process);
    if (process == kParent) process = own ? own->parent_id() : 0;
    ps::Process* other = ps::find_process(process);
    Console* console = console_of(process);
    if (!other) return fail(STATUS_INVALID_PARAMETER);
    if (!console) return fail(STATUS_INVALID_HANDLE);
    // A console shows what its programs do: as on NT it is their user's.
    const se::Token* mine = irp.subject().token.get();
    const se::Token* theirs = other->primary_token().get();
    if (!mine || !theirs || (!(mine->user() == theirs->user()) && !mine->holds(SE_DEBUG_PRIVILEGE)))
        return fail(STATUS_ACCESS_DENIED);
    endpoint.console = Ref<Console>(*console);
    return {};
}

void ConDrv::control_host(Irp& irp, Endpoint& endpoint) {
    Console& console = *endpoint.console;
    switch (irp.parameters.control.code) {
        case CONDRV_SERVER_NEXT:
            return console.next(irp);
        case CONDRV_SERVER_ANSWER:
            return irp.complete(to_status(console.answer(irp)));
        case CONDRV_SERVER_READ:
            return console.read_part(irp);
        case CONDRV_SERVER_WRITE:
            return console.write_part(irp);
        case CONDRV_SERVER_SIGNAL: {
            uint32_t ready = 0;
            if (irp.input.length != sizeof ready) return irp.complete(STATUS_INVALID_PARAMETER);
            auto read = irp.read_input(0, {reinterpret_cast<uint8_t*>(&ready), sizeof ready});
            if (read) console.set_ready(ready != 0);
            return irp.complete(to_status(read));
        }
        case CONDRV_SERVER_PUBLISH:
            return publish(irp, console);
        default:
            return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void ConDrv::publish(Irp& irp, Console& console) {
    if (!privileged(irp)) return irp.complete(STATUS_PRIVILEGE_NOT_HELD);
    if (system()) return irp.complete(STATUS_OBJECT_NAME_COLLISION);
    system_ = Ref<Console>(console);
    while (Irp* waiting = early_.pop_front()) {
        Ref<Irp> early = Ref<Irp>::adopt(waiting);
        condrv::endpoint_of(*early).console = Ref<Console>(console);
        early->complete(STATUS_SUCCESS, FILE_OPENED);
    }
    irp.complete(STATUS_SUCCESS);
}

void ConDrv::cancel(Irp& irp) {
    Endpoint* endpoint = endpoint_of(irp.file());
    if (endpoint && endpoint->console) return endpoint->console->cancel(irp);
    if (!static_cast<ListLink<QueueTag>&>(irp).linked()) return;
    early_.remove(irp);
    Ref<Irp>::adopt(&irp)->complete(STATUS_CANCELLED);
}

void ConDrv::cleanup(File& file) {
    Endpoint* endpoint = endpoint_of(&file);
    if (!endpoint) return;
    disconnect(*endpoint);
    if (!endpoint->console) return;
    if (endpoint->kind != FileKind::Server) return endpoint->console->closed(*endpoint);
    if (system_.get() == endpoint->console.get()) system_ = nullptr;
    endpoint->console->host_gone();
}

}  // namespace io::condrv
