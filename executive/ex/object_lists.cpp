// SPDX-License-Identifier: GPL-3.0-only
#include <iterator>

#include "executive/ex/system_information.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/turns.hpp"
#include "executive/ps/process.hpp"

namespace ex {

namespace {

template <typename Entry>
Entry describe(ps::Process& process, HANDLE handle, const ob::HandleEntry& entry);

template <>
SYSTEM_HANDLE_TABLE_ENTRY_INFO describe(ps::Process& process, HANDLE handle, const ob::HandleEntry& entry) {
    SYSTEM_HANDLE_TABLE_ENTRY_INFO information{};
    information.UniqueProcessId = static_cast<USHORT>(process.id());
    information.ObjectTypeIndex = entry.object->type().index;
    information.HandleAttributes = static_cast<UCHAR>(entry.attributes);
    information.HandleValue = static_cast<USHORT>(HandleToULong(handle));
    information.Object = entry.object;
    information.GrantedAccess = entry.access;
    return information;
}

template <>
SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX describe(ps::Process& process, HANDLE handle,
                                           const ob::HandleEntry& entry) {
    SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX information{};
    information.Object = entry.object;
    information.UniqueProcessId = process.id();
    information.HandleValue = reinterpret_cast<ULONG_PTR>(handle);
    information.GrantedAccess = entry.access;
    information.ObjectTypeIndex = entry.object->type().index;
    information.HandleAttributes = entry.attributes;
    return information;
}

// The list of all handles in slices, straight into the caller's buffer. Handles come and go between two of
// them, as they do on any NT before the caller has looked at the list.
template <typename Entry>
class HandleList {
public:
    // The entries begin `header` bytes into the buffer.
    HandleList(ke::Call& call, ke::UserOutBuffer out, size_t header)
        : call_(call), out_(out), header_(header), progress_(call.progress()) {}

    // False when a slice was not enough.
    Result<bool> run() {
        ke::Slice slice;
        ps::Process* process = progress_.cursor ? ps::find_process(process_id()) : ps::processes().front();
        // The process that was at hand has gone: from the beginning.
        if (!process || !static_cast<ListLink<ps::ProcessTag>*>(process)->linked()) {
            progress_ = {};
            process = ps::processes().front();
        }
        for (; process; process = ps::processes().next(*process)) {
            size_t index = process_id() == process->id() ? progress_.cursor & UINT32_MAX : 0;
            for (HANDLE handle = process->handles().next_open(index, slice); handle;
                 handle = process->handles().next_open(++index, slice)) {
                TRY(add(*process, handle, *process->handles().find(handle)));
                progress_.cursor = uint64_t{process->id()} << 32 | (index + 1);
                if (slice.over()) return false;
            }
            if (slice.over()) {
                progress_.cursor = uint64_t{process->id()} << 32 | index;
                return false;
            }
        }
        return true;
    }
    const ke::Progress& progress() const { return progress_; }
    uint64_t count() const { return progress_.done; }
    size_t length() const { return header_ + count() * sizeof(Entry); }

private:
    uint32_t process_id() const { return static_cast<uint32_t>(progress_.cursor >> 32); }
    Result<void> add(ps::Process& process, HANDLE handle, const ob::HandleEntry& entry) {
        size_t at = length();
        ++progress_.done;
        if (length() > out_.length) return {};
        Entry information = describe<Entry>(process, handle, entry);
        return call_.memory().copy_out(out_.address + at, &information, sizeof information);
    }

    ke::Call& call_;
    ke::UserOutBuffer out_;
    size_t header_;
    ke::Progress progress_;
};

void copy_name(std::span<WCHAR> out, std::u16string_view name) {
    size_t length = name.size() < out.size() ? name.size() : out.size() - 1;
    for (size_t i = 0; i < length; ++i)
        out[i] = name[i];
}

template <typename Entry, typename Header>
NTSTATUS give_handle_list(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned) {
    constexpr size_t kHeader = align_up(sizeof(Header), 8);
    HandleList<Entry> list(call, out, kHeader);
    if (!TRY(list.run())) return call.again(list.progress());
    TRY(call.write(returned, static_cast<ULONG>(list.length())));
    if (list.length() > out.length) return STATUS_INFO_LENGTH_MISMATCH;
    Header header{};
    header.count = static_cast<decltype(header.count)>(list.count());
    return to_status(call.memory().copy_out(out.address, &header, sizeof header));
}

struct ShortHeader {
    ULONG count;
};
struct LongHeader {
    ULONG_PTR count, reserved;
};

}  // namespace

NTSTATUS give_handles(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned) {
    return give_handle_list<SYSTEM_HANDLE_TABLE_ENTRY_INFO, ShortHeader>(call, out, returned);
}

NTSTATUS give_handles_extended(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned) {
    return give_handle_list<SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX, LongHeader>(call, out, returned);
}

Result<void> append_turns(ob::Answer& answer) {
    for (uint32_t i = 0; i < static_cast<uint32_t>(ke::TurnCause::Count); ++i) {
        auto cause = static_cast<ke::TurnCause>(i);
        const ke::TurnMeter::Longest longest = ke::TurnMeter::instance().longest(cause);
        if (longest.ticks < ke::TurnMeter::kWorthTelling) continue;
        NEPTUNE_TURN information{};
        const char* name = ke::turn_cause_name(cause);
        for (size_t at = 0; at + 1 < std::size(information.Name) && name[at]; ++at)
            information.Name[at] = static_cast<WCHAR>(name[at]);
        information.Ticks = longest.ticks;
        information.Turns = longest.turns;
        TRY(answer.append(information));
    }
    return {};
}

Result<void> append_object_types(ob::Answer& answer) {
    TRY(answer.append(NEPTUNE_OBJECT_TYPE{}));
    for (const ob::Type* type : ob::types()) {
        NEPTUNE_OBJECT_TYPE information{};
        copy_name(information.Name, type->view());
        information.Objects = type->object_count;
        information.Handles = type->handle_count;
        TRY(answer.append(information));
    }
    return {};
}

}  // namespace ex
