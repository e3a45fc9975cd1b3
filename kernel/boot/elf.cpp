// SPDX-License-Identifier: GPL-3.0-only
#include "elf.hpp"

#include "arch/memory.hpp"

namespace boot {
namespace {

struct FileHeader {
    std::uint8_t identification[16];
    std::uint16_t type;
    std::uint16_t machine;
    std::uint32_t version;
    std::uint64_t entry;
    std::uint64_t program_headers;
    std::uint64_t section_headers;
    std::uint32_t flags;
    std::uint16_t size;
    std::uint16_t program_header_size;
    std::uint16_t program_header_count;
    std::uint16_t section_header_size;
    std::uint16_t section_header_count;
    std::uint16_t section_names;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    std::uint32_t type;
    std::uint32_t flags;
    std::uint64_t offset;
    std::uint64_t address;
    std::uint64_t physical_address;
    std::uint64_t file_size;
    std::uint64_t memory_size;
    std::uint64_t alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr std::uint32_t kLoad = 1;
constexpr std::uint64_t kMaxImage = std::uint64_t{1} << 34;

FileHeader header_of(const ElfImage& image) {
    FileHeader header;
    __builtin_memcpy(&header, image.file.data(), sizeof header);
    return header;
}

ProgramHeader segment_of(const ElfImage& image, const FileHeader& header, unsigned index) {
    ProgramHeader segment;
    __builtin_memcpy(&segment, image.file.data() + header.program_headers + index * sizeof(ProgramHeader),
                     sizeof segment);
    return segment;
}

bool is_static_elf64(const FileHeader& header) {
    constexpr std::uint8_t kExpected[6] = {0x7f, 'E', 'L', 'F', 2, 1};  // 64 bits, little endian
    constexpr std::uint16_t kExecutable = 2;
    constexpr std::uint16_t kMovable = 3;  // relocates itself, from where it was linked
    constexpr std::uint16_t kX86_64 = 62;
    return __builtin_memcmp(header.identification, kExpected, sizeof kExpected) == 0 &&
           (header.type == kExecutable || header.type == kMovable) && header.machine == kX86_64 &&
           header.program_header_size == sizeof(ProgramHeader);
}

bool is_sound(const ProgramHeader& segment, std::uint64_t file_size) {
    return segment.file_size <= segment.memory_size && segment.offset <= file_size &&
           segment.file_size <= file_size - segment.offset && segment.address <= arch::kUserTop &&
           segment.memory_size <= arch::kUserTop - segment.address;
}

}  // namespace

const char* parse_elf(std::span<const std::uint8_t> file, ElfImage& image) {
    if (file.size() < sizeof(FileHeader)) return "the root server's file is too short";
    image = {.file = file, .begin = ~std::uint64_t{0}, .end = 0, .entry = 0};
    const FileHeader header = header_of(image);
    if (!is_static_elf64(header)) return "the root server is not a static 64-bit ELF file";
    const std::uint64_t table_size = std::uint64_t{header.program_header_count} * sizeof(ProgramHeader);
    if (header.program_headers > file.size() || table_size > file.size() - header.program_headers) {
        return "the root server's file is cut short";
    }
    for (unsigned i = 0; i < header.program_header_count; ++i) {
        const ProgramHeader segment = segment_of(image, header, i);
        if (segment.type != kLoad || (segment.memory_size == 0 && segment.file_size == 0)) continue;
        if (!is_sound(segment, file.size()))
            return "a segment of the root server lies outside file or memory";
        const std::uint64_t begin = segment.address & ~(arch::kPageSize - 1);
        const std::uint64_t end =
            (segment.address + segment.memory_size + arch::kPageSize - 1) & ~(arch::kPageSize - 1);
        if (begin < image.begin) image.begin = begin;
        if (end > image.end) image.end = end;
    }
    if (image.begin >= image.end) return "the root server has nothing to load";
    if (image.size() > kMaxImage) return "the root server's segments lie too far apart";
    if (header.entry > arch::kUserTop) return "the root server's entry is no user address";
    image.entry = header.entry;
    return nullptr;
}

void load_elf(const ElfImage& image, std::uint8_t* block) {
    const FileHeader header = header_of(image);
    for (unsigned i = 0; i < header.program_header_count; ++i) {
        const ProgramHeader segment = segment_of(image, header, i);
        if (segment.type != kLoad || segment.file_size == 0) continue;
        __builtin_memcpy(block + (segment.address - image.begin), image.file.data() + segment.offset,
                         segment.file_size);
    }
}

}  // namespace boot
