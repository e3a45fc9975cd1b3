// SPDX-License-Identifier: GPL-3.0-only
//
// Extended attributes of an open file: NtQueryEaFile and NtSetEaFile ([MS-FSA] 2.1.5.12.10, 2.1.5.15.9, and
// ntifs.h's ZwQueryEaFile and ZwSetEaFile).
#include <string.h>

#include "abi/nt/ntiolists.h"
#include "abi/nt/ntnotify.h"
#include "base/bits.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kHeader = offsetof(FILE_FULL_EA_INFORMATION, EaName);

// False: it does not fit.
template <typename Scan>
Result<bool> put(const Irp& irp, Scan& scan, const EaSet::Entry& entry) {
    const size_t at = align_up(scan.written, sizeof(ULONG));
    const size_t value = at + kHeader + entry.name.size() + 1;
    if (value + entry.value.size() > irp.output.length) return false;
    FILE_FULL_EA_INFORMATION head{};
    head.Flags = entry.flags;
    head.EaNameLength = static_cast<UCHAR>(entry.name.size());
    head.EaValueLength = static_cast<USHORT>(entry.value.size());
    TRY(irp.write_output(at, {reinterpret_cast<const uint8_t*>(&head), kHeader}));
    TRY(irp.write_output(at + kHeader, entry.name));
    TRY(irp.write_output(value - 1, {reinterpret_cast<const uint8_t*>(""), 1}));
    TRY(irp.write_output(value, entry.value));
    auto distance = static_cast<ULONG>(at - scan.last);
    if (scan.count > 0)
        TRY(irp.write_output(scan.last, {reinterpret_cast<const uint8_t*>(&distance), sizeof distance}));
    scan.last = at;
    scan.written = value + entry.value.size();
    ++scan.count;
    return true;
}

struct Named {
    EaSet::Entry entry;
    uint32_t next;  // bytes to the next one's name; 0: it is the last
};
// One that a list of names asks for; what there is none of has no value.
Named named_at(std::span<const uint8_t> list, size_t at, const EaSet* eas) {
    FILE_GET_EA_INFORMATION head;
    constexpr size_t kName = offsetof(FILE_GET_EA_INFORMATION, EaName);
    memcpy(&head, list.data() + at, kName);
    std::span<const uint8_t> name = list.subspan(at + kName, head.EaNameLength);
    auto found = eas ? eas->find(name) : std::nullopt;
    return {found ? eas->at(*found) : EaSet::Entry{0, name, {}}, head.NextEntryOffset};
}

}  // namespace

// Where it begins, of one that names no attributes.
Result<size_t> Volume::first_ea(const Irp& irp, OpenNode& open) {
    const Ref<EaSet>& eas = open.node->eas();
    if (!eas) return fail(STATUS_NO_EAS_ON_FILE);
    if (irp.stack_flags & kIndexSpecified) {
        size_t index = irp.parameters.attributes.index;
        if (index == 0 || index > eas->count() + 1) return fail(STATUS_NONEXISTENT_EA_ENTRY);
        if (index > eas->count()) return fail(STATUS_NO_MORE_EAS);
        return index - 1;
    }
    if ((irp.stack_flags & kRestartScan) || open.eas_seen == 0) return size_t{0};
    // What has changed since the scan began cannot be gone on with.
    if (open.eas_seen != open.node->eas_changed()) return fail(STATUS_EA_CORRUPT_ERROR);
    if (open.next_ea >= eas->count()) return fail(STATUS_NO_MORE_EAS);
    return open.next_ea;
}

Result<Volume::Outcome> Volume::query_ea(Irp& irp, OpenNode& open, EaScan& scan) {
    const bool by_list = irp.input.length > 0;
    // A slice that has to wait for a page of the client's is done again.
    EaScan now = scan;
    if (!now.begun) {
        now.begun = true;
        now.eas = open.node->eas();
        now.changed = open.node->eas_changed();
        if (!by_list) now.at = TRY(first_ea(irp, open));
    }
    bool full = false, last = false;
    ke::Slice slice;
    while (!last && !full) {
        if (slice.over()) {
            scan = std::move(now);
            return Outcome{.more = true};
        }
        Named named =
            by_list ? named_at(irp.data.span(), now.at, now.eas.get()) : Named{now.eas->at(now.at), 1};
        full = !TRY(put(irp, now, named.entry));
        if (full) break;
        now.at += named.next;
        last = named.next == 0 || (!by_list && now.at == now.eas->count()) ||
               (irp.stack_flags & kReturnSingleEntry);
    }
    if (now.count == 0) return fail(STATUS_BUFFER_TOO_SMALL);
    if (!by_list) {
        open.next_ea = now.at;
        open.eas_seen = now.changed;
    }
    return Outcome{now.written, full ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS};
}

Result<std::optional<Ref<EaSet>>> Volume::change_eas(Irp& irp, EaChange& change,
                                                     std::span<const uint8_t> list,
                                                     const Ref<EaSet>& before) {
    auto after = TRY(change.go_on(list, before));
    if (!after && irp.from_client()) TRY(change.hold(irp.client()));
    return after;
}

Result<Volume::Outcome> Volume::set_ea(Irp& irp, OpenNode& open, EaChange& change) {
    auto after = change_eas(irp, change, irp.data.span(), open.node->eas());
    if (!after) {
        bool wrong = after.error() == STATUS_INVALID_EA_NAME || after.error() == STATUS_INVALID_EA_FLAG;
        if (!wrong) return after.failure();
        return Outcome{change.wrong_at(), after.error()};
    }
    if (!*after) return Outcome{.more = true};
    TRY(open.node->set_eas(std::move(**after)));
    report_modified(open, FILE_NOTIFY_CHANGE_EA);
    return Outcome{};
}

}  // namespace io::ramfs
