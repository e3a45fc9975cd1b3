// SPDX-License-Identifier: GPL-3.0-only
//
// What the owner of an ALPC port makes in it: sections and views to send, reserves, security contexts.
#include "executive/ob/ob.hpp"
#include "executive/services/impersonation.hpp"
#include "executive/services/port_message.hpp"
#include "executive/services/token_arguments.hpp"

using namespace base;
using lpc::Port;
using lpc::Possession;

namespace {

// One that is given away unless it is kept.
class Made {
public:
    Made(Port& port, Possession* possession) : port_(port), possession_(possession) {}
    ~Made() {
        if (possession_) port_.dispossess(*possession_);
    }
    Made(const Made&) = delete;
    Made& operator=(const Made&) = delete;
    Possession* operator->() const { return possession_; }
    void keep() { possession_ = nullptr; }

private:
    Port& port_;
    Possession* possession_;
};

HANDLE handle_of(const Made& made) {
    return reinterpret_cast<HANDLE>(made->handle);
}

NTSTATUS drop(ke::Call& call, HANDLE port_handle, Possession::Kind kind, HANDLE handle) {
    Port* port = TRY(ob::borrow<Port>(call, port_handle, 0));
    Possession* possession = port->find(kind, reinterpret_cast<uint64_t>(handle));
    if (!possession) return STATUS_INVALID_HANDLE;
    port->dispossess(*possession);
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS NtAlpcCreatePortSection(ke::Call& call, const NtAlpcCreatePortSectionArgs& args) {
    if (args.Flags & ~(ALPC_PORTSECFLG_SECURE | ALPC_SECFLG_CREATE_HANDLE)) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    TRY(call.probe(args.AlpcSectionHandle));
    TRY(call.probe(args.ActualSectionSize));
    if (args.AlpcSectionHandle.null() || args.ActualSectionSize.null()) return STATUS_ACCESS_VIOLATION;
    Ref<mm::Section> section;
    if (args.SectionHandle) {
        section =
            TRY(ob::resolve<mm::Section>(call, args.SectionHandle, SECTION_MAP_READ | SECTION_MAP_WRITE));
        if (section->image()) return STATUS_INVALID_PARAMETER;
        if (args.SectionSize > section->size()) return STATUS_INVALID_PARAMETER;
    } else {
        if (args.SectionSize == 0) return STATUS_INVALID_PARAMETER;
        size_t most = port->attributes().MaxSectionSize;
        if (most && args.SectionSize > most) return STATUS_SECTION_TOO_BIG;
        section = TRY(mm::Section::create_data(args.SectionSize, PAGE_READWRITE, SEC_COMMIT));
        TRY(section->charge_to(call.client()));
    }
    Made made(*port, TRY(port->possess(Possession::Kind::Section, call.client())));
    made->size = args.SectionHandle && args.SectionSize ? args.SectionSize : section->size();
    made->section = std::move(section);
    TRY(call.write(args.AlpcSectionHandle, handle_of(made)));
    TRY(call.write(args.ActualSectionSize, made->size));
    made.keep();
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcDeletePortSection(ke::Call& call, const NtAlpcDeletePortSectionArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    return drop(call, args.PortHandle, Possession::Kind::Section, args.SectionHandle);
}

// Each view begins at the beginning of its section.
NTSTATUS NtAlpcCreateSectionView(ke::Call& call, const NtAlpcCreateSectionViewArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    ALPC_DATA_VIEW_ATTR view = TRY(call.read(args.ViewAttributes));
    TRY(call.probe(args.ViewAttributes.out()));
    if (view.Flags & ~(ALPC_VIEWFLG_NOT_SECURE | ALPC_VIEWFLG_AUTO_RELEASE)) return STATUS_INVALID_PARAMETER;
    Possession* section =
        port->find(Possession::Kind::Section, reinterpret_cast<uint64_t>(view.SectionHandle));
    if (!section) return STATUS_INVALID_HANDLE;
    size_t most = port->attributes().MaxViewSize;
    if (view.ViewSize > section->size || (most && view.ViewSize > most)) return STATUS_INVALID_VIEW_SIZE;
    Ref<mm::Section> shown = section->section;
    uint64_t size = view.ViewSize ? view.ViewSize : section->size;
    ps::Process& process = ps::current(call).process();
    Made made(*port, TRY(port->possess(Possession::Kind::View, call.client())));
    made->process = Ref<ps::Process>(process);
    made->section = shown;
    made->size = size;
    mm::AddressSpace& space = *TRY(process.live_space());
    made->base = TRY(space.map(*shown, 0, 0, size, 0, PAGE_READWRITE)).base;
    view.ViewBase = reinterpret_cast<PVOID>(made->base);
    view.ViewSize = size;
    TRY(call.write(args.ViewAttributes, view));
    made.keep();
    return STATUS_SUCCESS;
}

// Of one's own making, or one that has come with a message.
NTSTATUS NtAlpcDeleteSectionView(ke::Call& call, const NtAlpcDeleteSectionViewArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    auto address = reinterpret_cast<uint64_t>(args.ViewBase);
    Port* at = port;
    Possession* view = at->find_view(address);
    if (!view) view = (at = &port->source())->find_view(address);
    if (!view || view->process.get() != &ps::current(call).process()) return STATUS_NOT_MAPPED_VIEW;
    at->dispossess(*view);
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcCreateResourceReserve(ke::Call& call, const NtAlpcCreateResourceReserveArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    if (args.MessageSize > port->longest()) return STATUS_INVALID_PARAMETER;
    if (args.ResourceId.null()) return STATUS_ACCESS_VIOLATION;
    TRY(call.probe(args.ResourceId));
    Made made(*port, TRY(port->possess(Possession::Kind::Reserve, call.client())));
    TRY(call.write(args.ResourceId, handle_of(made)));
    made.keep();
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcDeleteResourceReserve(ke::Call& call, const NtAlpcDeleteResourceReserveArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    return drop(call, args.PortHandle, Possession::Kind::Reserve, args.ResourceId);
}

// Whom the caller is now, for messages that name it.
NTSTATUS NtAlpcCreateSecurityContext(ke::Call& call, const NtAlpcCreateSecurityContextArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    ALPC_SECURITY_ATTR attribute = TRY(call.read(args.SecurityAttribute));
    TRY(call.probe(args.SecurityAttribute.out()));
    if (attribute.Flags & ~ALPC_SECFLG_CREATE_HANDLE) return STATUS_INVALID_PARAMETER;
    if (!attribute.QoS) return STATUS_ACCESS_VIOLATION;
    services::Quality quality = TRY(services::read_quality(call, reinterpret_cast<uint64_t>(attribute.QoS)));
    ps::Thread& thread = ps::current(call);
    const Ref<se::Token>& worn = thread.impersonation_token();
    if (worn && quality.level > worn->content().level) return STATUS_BAD_IMPERSONATION_LEVEL;
    const Ref<se::Token>& token = worn ? worn : thread.process().primary_token();
    if (!token) return STATUS_PROCESS_IS_TERMINATING;
    Made made(*port, TRY(port->possess(Possession::Kind::Security, call.client())));
    made->token = TRY(services::as_seen(*token, quality.level));
    attribute.ContextHandle = handle_of(made);
    TRY(call.write(args.SecurityAttribute, attribute));
    made.keep();
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcDeleteSecurityContext(ke::Call& call, const NtAlpcDeleteSecurityContextArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    return drop(call, args.PortHandle, Possession::Kind::Security, args.ContextHandle);
}

// It is not deleted, but nobody acts as it any more: who asks to be is refused.
NTSTATUS NtAlpcRevokeSecurityContext(ke::Call& call, const NtAlpcRevokeSecurityContextArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    Possession* context =
        port->find(Possession::Kind::Security, reinterpret_cast<uint64_t>(args.ContextHandle));
    if (!context) return STATUS_INVALID_HANDLE;
    context->token.reset();
    return STATUS_SUCCESS;
}
