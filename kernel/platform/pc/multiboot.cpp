// SPDX-License-Identifier: GPL-3.0-only
#include "multiboot.hpp"

#include <cstring>

namespace platform {
namespace {

constexpr std::uint32_t kAvailable = 1;
constexpr std::uint32_t kMaxRecord = 1u << 20;
constexpr std::uint32_t kMaxEntries = 1024;

template <typename T>
T load(const std::uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

// Firmware maps may overlap; what any entry calls unusable is unusable.
struct MemoryMap {
    boot::RangeList& ram;
    boot::RangeList reserved{};

    void add(std::uint64_t base, std::uint64_t length, std::uint32_t type) {
        const std::uint64_t end = base + length < base ? ~std::uint64_t{0} : base + length;
        if (type == kAvailable) {
            ram.add({base, end});
        } else {
            reserved.add({base, end});
        }
    }
    void finish() {
        for (const boot::Range& range : reserved.ranges())
            ram.remove(range);
        ram.align_inward(4096);
    }
};

// --- Multiboot 1: one structure of fixed offsets, validity by flag bits ---

enum Flag1 : std::uint32_t { kMemory1 = 1u << 0, kModules1 = 1u << 3, kMap1 = 1u << 6, kVideo1 = 1u << 11 };

void read_map_1(const PhysicalReader& memory, std::uint64_t at, std::uint32_t length, MemoryMap& map,
                BootRecord& result) {
    const std::uint64_t end = at + length;
    for (std::uint32_t i = 0; i < kMaxEntries && at + sizeof(MapEntry) <= end; ++i) {
        const std::uint8_t* bytes = memory.at(at, sizeof(MapEntry));
        if (bytes == nullptr) return;
        const auto entry = load<MapEntry>(bytes);
        if (entry.size < sizeof(MapEntry) - sizeof entry.size) return;
        map.add(entry.base_addr, entry.length, entry.type);
        if (result.map_count < BootRecord::kMapEntries) result.map[result.map_count++] = entry;
        at += std::uint64_t{entry.size} + sizeof entry.size;
    }
}

void read_video_1(const PhysicalReader& memory, const std::uint8_t* info, BootRecord& result) {
    VideoMode& video = result.video_mode;
    const std::uint8_t* control = memory.at(load<std::uint32_t>(info + 72), sizeof video.control_info);
    const std::uint8_t* mode = memory.at(load<std::uint32_t>(info + 76), sizeof video.mode_info);
    if (control == nullptr || mode == nullptr) return;
    std::memcpy(video.control_info, control, sizeof video.control_info);
    std::memcpy(video.mode_info, mode, sizeof video.mode_info);
    video.mode = load<std::uint16_t>(info + 80);
    video.interface_segment = load<std::uint16_t>(info + 82);
    video.interface_offset = load<std::uint16_t>(info + 84);
    video.interface_length = load<std::uint16_t>(info + 86);
    result.has_video_mode = true;
}

bool parse_1(const PhysicalReader& memory, std::uint64_t address, BootRecord& result) {
    constexpr std::uint32_t kInfoLength = 88;
    const std::uint8_t* info = memory.at(address, kInfoLength);
    if (info == nullptr) return false;
    const auto flags = load<std::uint32_t>(info);
    MemoryMap map{result.ram};
    if ((flags & kMap1) != 0) {
        const auto length = load<std::uint32_t>(info + 44);
        read_map_1(memory, load<std::uint32_t>(info + 48), length < kMaxRecord ? length : kMaxRecord, map,
                   result);
    } else if ((flags & kMemory1) != 0) {
        constexpr std::uint64_t kMegabyte = 1u << 20;
        map.add(kMegabyte, std::uint64_t{load<std::uint32_t>(info + 8)} * 1024, kAvailable);
    }
    map.finish();
    if ((flags & kModules1) != 0 && load<std::uint32_t>(info + 20) != 0) {
        const std::uint8_t* module = memory.at(load<std::uint32_t>(info + 24), 16);
        if (module != nullptr) result.module = {load<std::uint32_t>(module), load<std::uint32_t>(module + 4)};
    }
    if ((flags & kVideo1) != 0) read_video_1(memory, info, result);
    result.loader_data = {address, address + kInfoLength};
    return true;
}

// --- Multiboot 2: a list of tags ---

enum Tag2 : std::uint32_t {
    kEnd2 = 0,
    kModule2 = 3,
    kMap2 = 6,
    kFramebuffer2 = 8,
    kRsdpOld2 = 14,
    kRsdpNew2 = 15,
};

using Bytes = std::span<const std::uint8_t>;

void read_map_2(Bytes tag, MemoryMap& map) {
    constexpr std::uint32_t kHeader = 16;
    constexpr std::uint32_t kEntry = 24;
    if (tag.size() < kHeader) return;
    const auto entry_size = load<std::uint32_t>(&tag[8]);
    if (entry_size < kEntry) return;
    for (std::uint64_t at = kHeader; at + kEntry <= tag.size(); at += entry_size) {
        map.add(load<std::uint64_t>(&tag[at]), load<std::uint64_t>(&tag[at + 8]),
                load<std::uint32_t>(&tag[at + 16]));
    }
}

void read_framebuffer_2(Bytes tag, BootRecord& result) {
    if (tag.size() < 30) return;
    result.framebuffer = {.address = load<std::uint64_t>(&tag[8]),
                          .pitch = load<std::uint32_t>(&tag[16]),
                          .width = load<std::uint32_t>(&tag[20]),
                          .height = load<std::uint32_t>(&tag[24]),
                          .bits_per_pixel = tag[28],
                          .type = tag[29]};
    result.has_framebuffer = true;
}

void read_tag_2(std::uint32_t type, Bytes tag, MemoryMap& map, BootRecord& result) {
    switch (type) {
        case kModule2:
            if (tag.size() >= 16 && result.module.empty()) {
                result.module = {load<std::uint32_t>(&tag[8]), load<std::uint32_t>(&tag[12])};
            }
            break;
        case kMap2:
            read_map_2(tag, map);
            break;
        case kFramebuffer2:
            read_framebuffer_2(tag, result);
            break;
        case kRsdpOld2:
            if (!result.has_rsdp) result.has_rsdp = parse_rsdp(tag.subspan(8), result.rsdp);
            break;
        case kRsdpNew2:  // supersedes the old one
            if (Rsdp newer; parse_rsdp(tag.subspan(8), newer)) {
                result.rsdp = newer;
                result.has_rsdp = true;
            }
            break;
        default:
            break;
    }
}

bool parse_2(const PhysicalReader& memory, std::uint64_t address, BootRecord& result) {
    constexpr std::uint32_t kTagHeader = 8;
    const std::uint8_t* header = memory.at(address, 8);
    if (header == nullptr) return false;
    const auto total = load<std::uint32_t>(header);
    const std::uint8_t* record = total <= kMaxRecord ? memory.at(address, total) : nullptr;
    if (record == nullptr) return false;
    const Bytes bytes{record, total};
    MemoryMap map{result.ram};
    for (std::uint64_t at = 8; at + kTagHeader <= total;) {
        const auto type = load<std::uint32_t>(&bytes[at]);
        const auto size = load<std::uint32_t>(&bytes[at + 4]);
        if (type == kEnd2 || size < kTagHeader || at + size > total) break;
        read_tag_2(type, bytes.subspan(at, size), map, result);
        at += (std::uint64_t{size} + 7) & ~std::uint64_t{7};
    }
    map.finish();
    result.loader_data = {address, address + total};
    return true;
}

}  // namespace

bool parse_boot_record(const PhysicalReader& memory, std::uint32_t magic, std::uint64_t address,
                       BootRecord& result) {
    const bool sound = magic == kMultiboot1Magic   ? parse_1(memory, address, result)
                       : magic == kMultiboot2Magic ? parse_2(memory, address, result)
                                                   : false;
    if (!sound || result.ram.ranges().empty()) return false;
    if (!result.has_rsdp) result.has_rsdp = find_rsdp(memory, result.rsdp);
    if (result.module.empty() || memory.at(result.module.begin, result.module.size()) == nullptr) {
        result.module = {};
    }
    return true;
}

}  // namespace platform
