// SPDX-License-Identifier: GPL-3.0-only
#include "pages.hpp"

#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/memory.hpp"
#include "arch/switch.hpp"

// Placed by kernel.ld; only their addresses mean anything.
extern "C" {
extern const char image_start[], boot_text_start[], text_start[], boot_data_start[], text_end[], rodata_end[],
    stack_guard[], image_end[];
[[noreturn]] void start_user();
[[noreturn]] void start_user_hidden();
extern const char entry_code_start[], entry_code_end[], trampoline_data_start[], trampoline_data_end[];
extern std::uint64_t trampoline_kernel_root;
}

namespace arch {

namespace {

constexpr unsigned kEntries = 512;
constexpr Word kPresent = 1u << 0;
constexpr Word kWritable = 1u << 1;
constexpr Word kWriteThrough = 1u << 3;
constexpr Word kCacheDisabled = 1u << 4;
constexpr Word kLarge = 1u << 7;
constexpr Word kGlobal = 1u << 8;
constexpr Word kGigabyte = Word{1} << 30;
constexpr Word kLargePage = Word{1} << 21;
constexpr unsigned kImagePdptIndex = 510;

struct alignas(kPageSize) Table {
    Word entries[kEntries];
};

Table pml4;
Table pdpt;
Table window_directory;  // the first GiB of the window
Table window_low;        // its first 2 MiB: they hold the image, whose text stays read-only here too
Table image_directory;
Table image_pages;
// Where the kernel is hidden, this is all of it that user page tables show.
Table trampoline_pdpt;
Table trampoline_directory;
Table trampoline_pages;

// Global entries would outlive the change of tables that hides the kernel.
Word global() {
    return features.hide_kernel ? 0 : kGlobal;
}
Word no_execute() {
    return features.no_execute ? Word{1} << 63 : 0;
}
Word link_to(const Table& table) {
    return to_physical(&table) | kPresent | kWritable;
}
Word physical_of(const char* symbol) {
    return reinterpret_cast<Word>(symbol) - kImageBase;
}

void fill_directory(Word* entries, Word first) {
    for (unsigned i = 0; i < kEntries; ++i) {
        entries[i] = (first + i * kLargePage) | kPresent | kWritable | kLarge | global() | no_execute();
    }
}

void map_window(Word end, std::uint64_t (*new_page)()) {
    fill_directory(window_directory.entries, 0);
    window_directory.entries[0] = link_to(window_low);
    pdpt.entries[0] = link_to(window_directory);
    for (unsigned gigabyte = 1; gigabyte < kImagePdptIndex; ++gigabyte) {
        const Word first = gigabyte * kGigabyte;
        if (first >= end) break;
        if (features.huge_pages) {
            pdpt.entries[gigabyte] = first | kPresent | kWritable | kLarge | global() | no_execute();
        } else {
            const Word directory = new_page();
            fill_directory(from_physical<Word>(directory), first);
            pdpt.entries[gigabyte] = directory | kPresent | kWritable;
        }
    }
}

// The first 2 MiB of physical memory, once in the window and once as the image.
void map_image() {
    const Word image = physical_of(image_start);
    const Word text = physical_of(boot_text_start);
    const Word rodata = physical_of(text_end);
    const Word data = physical_of(rodata_end);
    const Word guard = physical_of(stack_guard);
    const Word end = physical_of(image_end);
    for (unsigned i = 0; i < kEntries; ++i) {
        const Word page = i * kPageSize;
        const bool constant = page >= image && page < data;
        window_low.entries[i] = page | kPresent | global() | no_execute() | (constant ? 0 : kWritable);
        if (page < text || page >= end || page == guard) continue;
        const Word protection = page < rodata ? 0 : (page < data ? no_execute() : no_execute() | kWritable);
        image_pages.entries[i] = page | kPresent | global() | protection;
    }
    image_directory.entries[0] = link_to(image_pages);
    pdpt.entries[kImagePdptIndex] = link_to(image_directory);
}

void show_trampoline(Word begin, Word end) {
    for (Word page = begin; page < end; page += kPageSize) {
        trampoline_pages.entries[page / kPageSize] = image_pages.entries[page / kPageSize];
    }
}

void map_trampoline() {
    show_trampoline(physical_of(entry_code_start), physical_of(entry_code_end));
    show_trampoline(physical_of(trampoline_data_start), physical_of(trampoline_data_end));
    trampoline_directory.entries[0] = link_to(trampoline_pages);
    trampoline_pdpt.entries[kImagePdptIndex] = link_to(trampoline_directory);
    trampoline_kernel_root = kernel_root();
}

// The pages are ordinary RAM from now on: unknown to the image, writable in the window.
void give_away(Word begin, Word end) {
    for (Word page = begin; page < end; page += kPageSize) {
        image_pages.entries[page / kPageSize] = 0;
        window_low.entries[page / kPageSize] |= kWritable;
        invlpg(kImageBase + page);
        invlpg(kWindowBase + page);
    }
}

}  // namespace

void boot_memory(PhysicalRange (&ranges)[2]) {
    ranges[0] = {physical_of(image_start), physical_of(text_start)};
    ranges[1] = {physical_of(boot_data_start), physical_of(image_end)};
}

void give_away_boot_memory() {
    PhysicalRange ranges[2];
    boot_memory(ranges);
    for (const PhysicalRange& range : ranges)
        give_away(range.begin, range.end);
    // Some CPUs' invlpg overlooks global pages when there are tags.
    if (features.tagged_translations) invalidate_everything();
    features.hide_kernel ? start_user_hidden() : start_user();
}

void build_kernel_pages(std::uint64_t ram_end, std::uint64_t (*new_page)()) {
    constexpr Word kAtLeast = 4 * kGigabyte;  // firmware tables are read up to there
    map_window(ram_end > kAtLeast ? ram_end : kAtLeast, new_page);
    map_image();
    map_trampoline();
    pml4.entries[kKernelPml4Index] = link_to(pdpt);
}

void map_device_page(std::uint64_t address, std::uint64_t physical) {
    image_pages.entries[(address - kImageBase) / kPageSize] =
        physical | kPresent | kWritable | global() | kCacheDisabled | kWriteThrough | no_execute();
}

void load_kernel_pages() {
    loaded_root = to_physical(&pml4);
    write_cr3(loaded_root);
}

Word kernel_root() {
    return make_root_word(to_physical(&pml4), 0);
}

void copy_kernel_mappings(Word* target) {
    target[kKernelPml4Index] =
        features.hide_kernel ? link_to(trampoline_pdpt) : pml4.entries[kKernelPml4Index];
}

}  // namespace arch
