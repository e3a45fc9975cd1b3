// SPDX-License-Identifier: GPL-3.0-only
//
// SystemFirmwareTableInformation: ACPI's tables and the SMBIOS structures as the firmware has them.
#include <algorithm>

#include "executive/ex/system_information.hpp"
#include "executive/hal/acpi.hpp"
#include "executive/hal/smbios.hpp"
#include "executive/ke/slice.hpp"

namespace ex {

namespace {

constexpr ULONG kAcpi = 0x41435049, kSmbios = 0x52534d42;  // 'ACPI', 'RSMB'
constexpr size_t kHeader = offsetof(SYSTEM_FIRMWARE_TABLE_INFORMATION, TableBuffer);
constexpr unsigned kMostTables = 64;

// A table, with what is put before it.
struct Table {
    uint8_t before[kMostTables * sizeof(ULONG)];
    size_t before_length = 0;
    std::span<const uint8_t> bytes;
    size_t size() const { return before_length + bytes.size(); }
};

ULONG signature_of(std::span<const uint8_t> table) {
    ULONG signature = 0;
    if (table.size() >= sizeof signature) memcpy(&signature, table.data(), sizeof signature);
    return signature;
}

void list_acpi(Table& table) {
    for (unsigned i = 0; i < kMostTables; ++i) {
        std::span<const uint8_t> one = hal::acpi_table_at(i);
        if (one.empty()) break;
        ULONG signature = signature_of(one);
        memcpy(table.before + table.before_length, &signature, sizeof signature);
        table.before_length += sizeof signature;
    }
}

Result<void> get_acpi(ULONG id, Table& table) {
    for (unsigned i = 0; i < kMostTables && table.bytes.empty(); ++i)
        if (std::span<const uint8_t> one = hal::acpi_table_at(i); signature_of(one) == id) table.bytes = one;
    return table.bytes.empty() ? fail(STATUS_NOT_FOUND) : Result<void>();
}

// There is one table, of number 0.
Result<void> describe_smbios(bool get, ULONG id, Table& table) {
    const hal::Smbios& found = hal::smbios();
    if (!get) {
        table.before_length = found.structures.empty() ? 0 : sizeof(ULONG);
        memset(table.before, 0, table.before_length);
        return {};
    }
    if (found.structures.empty() || id != 0) return fail(STATUS_NOT_FOUND);
    RAW_SMBIOS_DATA raw{0, found.entry.major, found.entry.minor, found.entry.revision,
                        static_cast<ULONG>(found.structures.size())};
    memcpy(table.before, &raw, sizeof raw);
    table.before_length = sizeof raw;
    table.bytes = found.structures;
    return {};
}

Result<void> find_table(const SYSTEM_FIRMWARE_TABLE_INFORMATION& asked, Table& table) {
    auto action = static_cast<ULONG>(asked.Action);
    if (action > SystemFirmwareTable_Get) return fail(STATUS_NOT_IMPLEMENTED);
    bool get = action == SystemFirmwareTable_Get;
    if (asked.ProviderSignature == kSmbios) return describe_smbios(get, asked.TableID, table);
    if (asked.ProviderSignature != kAcpi) return fail(STATUS_NOT_IMPLEMENTED);
    if (get) return get_acpi(asked.TableID, table);
    list_acpi(table);
    return {};
}

}  // namespace

NTSTATUS give_firmware_table(ke::Call& call, ke::UserOutBuffer buffer, ke::UserOut<ULONG> returned) {
    constexpr size_t kPart = 1024;
    if (buffer.length < kHeader) {
        TRY(call.write(returned, static_cast<ULONG>(kHeader)));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    SYSTEM_FIRMWARE_TABLE_INFORMATION asked{};
    TRY(call.memory().copy_in(&asked, buffer.address, kHeader));
    Table table;
    TRY(find_table(asked, table));
    asked.TableBufferLength = static_cast<ULONG>(table.size());
    bool fits = table.size() <= buffer.length - kHeader;
    if (fits) {
        uint64_t to = buffer.address + kHeader;
        TRY(call.memory().copy_out(to, table.before, table.before_length));
        ke::Slice slice;
        for (uint64_t at = std::min<uint64_t>(call.progress().done, table.bytes.size());
             at < table.bytes.size();) {
            size_t part = std::min<size_t>(kPart, table.bytes.size() - at);
            TRY(call.memory().copy_out(to + table.before_length + at, table.bytes.data() + at, part));
            at += part;
            if (slice.over() && at < table.bytes.size()) return call.again({.done = at});
        }
    }
    TRY(call.memory().copy_out(buffer.address, &asked, kHeader));
    TRY(call.write(returned, static_cast<ULONG>(kHeader + table.size())));
    return fits ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
}

}  // namespace ex
