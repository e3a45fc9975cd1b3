// SPDX-License-Identifier: GPL-3.0-only
//
// Checks a PE file's headers and turns them into an Image. Every number is compared with the file's size and
// with the others before it is used.
#include <string.h>

#include <algorithm>

#include "abi/nt/ntimage.h"
#include "base/bits.hpp"
#include "executive/mm/image.hpp"
#include "executive/mm/region.hpp"

namespace mm {

class ImageParser {
public:
    ImageParser(ControlArea& file, Image& image) : file_(file), image_(image) {}
    Result<void> parse();

private:
    static constexpr uint32_t kLargestImage = 1u << 30;
    static constexpr unsigned kMostSections = 96;

    template <typename T>
    Result<T> read(uint64_t offset) {
        T value;
        if (!range_fits(offset, sizeof value, file_.size())) return fail(STATUS_INVALID_IMAGE_FORMAT);
        if (!file_.read(offset, {reinterpret_cast<uint8_t*>(&value), sizeof value}))
            return fail(file_.absent(file_.missed()));
        return value;
    }
    Result<void> find_headers();
    NTSTATUS other_kind(uint16_t signature);
    Result<void> read_headers();
    Result<void> check_headers();
    Result<void> check_flat(const IMAGE_SECTION_HEADER& section) const;
    Result<void> add_section(const IMAGE_SECTION_HEADER& section);
    void describe();

