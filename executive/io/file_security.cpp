// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptors of files whose driver keeps them: IRP_MJ_QUERY_SECURITY and IRP_MJ_SET_SECURITY. What a
// driver answers is checked before anybody sees it. A file system that knows nothing of security (FAT) leaves
// the request to its default, STATUS_INVALID_DEVICE_REQUEST: then, as on NT, its files are everybody's, and
// what is set succeeds and changes nothing.
#include "executive/io/file.hpp"
#include "executive/io/pinning.hpp"
#include "executive/se/assign.hpp"

namespace io {

namespace {

Task<NTSTATUS> perform(ke::Thread& thread, Ref<Irp> irp) {
    if (must_pin(*irp) && !CO_TRY(pin_some(*irp))) {
        NTSTATUS status = co_await pin_rest(thread, *irp);
        if (status != STATUS_SUCCESS) co_return status;
    }
    irp->start();
    if (irp->is_done()) co_return irp->status();
    co_return co_await RequestWait(thread, *irp);
}

// Everybody's, with a DACL that grants all.
Result<Vector<uint8_t>> world_descriptor(SECURITY_INFORMATION which) {
    base::Parts parts;
    if (which & OWNER_SECURITY_INFORMATION) parts.owner = base::SidView(base::kEveryone).bytes();
    if (which & GROUP_SECURITY_INFORMATION) parts.group = base::SidView(base::kEveryone).bytes();
    parts.has_dacl = which & DACL_SECURITY_INFORMATION;
    parts.has_sacl = which & SACL_SECURITY_INFORMATION;
    return base::build_descriptor(parts);
}

Result<Ref<Irp>> make_query(ke::Thread& thread, File& file, SECURITY_INFORMATION which, size_t most) {
    Ref<Irp> irp = TRY(Irp::create(Major::QuerySecurity, file, &thread));
    irp->parameters.security.information = which;
    Vector<uint8_t> room;
    TRY(room.resize(most));
    TRY(irp->set_data(std::move(room)));
    irp->output = IrpBuffer::executive(irp->data.span());
    return irp;
}

Result<Ref<Irp>> make_set(ke::Thread& thread, File& file, SECURITY_INFORMATION which,
                          Vector<uint8_t> changes) {
    Ref<Irp> irp = TRY(Irp::create(Major::SetSecurity, file, &thread));
    irp->parameters.security.information = which;
    TRY(irp->set_data(std::move(changes)));
    irp->input = IrpBuffer::executive(irp->data.span());
    return irp;
}

// A length that can be asked for with success, and that was not.
Result<ob::Object::Asked> too_long(uint64_t length, size_t most) {
    if (length <= most || length > base::kMaximumDescriptor) return fail(STATUS_INVALID_SECURITY_DESCR);
    return ob::Object::Asked{{}, length};
}

Result<ob::Object::Asked> answered(Irp& irp) {
    Vector<uint8_t> bytes = std::move(irp.data);
    if (irp.information() > bytes.size()) return fail(STATUS_INVALID_SECURITY_DESCR);
    TRY(bytes.resize(irp.information()));
    if (!base::check_descriptor(bytes.span()) || !se::is_short(bytes.span()))
        return fail(STATUS_INVALID_SECURITY_DESCR);
    size_t length = bytes.size();
    return ob::Object::Asked{std::move(bytes), length};
}

Result<ob::Object::Asked> everybodys(SECURITY_INFORMATION which, size_t most) {
    Vector<uint8_t> bytes = TRY(world_descriptor(which));
    size_t length = bytes.size();
    if (length > most) return ob::Object::Asked{{}, length};
    return ob::Object::Asked{std::move(bytes), length};
}

}  // namespace

Task<Result<File::Asked>> File::ask_security(ke::Thread& thread, SECURITY_INFORMATION which, size_t most) {
    most = std::min(most, base::kMaximumDescriptor);
    Ref<Irp> irp = CO_TRY(make_query(thread, *this, which, most));
    NTSTATUS status = co_await perform(thread, irp);
    if (!irp->is_done()) co_return fail(status);
    switch (status) {
        case STATUS_INVALID_DEVICE_REQUEST:
            co_return everybodys(which, most);
        case STATUS_BUFFER_OVERFLOW:
        case STATUS_BUFFER_TOO_SMALL:
            co_return too_long(irp->information(), most);
        case STATUS_SUCCESS:
            co_return answered(*irp);
        default:
            co_return fail(NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status);
    }
}

Task<NTSTATUS> File::tell_security(ke::Thread& thread, SECURITY_INFORMATION which, Vector<uint8_t> changes) {
    Ref<Irp> irp = CO_TRY(make_set(thread, *this, which, std::move(changes)));
    NTSTATUS status = co_await perform(thread, irp);
    bool unknown = irp->is_done() && status == STATUS_INVALID_DEVICE_REQUEST;
    co_return unknown ? STATUS_SUCCESS : status;
}

}  // namespace io
