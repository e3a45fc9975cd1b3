// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/national.hpp"

#include <string.h>

#include "abi/nt/ntimage.h"
#include "base/bits.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/ps/shared_tables.hpp"

namespace io {

namespace {

constexpr std::string_view kFolder = "System32\\";
constexpr std::string_view kApiSets = "System32\\apisetschema.dll";

Result<Ref<mm::Section>> make_section(ramfs::Node& file) {
    return mm::Section::create_data(0, PAGE_READONLY, SEC_COMMIT, Ref<mm::ControlArea>(file.data()));
}

void keep(std::string_view name, const Ref<mm::Section>& section) {
    ps::SharedTables& shared = ps::shared_tables();
    if (name == "NlsSectionCP1252") shared.ansi_code_page = section;
    if (name == "NlsSectionCP437") shared.oem_code_page = section;
    if (name == "NlsSectionLANG_INTL") shared.case_table = section;
}

// Where the file keeps the table of API sets. STATUS_INVALID_IMAGE_FORMAT: nowhere.
Result<uint32_t> api_set_offset(std::span<const uint8_t> file) {
    auto read = [&]<typename T>(uint64_t offset, T& value) {
        if (!range_fits(offset, sizeof value, file.size())) return false;
        memcpy(&value, file.data() + offset, sizeof value);
        return true;
    };
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS64 headers;
    if (!read(0, dos) || !read(static_cast<uint32_t>(dos.e_lfanew), headers))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    uint64_t at = uint64_t{static_cast<uint32_t>(dos.e_lfanew)} +
                  offsetof(IMAGE_NT_HEADERS64, OptionalHeader) + headers.FileHeader.SizeOfOptionalHeader;
    IMAGE_SECTION_HEADER section;
    for (unsigned i = 0; i < headers.FileHeader.NumberOfSections; ++i, at += sizeof section) {
        if (!read(at, section)) break;
        if (memcmp(section.Name, ".apiset", sizeof ".apiset") != 0) continue;
        if (range_fits(section.PointerToRawData, section.SizeOfRawData, file.size()))
            return section.PointerToRawData;
    }
    return fail(STATUS_INVALID_IMAGE_FORMAT);
}

}  // namespace

Result<void> publish_table(const Archive::Entry& entry, ramfs::Node& file) {
    if (entry.name == kApiSets) {
        ps::shared_tables().api_set_offset = TRY(api_set_offset(entry.bytes));
        ps::shared_tables().api_sets = TRY(make_section(file));
        return {};
    }
    if (!entry.name.starts_with(kFolder) || entry.bytes.empty()) return {};
    char room[32];
    std::string_view name = national_section(entry.name.substr(kFolder.size()), room);
    if (name.empty()) return {};
    Ref<mm::Section> section = TRY(make_section(file));
    String path = TRY(String::create(u"\\NLS\\"));
    TRY(path.append(TRY(String::from_utf8(name))));
    TRY(ob::insert_path(path.view(), *section, true));
    keep(name, section);
    return {};
}

}  // namespace io
