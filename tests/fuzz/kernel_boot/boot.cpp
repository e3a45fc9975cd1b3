// SPDX-License-Identifier: GPL-3.0-only
// libFuzzer: the bytes are the first of physical memory, with a boot record, ACPI tables and an ELF file in
// it, wherever they may be.
#include <cstring>
#include <vector>

#include "kernel/boot/elf.hpp"
#include "kernel/boot/untyped_list.hpp"
#include "kernel/platform/pc/multiboot.hpp"

namespace {

// The bytes stand at 0, and again where the RSDP is looked for. One block serves every input.
class Memory final : public platform::PhysicalReader {
public:
    void show(std::span<const std::uint8_t> bytes) {
        const std::size_t size = bytes.size() < kCopy ? bytes.size() : kCopy;
        for (const std::size_t place : {std::size_t{0}, kSearched}) {
            std::memset(bytes_.data() + place, 0, used_);
            if (size != 0) std::memcpy(bytes_.data() + place, bytes.data(), size);
        }
        used_ = size;
    }
    const std::uint8_t* at(std::uint64_t address, std::uint64_t length) const override {
        return address <= kSize && length <= kSize - address ? bytes_.data() + address : nullptr;
    }

private:
    static constexpr std::size_t kSize = 1 << 20, kCopy = 1 << 16, kSearched = 0xe0000;
    std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(kSize);
    std::size_t used_ = 0;
};

void load(std::span<const std::uint8_t> file) {
    boot::ElfImage image;
    constexpr std::uint64_t kMost = 1 << 22;
    if (boot::parse_elf(file, image) || image.size() > kMost) return;
    std::vector<std::uint8_t> block(image.size());
    boot::load_elf(image, block.data());
}

// What the kernel makes of the loader's map: free memory, some of it taken, the rest in pieces.
void divide(const platform::BootRecord& record) {
    constexpr std::uint64_t kMegabyte = 1 << 20, kReach = std::uint64_t{510} << 30, kPage = 4096;
    constexpr unsigned kMostPieces = 245;
    static boot::RangeList free, device;
    free = device = {};
    device.add({0, std::uint64_t{1} << boot::UntypedList::kMaxBits});
    for (const boot::Range& range : record.ram.ranges()) {
        free.add(range);
        device.remove(range);
    }
    free.keep_only({kMegabyte, kReach});
    free.remove({record.module.begin & ~(kPage - 1), (record.module.end + kPage - 1) & ~(kPage - 1)});
    for (std::uint64_t size = kPage; size <= kMegabyte; size *= 16)
        free.take(size, size);
    const boot::UntypedList list(device, free, kMostPieces);
    unsigned pieces = 0;
    list.for_each([&pieces](boot::UntypedPiece) { ++pieces; });
    if (pieces > kMostPieces) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of exactly this size, so that reading beyond it is noticed.
    const std::vector<std::uint8_t> bytes(data, data + size);
    load(bytes);
    static Memory memory;
    memory.show(bytes);
    static platform::BootRecord record;
    for (std::uint32_t magic : {platform::kMultiboot1Magic, platform::kMultiboot2Magic}) {
        record = {};
        if (platform::parse_boot_record(memory, magic, 0, record)) divide(record);
        platform::InterruptHardware hardware;
        if (record.has_rsdp) platform::find_interrupt_hardware(memory, record.rsdp, hardware);
    }
    return 0;
}