    ControlArea& file_;
    Image& image_;
    IMAGE_NT_HEADERS64 headers_{};
    uint64_t headers_offset_ = 0;
    uint32_t next_page_ = 0;  // where the next section begins
    bool has_code_ = false;
    bool flat_ = false;  // sections smaller than pages: the image is the file as it is
};

namespace {

uint32_t section_protection(uint32_t characteristics) {
    bool execute = characteristics & IMAGE_SCN_MEM_EXECUTE;
    if (characteristics & IMAGE_SCN_MEM_WRITE) return execute ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    if (execute) return characteristics & IMAGE_SCN_MEM_READ ? PAGE_EXECUTE_READ : PAGE_EXECUTE;
    return characteristics & IMAGE_SCN_MEM_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

// The optional header of a 32-bit image: as the other but for these fields.
struct OptionalHeader32 {
    union {
        struct {
            uint16_t Magic;
        } common;
        uint8_t same_as_64[28];  // with BaseOfData behind it
    };
    uint32_t image_base;
    uint8_t again_the_same[40];
    uint32_t stack_reserve, stack_commit, heap_reserve, heap_commit, loader_flags, directory_count;
    IMAGE_DATA_DIRECTORY directories[IMAGE_NUMBEROF_DIRECTORY_ENTRIES];
};
static_assert(offsetof(OptionalHeader32, image_base) == 28);
static_assert(offsetof(OptionalHeader32, stack_reserve) ==
              FIELD_OFFSET(IMAGE_OPTIONAL_HEADER64, SizeOfStackReserve));
static_assert(sizeof(OptionalHeader32) == 224);

constexpr uint64_t kOptionalHeader = FIELD_OFFSET(IMAGE_NT_HEADERS64, OptionalHeader);
constexpr uint32_t kSector = 512;  // what NT reads of a file at once
// Of a header for OS/2 or 16-bit Windows: for which of them it is.
constexpr uint64_t kNewTargetSystem = 0x36;
constexpr uint8_t kWindows = 2, kWindows386 = 4;

uint32_t pages_of(uint64_t bytes) {
    return static_cast<uint32_t>(align_up(bytes, kPageSize) / kPageSize);
}

}  // namespace

// What is not a portable executable; by default it is one for DOS, which NT calls one for protected mode.
NTSTATUS ImageParser::other_kind(uint16_t signature) {
    if (signature == IMAGE_OS2_SIGNATURE_LE) return STATUS_INVALID_IMAGE_LE_FORMAT;
    if (signature != IMAGE_OS2_SIGNATURE) return STATUS_INVALID_IMAGE_PROTECT;
    Result<uint8_t> system = read<uint8_t>(headers_offset_ + kNewTargetSystem);
    if (!system)
        return system.error() == STATUS_IN_PAGE_ERROR ? system.error() : STATUS_INVALID_IMAGE_PROTECT;
    return *system == kWindows || *system == kWindows386 ? STATUS_INVALID_IMAGE_WIN_16
                                                         : STATUS_INVALID_IMAGE_NE_FORMAT;
}

Result<void> ImageParser::find_headers() {
    if (file_.size() < sizeof(uint16_t)) return fail(STATUS_INVALID_IMAGE_NOT_MZ);
    if (TRY(read<uint16_t>(0)) != IMAGE_DOS_SIGNATURE) return fail(STATUS_INVALID_IMAGE_NOT_MZ);
    if (file_.size() < sizeof(IMAGE_DOS_HEADER)) return fail(STATUS_INVALID_IMAGE_PROTECT);
    headers_offset_ = static_cast<uint32_t>(TRY(read<IMAGE_DOS_HEADER>(0)).e_lfanew);
    if (!is_aligned(headers_offset_, sizeof(uint32_t)) ||
        !range_fits(headers_offset_, sizeof(uint32_t), file_.size()))
        return fail(STATUS_INVALID_IMAGE_PROTECT);
    uint32_t signature = TRY(read<uint32_t>(headers_offset_));
    if (signature != IMAGE_NT_SIGNATURE) return fail(other_kind(static_cast<uint16_t>(signature)));
    return {};
}

// Those of a 32-bit image are widened: it can be mapped, for its resources, and never runs.
Result<void> ImageParser::read_headers() {
    headers_ = TRY(read<IMAGE_NT_HEADERS64>(headers_offset_));
    uint16_t machine = headers_.FileHeader.Machine, size = headers_.FileHeader.SizeOfOptionalHeader;
    image_.image_base_offset_ = static_cast<uint32_t>(headers_offset_ + kOptionalHeader) +
                                FIELD_OFFSET(IMAGE_OPTIONAL_HEADER64, ImageBase);
    if (machine == IMAGE_FILE_MACHINE_AMD64) {
        bool good = headers_.OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC &&
                    size >= FIELD_OFFSET(IMAGE_OPTIONAL_HEADER64, DataDirectory);
        return good ? Result<void>() : fail(STATUS_INVALID_IMAGE_FORMAT);
    }
    auto narrow = TRY(read<OptionalHeader32>(headers_offset_ + kOptionalHeader));
    if (machine != IMAGE_FILE_MACHINE_I386 || narrow.common.Magic != IMAGE_NT_OPTIONAL_HDR32_MAGIC ||
        size < offsetof(OptionalHeader32, directories))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    IMAGE_OPTIONAL_HEADER64& optional = headers_.OptionalHeader;
    memcpy(&optional, &narrow, offsetof(OptionalHeader32, stack_reserve));
    optional.ImageBase = narrow.image_base;
    optional.SizeOfStackReserve = narrow.stack_reserve;
    optional.SizeOfStackCommit = narrow.stack_commit;
    optional.LoaderFlags = narrow.loader_flags;
    optional.NumberOfRvaAndSizes = narrow.directory_count;
    memcpy(optional.DataDirectory, narrow.directories, sizeof narrow.directories);
    image_.image_base_offset_ =
        static_cast<uint32_t>(headers_offset_ + kOptionalHeader + offsetof(OptionalHeader32, image_base));
    image_.image_base_width_ = sizeof narrow.image_base;
    return {};
}

Result<void> ImageParser::check_headers() {
    const IMAGE_OPTIONAL_HEADER64& optional = headers_.OptionalHeader;
    if (!(headers_.FileHeader.Characteristics & IMAGE_FILE_EXECUTABLE_IMAGE))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    if (headers_.FileHeader.NumberOfSections > kMostSections) return fail(STATUS_INVALID_IMAGE_FORMAT);
    bool aligned = std::has_single_bit(optional.SectionAlignment) && optional.FileAlignment != 0 &&
                   std::has_single_bit(optional.FileAlignment) &&
                   optional.FileAlignment <= optional.SectionAlignment;
    if (!aligned || !is_aligned(optional.ImageBase, MM_ALLOCATION_GRANULARITY))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    if (!is_aligned(optional.FileAlignment, kSector) && optional.FileAlignment != optional.SectionAlignment)
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    flat_ = optional.SectionAlignment < kPageSize;
    if (flat_ && optional.FileAlignment != optional.SectionAlignment)
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    if (optional.SizeOfImage == 0 || optional.SizeOfImage > kLargestImage)
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    if (optional.SizeOfHeaders == 0 || optional.SizeOfHeaders > optional.SizeOfImage ||
        optional.SizeOfHeaders > file_.size())
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    uint32_t entry = optional.AddressOfEntryPoint;
    if (entry >= optional.SizeOfImage || (entry != 0 && entry < optional.SizeOfHeaders))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    return {};
}

// The bytes of the file lie where those of the image do.
Result<void> ImageParser::check_flat(const IMAGE_SECTION_HEADER& section) const {
    bool same = section.SizeOfRawData == 0 || section.PointerToRawData == section.VirtualAddress;
    bool whole = section.Misc.VirtualSize <= section.SizeOfRawData;
    bool inside =
        range_fits(section.VirtualAddress, section.SizeOfRawData, align_up(image_.size_, kPageSize));
    return same && whole && inside ? Result<void>() : fail(STATUS_INVALID_IMAGE_FORMAT);
}

Result<void> ImageParser::add_section(const IMAGE_SECTION_HEADER& section) {
    uint32_t alignment = headers_.OptionalHeader.SectionAlignment;
    uint64_t extent = section.Misc.VirtualSize ? section.Misc.VirtualSize : section.SizeOfRawData;
    if (extent == 0) return {};
    uint64_t end = section.VirtualAddress + extent;
    if (!is_aligned(section.VirtualAddress, alignment) || end > align_up(image_.size_, kPageSize))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    uint32_t first = section.VirtualAddress / static_cast<uint32_t>(kPageSize);
    // Ascending and adjacent, as the format demands: each begins at the first boundary behind the last.
    if (first != next_page_) return fail(STATUS_INVALID_IMAGE_FORMAT);
    // Whole sectors, whatever the headers say.
    uint32_t raw = section.PointerToRawData & ~(kSector - 1);
    uint64_t sectors = align_up(uint64_t{section.SizeOfRawData}, uint64_t{kSector});
    uint32_t raw_size =
        section.PointerToRawData == 0 ? 0 : static_cast<uint32_t>(std::min<uint64_t>(sectors, ~0u));
    if (raw_size > align_up(extent, kPageSize)) raw_size = static_cast<uint32_t>(align_up(extent, kPageSize));
    if (raw_size != 0 && !range_fits(raw, raw_size, file_.size())) {
        // Tools leave the padding behind the last section out of the file; data itself must be there.
        if (raw >= file_.size() || extent > file_.size() - raw) return fail(STATUS_INVALID_IMAGE_FORMAT);
        raw_size = static_cast<uint32_t>(file_.size() - raw);
    }
    next_page_ = pages_of(align_up(end, uint64_t{alignment}));
    if (section.Characteristics & IMAGE_SCN_CNT_CODE) has_code_ = true;
    return image_.parts_.push_back(
        {first, pages_of(extent), section_protection(section.Characteristics), raw, raw_size});
}

void ImageParser::describe() {
    const IMAGE_OPTIONAL_HEADER64& optional = headers_.OptionalHeader;
    SECTION_IMAGE_INFORMATION& information = image_.information_;
    information.TransferAddress = reinterpret_cast<PVOID>(optional.ImageBase + optional.AddressOfEntryPoint);
    information.MaximumStackSize = optional.SizeOfStackReserve;
    information.CommittedStackSize = optional.SizeOfStackCommit;
    information.SubSystemType = optional.Subsystem;
    information.SubSystemMajorVersion = optional.MajorSubsystemVersion;
    information.SubSystemMinorVersion = optional.MinorSubsystemVersion;
    information.MajorOperatingSystemVersion = optional.MajorOperatingSystemVersion;
    information.MinorOperatingSystemVersion = optional.MinorOperatingSystemVersion;
    information.ImageCharacteristics = headers_.FileHeader.Characteristics;
    information.DllCharacteristics = optional.DllCharacteristics;
    information.Machine = headers_.FileHeader.Machine;
    information.ImageContainsCode = has_code_ || optional.AddressOfEntryPoint != 0;
    information.LoaderFlags = optional.LoaderFlags;
    information.ImageFileSize = static_cast<ULONG>(file_.size());
    information.CheckSum = optional.CheckSum;
}

Result<void> ImageParser::parse() {
    TRY(find_headers());
    TRY(read_headers());
    TRY(check_headers());

    const IMAGE_OPTIONAL_HEADER64& optional = headers_.OptionalHeader;
    image_.preferred_base_ = optional.ImageBase;
    image_.size_ = optional.SizeOfImage;
    image_.entry_point_ = optional.AddressOfEntryPoint;
    image_.fixed_ = headers_.FileHeader.Characteristics & IMAGE_FILE_RELOCS_STRIPPED;
    if (optional.NumberOfRvaAndSizes > IMAGE_DIRECTORY_ENTRY_BASERELOC) {
        image_.relocation_rva_ = optional.DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC].VirtualAddress;
        image_.relocation_size_ = optional.DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC].Size;
    }
    next_page_ = pages_of(align_up(uint64_t{optional.SizeOfHeaders}, uint64_t{optional.SectionAlignment}));
    uint32_t protection = flat_ ? PAGE_EXECUTE_WRITECOPY : PAGE_READONLY;
    uint32_t pages = pages_of(flat_ ? image_.size_ : optional.SizeOfHeaders);
    uint64_t raw = flat_ ? std::min<uint64_t>(image_.size_, file_.size()) : optional.SizeOfHeaders;
    TRY(image_.parts_.push_back({0, pages, protection, 0, static_cast<uint32_t>(raw)}));
    uint64_t table = headers_offset_ + kOptionalHeader + headers_.FileHeader.SizeOfOptionalHeader;
    for (unsigned i = 0; i < headers_.FileHeader.NumberOfSections; ++i) {
        auto section = TRY(read<IMAGE_SECTION_HEADER>(table + i * sizeof(IMAGE_SECTION_HEADER)));
        TRY(flat_ ? check_flat(section) : add_section(section));
    }
    describe();
    return {};
}

Result<Ref<Image>> Image::of(Ref<ControlArea> file, bool executable) {
    if (Image* there = executable ? file->image() : nullptr) return Ref<Image>(there);
    Ref<Image> image = TRY(make_ref<Image>(file));
    ImageParser parser(*file, *image);
    TRY(parser.parse());
    if (executable) {
        image->draw_place();
        file->set_image(image.get());
    } else {
        image->forbid_execution();
    }
    return image;
}

Image::~Image() {
    give_back(place_);
    if (file_->image() == this) file_->set_image(nullptr);
}

}  // namespace mm
