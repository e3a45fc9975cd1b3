// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/acpi.hpp"

#include <algorithm>

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/machine.hpp"

namespace hal {

namespace {

constexpr size_t kLargestTable = 1 << 20;
constexpr unsigned kMostTables = 64;

struct Tables {
    std::span<const uint8_t> list[kMostTables];
    unsigned count = 0;
};
constinit Tables tables;

std::span<const uint8_t> map_table(uint64_t physical) {
    auto header = map_physical(physical, sizeof(AcpiHeader), Cache::Normal);
    if (!header) return {};
    size_t length = acpi_field<uint32_t>(header.value(), offsetof(AcpiHeader, length));
    if (length < sizeof(AcpiHeader) || length > kLargestTable) return {};
    auto table = map_physical(physical, length, Cache::Normal);
    if (!table || !acpi_checksum_ok(table.value())) {
        log.warning("ACPI table at {x} is damaged", physical);
        return {};
    }
    std::string_view signature(reinterpret_cast<const char*>(table->data()), 4);
    log.trace("ACPI table {} at {x}, {} bytes", signature, physical, length);
    return table.value();
}

void add_table(uint64_t physical) {
    if (physical == 0 || tables.count == kMostTables) return;
    auto table = map_table(physical);
    if (!table.empty()) tables.list[tables.count++] = table;
}

bool signed_as(std::span<const uint8_t> table, const char* signature) {
    return table.size() >= 4 && memcmp(table.data(), signature, 4) == 0;
}

template <typename Address>
void add_tables_of(std::span<const uint8_t> root) {
    for (size_t at = sizeof(AcpiHeader); range_fits(at, sizeof(Address), root.size()); at += sizeof(Address))
        add_table(acpi_field<Address>(root, at));
}

// The DSDT is not in the root table: the FADT points at it.
void add_definition_block() {
    auto fadt = acpi_table("FACP");
    uint64_t address = acpi_field<uint64_t>(fadt, 140);
    add_table(address ? address : acpi_field<uint32_t>(fadt, 40));
}

}  // namespace

void acpi_initialize() {
    auto block = boot_block(kBootBlockRsdp);
    AcpiRsdp rsdp{};
    memcpy(&rsdp, block.data(), std::min(block.size(), sizeof rsdp));
    if (memcmp(rsdp.signature, "RSD PTR ", 8) != 0) return log.warning("no ACPI tables");
    if (rsdp.revision >= 2 && rsdp.xsdt != 0) {
        auto xsdt = map_table(rsdp.xsdt);
        if (signed_as(xsdt, "XSDT")) add_tables_of<uint64_t>(xsdt);
    }
    if (tables.count == 0) {
        auto rsdt = map_table(rsdp.rsdt);
        if (signed_as(rsdt, "RSDT")) add_tables_of<uint32_t>(rsdt);
    }
    add_definition_block();
    log.info("ACPI revision {}, {} tables", rsdp.revision, tables.count);
}

std::span<const uint8_t> acpi_table(const char (&signature)[5], unsigned instance) {
    for (unsigned i = 0; i < tables.count; ++i)
        if (signed_as(tables.list[i], signature) && instance-- == 0) return tables.list[i];
    return {};
}

std::span<const uint8_t> acpi_table_at(unsigned index) {
    return index < tables.count ? tables.list[index] : std::span<const uint8_t>();
}

InterruptLine isa_interrupt(uint8_t irq) {
    return madt_isa_interrupt(acpi_table("APIC"), irq);
}

Result<InterruptPin> interrupt_pin(uint32_t gsi) {
    return madt_interrupt_pin(acpi_table("APIC"), gsi);
}

std::optional<uint64_t> hpet_address() {
    auto hpet = acpi_table("HPET");
    constexpr uint8_t kMemorySpace = 0;
    uint64_t address = acpi_field<uint64_t>(hpet, 44);
    if (hpet.size() < 56 || hpet[40] != kMemorySpace || address == 0) return {};
    return address;
}

}  // namespace hal
