// SPDX-License-Identifier: GPL-3.0-only
#include <iterator>

#include "executive/ex/driver_list.hpp"
#include "executive/ex/system_information.hpp"
#include "executive/ke/turns.hpp"
#include "executive/ps/process.hpp"

namespace ex {

namespace {

// Calls visit(process, handle, entry) until one fails.
template <typename Visit>
Result<void> for_each_handle(Visit&& visit) {
    Result<void> result;
    for (ps::Process& process : ps::processes())
        process.handles().for_each([&](HANDLE handle, ob::HandleEntry& entry) {
            if (result) result = visit(process, handle, entry);
        });
    return result;
}

void copy_name(std::span<WCHAR> out, std::u16string_view name) {
    size_t length = name.size() < out.size() ? name.size() : out.size() - 1;
    for (size_t i = 0; i < length; ++i)
        out[i] = name[i];
}

}  // namespace

Result<void> append_handles(ob::Answer& answer) {
    ULONG count = 0;
    size_t at = TRY(answer.append(count));
    TRY(answer.align(8));
    TRY(for_each_handle([&](ps::Process& process, HANDLE handle, ob::HandleEntry& entry) -> Result<void> {
        SYSTEM_HANDLE_TABLE_ENTRY_INFO information{};
        information.UniqueProcessId = static_cast<USHORT>(process.id());
        information.ObjectTypeIndex = entry.object->type().index;
        information.HandleAttributes = static_cast<UCHAR>(entry.attributes);
        information.HandleValue = static_cast<USHORT>(HandleToULong(handle));
        information.Object = entry.object;
        information.GrantedAccess = entry.access;
        ++count;
        TRY(answer.append(information));
        return {};
    }));
    answer.put(at, count);
    return {};
}

Result<void> append_handles_extended(ob::Answer& answer) {
    ULONG_PTR header[2] = {};
    size_t at = TRY(answer.append(header));
    TRY(for_each_handle([&](ps::Process& process, HANDLE handle, ob::HandleEntry& entry) -> Result<void> {
        SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX information{};
        information.Object = entry.object;
        information.UniqueProcessId = process.id();
        information.HandleValue = reinterpret_cast<ULONG_PTR>(handle);
        information.GrantedAccess = entry.access;
        information.ObjectTypeIndex = entry.object->type().index;
        information.HandleAttributes = entry.attributes;
        ++header[0];
        TRY(answer.append(information));
        return {};
    }));
    answer.put(at, header);
    return {};
}

Result<void> append_drivers(ob::Answer& answer) {
    DriverList* list = driver_list();
    for (uint32_t i = 0; list && i < list->count(); ++i) {
        NEPTUNE_DRIVER_INFORMATION information{};
        list->describe(i, information);
        TRY(answer.append(information));
    }
    return {};
}

Result<void> append_turns(ob::Answer& answer) {
    for (uint32_t i = 0; i < static_cast<uint32_t>(ke::TurnCause::Count); ++i) {
        auto cause = static_cast<ke::TurnCause>(i);
        const ke::TurnMeter::Longest& longest = ke::TurnMeter::instance().longest(cause);
        if (longest.turns == 0) continue;
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
