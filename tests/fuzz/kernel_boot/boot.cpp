// SPDX-License-Identifier: GPL-3.0-only
// libFuzzer: the bytes are the first of physical memory, with a boot record, ACPI tables and an ELF file in
// it, wherever they may be.
#include <cstring>
#include <vector>

#include "kernel/boot/elf.hpp"
#include "kernel/platform/pc/multiboot.hpp"

namespace {

// The bytes stand at 0, and again where the RSDP is looked for.
class Memory final : public platform::PhysicalReader {
public:
    explicit Memory(std::span<const std::uint8_t> bytes) : bytes_(kSize) {
        if (bytes.empty()) return;
        const std::size_t size = bytes.size() < kCopy ? bytes.size() : kCopy;
        std::memcpy(bytes_.data(), bytes.data(), size);
        std::memcpy(bytes_.data() + 0xe0000, bytes.data(), size);
    }
    const std::uint8_t* at(std::uint64_t address, std::uint64_t length) const override {
        return address <= kSize && length <= kSize - address ? bytes_.data() + address : nullptr;
    }

private:
    static constexpr std::size_t kSize = 1 << 20, kCopy = 1 << 16;
    std::vector<std::uint8_t> bytes_;
};

void load(std::span<const std::uint8_t> file) {
    boot::ElfImage image;
    constexpr std::uint64_t kMost = 1 << 22;
    if (boot::parse_elf(file, image) || image.size() > kMost) return;
    std::vector<std::uint8_t> block(image.size());
    boot::load_elf(image, block.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of exactly this size, so that reading beyond it is noticed.
    const std::vector<std::uint8_t> bytes(data, data + size);
    load(bytes);
    const Memory memory(bytes);
    static platform::BootRecord record;
    for (std::uint32_t magic : {platform::kMultiboot1Magic, platform::kMultiboot2Magic}) {
        record = {};
        platform::parse_boot_record(memory, magic, 0, record);
    }
    platform::Rsdp rsdp;
    platform::InterruptHardware hardware;
    if (platform::find_rsdp(memory, rsdp)) platform::find_interrupt_hardware(memory, rsdp, hardware);
    return 0;
}
