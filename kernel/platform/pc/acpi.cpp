// SPDX-License-Identifier: GPL-3.0-only
#include "acpi.hpp"

#include <cstring>

namespace platform {
namespace {

constexpr std::uint32_t kRsdpV1Length = 20;
constexpr std::uint32_t kHeaderLength = 36;
constexpr std::uint32_t kMaxTableLength = 1u << 20;
constexpr std::uint32_t kMaxTables = 256;

template <typename T>
T load(const std::uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

bool sums_to_zero(const std::uint8_t* bytes, std::uint64_t length) {
    std::uint8_t sum = 0;
    for (std::uint64_t i = 0; i < length; ++i)
        sum = static_cast<std::uint8_t>(sum + bytes[i]);
    return sum == 0;
}

using Table = std::span<const std::uint8_t>;

// An empty span when the table cannot be read or trusted.
Table open_table(const PhysicalReader& memory, std::uint64_t address, const char* signature) {
    const std::uint8_t* header = memory.at(address, kHeaderLength);
    if (header == nullptr || std::memcmp(header, signature, 4) != 0) return {};
    const auto length = load<std::uint32_t>(header + 4);
    if (length < kHeaderLength || length > kMaxTableLength) return {};
    const std::uint8_t* bytes = memory.at(address, length);
    if (bytes == nullptr || !sums_to_zero(bytes, length)) return {};
    return {bytes, length};
}

Table find_in_root(const PhysicalReader& memory, Table root, std::uint32_t entry_size,
                   const char* signature) {
    for (std::uint32_t i = 0; i < kMaxTables; ++i) {
        const std::uint64_t at = kHeaderLength + std::uint64_t{i} * entry_size;
        if (at + entry_size > root.size()) return {};
        const std::uint64_t address =
            entry_size == 8 ? load<std::uint64_t>(&root[at]) : load<std::uint32_t>(&root[at]);
        const Table table = open_table(memory, address, signature);
        if (!table.empty()) return table;
    }
    return {};
}

Table find_table(const PhysicalReader& memory, const Rsdp& rsdp, const char* signature) {
    if (rsdp.revision >= 2 && rsdp.xsdt != 0) {
        const Table xsdt = open_table(memory, rsdp.xsdt, "XSDT");
        const Table found = xsdt.empty() ? Table{} : find_in_root(memory, xsdt, 8, signature);
        if (!found.empty()) return found;
    }
    const Table rsdt = open_table(memory, rsdp.rsdt, "RSDT");
    return rsdt.empty() ? Table{} : find_in_root(memory, rsdt, 4, signature);
}

void read_madt_entry(Table entry, InterruptHardware& result) {
    constexpr std::uint8_t kIoapic = 1;
    constexpr std::uint8_t kLocalApicOverride = 5;
    if (entry[0] == kIoapic && entry.size() >= 12 && result.ioapic_count < kMaxIoapics) {
        result.ioapics[result.ioapic_count++] = load<std::uint32_t>(&entry[4]);
    } else if (entry[0] == kLocalApicOverride && entry.size() >= 12) {
        result.local_apic = load<std::uint64_t>(&entry[4]);
    }
}

std::uint16_t find_timer_port(const PhysicalReader& memory, const Rsdp& rsdp) {
    constexpr std::size_t kTimerBlock = 76;
    constexpr std::size_t kTimerLength = 91;
    const Table fadt = find_table(memory, rsdp, "FACP");
    if (fadt.size() <= kTimerLength || fadt[kTimerLength] != 4) return 0;
    const auto port = load<std::uint32_t>(&fadt[kTimerBlock]);
    return port <= 0xfffc ? static_cast<std::uint16_t>(port) : 0;
}

bool search(const PhysicalReader& memory, std::uint64_t begin, std::uint64_t end, Rsdp& result) {
    for (std::uint64_t at = begin; at + sizeof(Rsdp) <= end; at += 16) {
        const std::uint8_t* bytes = memory.at(at, sizeof(Rsdp));
        if (bytes != nullptr && parse_rsdp({bytes, sizeof(Rsdp)}, result)) return true;
    }
    return false;
}

}  // namespace

bool parse_rsdp(std::span<const std::uint8_t> bytes, Rsdp& result) {
    if (bytes.size() < kRsdpV1Length || std::memcmp(bytes.data(), "RSD PTR ", 8) != 0) return false;
    if (!sums_to_zero(bytes.data(), kRsdpV1Length)) return false;
    Rsdp parsed{};
    std::memcpy(&parsed, bytes.data(), kRsdpV1Length);
    if (parsed.revision >= 2) {
        if (bytes.size() < sizeof(Rsdp)) return false;
        std::memcpy(&parsed, bytes.data(), sizeof(Rsdp));
        if (!sums_to_zero(bytes.data(), sizeof(Rsdp))) return false;
    }
    result = parsed;
    return true;
}

bool find_rsdp(const PhysicalReader& memory, Rsdp& result) {
    constexpr std::uint64_t kEbdaSegment = 0x40e;
    constexpr std::uint64_t kEbdaLength = 1024;
    const std::uint8_t* segment = memory.at(kEbdaSegment, 2);
    if (segment != nullptr) {
        const std::uint64_t ebda = std::uint64_t{load<std::uint16_t>(segment)} << 4;
        if (ebda >= 0x400 && search(memory, ebda, ebda + kEbdaLength, result)) return true;
    }
    return search(memory, 0xe0000, 0x100000, result);
}

bool find_interrupt_hardware(const PhysicalReader& memory, const Rsdp& rsdp, InterruptHardware& result) {
    constexpr std::uint32_t kFirstEntry = kHeaderLength + 8;
    const Table madt = find_table(memory, rsdp, "APIC");
    if (madt.size() < kFirstEntry) return false;
    result = {};
    result.timer_port = find_timer_port(memory, rsdp);
    result.local_apic = load<std::uint32_t>(&madt[kHeaderLength]);
    std::size_t at = kFirstEntry;
    while (at + 2 <= madt.size()) {
        const std::uint8_t length = madt[at + 1];
        if (length < 2 || at + length > madt.size()) break;
        read_madt_entry(madt.subspan(at, length), result);
        at += length;
    }
    return result.ioapic_count != 0;
}

}  // namespace platform
